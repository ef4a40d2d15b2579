/** kill -9 at two desks that lease, use, report and return document numbers: no document ever gets a second number, no number a second document, and none is lost. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { startScript } from '../testing/cli-desk.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { wholeFrom } from '../testing/random-from.ts';
import { makeSharedDatabase, type SharedDatabase } from '../testing/shared-desks.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';

const { random } = seededRandom('kill -9 at desks with leased numbers');
const kills = inForm({ short: 4, whole: 20, long: 100 });
const documents = 20;
const script = join(import.meta.dirname, '..', 'testing', 'numbering-process.ts');

let server: RunningPostgres;
let shared: SharedDatabase;
beforeAll(async () => {
  server = await startPostgres();
  shared = await makeSharedDatabase(server);
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await server.stop();
});

test('desks that are killed at any moment number their documents once', async () => {
  const today = (await shared.owner.query<{ today: string }>('SELECT (clock_timestamp() AT TIME ZONE reporting_time_zone)::date::text AS today FROM daybook.ledger')).rows[0]?.today ?? '';
  const url = await shared.urlOf('amara', 'accountant');
  const numberOf = new Map<string, string>();
  const documentOf = new Map<string, string>();

  function read(line: string): void {
    const [document = '', number = ''] = line.split(' ');
    expect(numberOf.get(document) ?? number, `${document} keeps its number`).toBe(number);
    expect(documentOf.get(number) ?? document, `${number} is on one document`).toBe(document);
    numberOf.set(document, number);
    documentOf.set(number, document);
  }

  /** @param dieAfter lines it is let say; then it is killed wherever it is by then. */
  async function run(file: string, desk: string, dieAfter: number): Promise<boolean> {
    const { child, ended } = startScript(script, [file, url, desk, String(documents), today]);
    let said = 0;
    const lines = child.stdout ? createInterface({ input: child.stdout }) : null;
    lines?.on('line', () => {
      said += 1;
      if (said === dieAfter) child.kill('SIGKILL');
    });
    const { code, stdout, stderr } = await ended;
    // A last line without its end was not said.
    for (const line of stdout.split('\n').slice(0, -1)) read(line);
    if (child.signalCode !== 'SIGKILL') expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return child.signalCode === 'SIGKILL';
  }

  async function liveOf(desk: string, share: number): Promise<void> {
    using ledger = openTemporaryDatabase();
    ledger.database.close();
    for (let killed = 0; killed < share; ) if (await run(ledger.file, desk, wholeFrom(random, 1, documents))) killed += 1;
    expect(await run(ledger.file, desk, Number.POSITIVE_INFINITY)).toBe(false);
  }
  await Promise.all(['desk-1', 'desk-2'].map((desk) => liveOf(desk, kills / 2)));

  expect(numberOf.size).toBe(2 * documents);
  const used = (await shared.owner.query<{ document_id: string; text: string }>('SELECT document_id, daybook.document_number_text(series, year, number) AS text FROM daybook.document_number_uses')).rows;
  expect(new Map(used.map((use) => [use.document_id, use.text]))).toEqual(numberOf);
  const gaps = (await shared.owner.query<{ text: string }>('SELECT document_number AS text FROM daybook.document_number_gaps')).rows.map((gap) => gap.text);
  const { rows } = await shared.owner.query<{ text: string }>("SELECT daybook.document_number_text(s.series, s.year, n) AS text FROM daybook.document_series s, generate_series(1, s.next_number - 1) AS n");
  expect([...used.map((use) => use.text), ...gaps].toSorted()).toEqual(rows.map((row) => row.text).toSorted());
  expect((await shared.owner.query("SELECT 1 FROM daybook.document_number_blocks WHERE state = 'live'")).rows).toEqual([]);
});
