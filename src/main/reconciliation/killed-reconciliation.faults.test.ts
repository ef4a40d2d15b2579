/**
 * kill -9 at random points of a morning at the reconciliation: import, matches made and taken back, adjustments with their undoing, a sign-off. After each: the file is whole, nothing acknowledged is
 * gone, and lines, matches, payouts and books say the same. In the end: the same as if nobody had killed anything.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { silentLogger } from '../platform/logger.ts';
import { camtFile } from '../testing/bank-files.ts';
import { openBankDesk } from '../testing/bank-desk.ts';
import { startScript, type Environment } from '../testing/cli-desk.ts';
import { nothingAcknowledged, troublesOf } from '../testing/crash-checks.ts';
import { inForm, seededRandom } from '../testing/fault-form.ts';
import { killAt, measure, momentText, type Moment } from '../testing/killed-process.ts';
import { makeInvoice } from '../testing/receivable-cases.ts';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { difference } from '../testing/workbench-world.ts';
import { insertDiscrepancy } from './discrepancy.repository.ts';

const { seed, random } = seededRandom('killed reconciliation');
const points = inForm({ short: 3, whole: 40, long: 200 });
const killsOfOne = 4;
const script = join(import.meta.dirname, '..', 'testing', 'reconciling-process.ts');

const temporary = makeTemporaryFolder();
const beginning = join(temporary.path, 'beginning.sqlite');
const statement = join(temporary.path, 'statement.xml');
afterAll(() => temporary[Symbol.dispose]());

beforeAll(async () => {
  using desk = openBankDesk();
  const { number } = await makeInvoice(desk.billing);
  const payouts = ['po_again1', 'po_again2', 'po_once01', 'po_once02'];
  payouts.forEach((id, index) => desk.addPayout(id, 10_000 + index));
  desk.billing.database.unitOfWork.run('plant', (database) => ['a', 'b'].forEach((id) => insertDiscrepancy(database, difference(id))));
  const entries = [
    ...payouts.map((id, index) => ({ amount: `100.0${index}`, text: `STRIPE ${id}`, reference: `B-${id}` })), { amount: '1477.11', endToEnd: number ?? '', name: 'Ashgrove Registry', reference: 'B-invoice' },
    ...Array.from({ length: 1_200 }, (_, index) => ({ amount: '0.25', isDebit: true, text: index < 2 ? `Fee ${index}` : `Card ${index}`, reference: `B-${index}` })),
  ];
  writeFileSync(statement, camtFile([{ id: 'S-1', iban: 'US00TEST', currency: 'USD', opening: '1000.00', closing: '2577.17', entries }]));
  // The keys of its payouts are of this account.
  desk.billing.database.connection.exec("INSERT INTO ledger_settings (name, value, set_at) VALUES ('gateway_account', 'acct', 0), ('mode', 'test', 0) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  desk.billing.database.connection.exec(`VACUUM INTO '${beginning}'`);
});

const standing = {
  lines: sql('test.lines', "SELECT entry_reference, match_id IS NOT NULL AS matched FROM bank_lines ORDER BY 1"),
  statements: sql('test.statements', 'SELECT reference, lines, proof, is_whole FROM bank_statements'),
  books: sql('test.books', "SELECT e.kind, e.source_type, p.account_code, p.direction, p.amount_minor, p.currency FROM journal_entries e JOIN postings p ON p.entry_id = e.id ORDER BY 1, 2, 3, 4, 5, 6"),
  differences: sql('test.differences', 'SELECT d.id, d.status, d.marked_as, (SELECT count(*) FROM discrepancy_steps s WHERE s.discrepancy_id = d.id) AS steps FROM discrepancies d ORDER BY 1'),
  signatures: sql('test.signatures', 'SELECT month, action FROM close_sign_offs ORDER BY rowid'),
};

/** What every moment must keep: a line is tied to a match that stands and lists it, a payout is matched at most once, and the books have an arrival for exactly those. */
const faults = {
  'a line is tied to a match that has ended, or does not list it': sql('test.tied', 'SELECT count(*) AS count FROM bank_lines AS l JOIN bank_matches AS m ON m.id = l.match_id WHERE m.unmatched_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM bank_match_lines AS k WHERE k.match_id = m.id AND k.line_id = l.id)'),
  'a match stands without its line': sql('test.untied', 'SELECT count(*) AS count FROM bank_matches AS m JOIN bank_match_lines AS k ON k.match_id = m.id JOIN bank_lines AS l ON l.id = k.line_id WHERE m.unmatched_at IS NULL AND l.match_id IS NOT m.id'),
  'a payout is matched and has not arrived, or the other way round': sql(
    'test.arrived',
    `SELECT count(*) AS count FROM (SELECT p.id, EXISTS (SELECT 1 FROM bank_matched_objects AS o WHERE o.kind = 'payout' AND o.object_id = p.id) AS matched,
       (SELECT coalesce(sum(CASE l.direction WHEN 'credit' THEN l.amount_minor ELSE -l.amount_minor END), 0) FROM journal_entries AS e JOIN postings AS l ON l.entry_id = e.id WHERE e.source_type = 'bank-payout' AND e.source_id = p.id AND l.account_code = '1020-cash-in-transit') AS arrived, p.amount_minor
       FROM stripe_payouts AS p) WHERE arrived <> CASE matched WHEN 1 THEN amount_minor ELSE 0 END`,
  ),
  'a match has an entry that the books lack': sql('test.entries', 'SELECT count(*) AS count FROM bank_matches AS m JOIN json_each(m.entry_keys) AS k WHERE NOT EXISTS (SELECT 1 FROM journal_entries AS e WHERE e.idempotency_key = k.value)'),
};

function inLedger<Result>(file: string, work: (database: ReturnType<typeof openDatabase>) => Result): Result {
  const database = openDatabase({ file, logger: silentLogger });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
const faultsOf = (file: string): string[] => inLedger(file, (database) => Object.entries(faults).filter(([, question]) => database.get<{ count: number }>(question)?.count !== 0).map(([name]) => name));
const stateOf = (file: string) => inLedger(file, (database) => Object.fromEntries(Object.entries(standing).map(([name, question]) => [name, database.all(question)])));

let desks = 0;
function freshLedger(): string {
  const folder = join(temporary.path, `desk-${(desks += 1)}`);
  mkdirSync(folder);
  copyFileSync(beginning, join(folder, 'ledger.sqlite'));
  return join(folder, 'ledger.sqlite');
}
const start = (file: string) => (env: Environment) => startScript(script, [file, statement], env);

test(`at ${points} points`, async () => {
  const undisturbed = freshLedger();
  const { statements, elapsedMs } = await measure(start(undisturbed), 'main', join(temporary.path, 'statements.txt'));
  expect(faultsOf(undisturbed)).toEqual([]);
  const wanted = stateOf(undisturbed);
  expect(wanted['statements']).toMatchObject([{ lines: 1_205, proof: 'proved', is_whole: 1 }]);
  for (let kills = 0, works = 0; kills < points; works += 1) {
    if (works > points * 4) throw new Error(`Only ${kills} of ${points} kills met a process that was at work.`);
    const file = freshLedger();
    const done: string[] = [];
    for (let left = Math.min(killsOfOne, points - kills); left > 0; left -= 1) {
      const share = random() / left;
      const moment: Moment = random() < 0.7 ? { kind: 'statement', thread: 'main', at: Math.max(1, Math.ceil(share * statements)) } : { kind: 'time', afterMs: elapsedMs / 3 + share * elapsedMs };
      const killing = await killAt(start(file), file, moment);
      done.push(momentText(moment));
      const last = /(\d+) ([0-9a-f]{64})\n[^\n]*$/.exec(killing.outcome.stdout);
      const acknowledged = last ? { ...nothingAcknowledged, head: { sequence: Number(last[1]), hash: last[2] ?? '' } } : killing.acknowledged;
      expect([...(await troublesOf(file, acknowledged)), ...faultsOf(file)], `seed ${seed}, killed ${done.join(', ')}`).toEqual([]);
      if (!killing.isKilled) break;
      kills += 1;
    }
    expect(await start(file)({}).ended, `seed ${seed}, killed ${done.join(', ')}`).toMatchObject({ code: 0 });
    expect([...(await troublesOf(file, nothingAcknowledged)), ...faultsOf(file)]).toEqual([]);
    expect(stateOf(file), `seed ${seed}, killed ${done.join(', ')}`).toEqual(wanted);
  }
});
