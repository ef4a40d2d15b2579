/** The books of the demo company, months closed and opened again among them, held against a rebuild from the sandbox over HTTP. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rebuildResultSchema } from '../../shared/api/ledger.contract.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { addMonths, month, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { composeLedgerRebuild } from '../composition/ledger-rebuild.ts';
import { sql } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { createStripeSource } from '../integrations/stripe/stripe-source.ts';
import type { GatewaySource } from '../intake/stripe-sync.ports.ts';
import { createStripeSync } from '../intake/stripe-sync.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { createRecognition } from '../revenue/recognition.ts';
import { loadExchangeRates, startStripeWorld, type StripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createJournal } from './journal.ts';
import type { RebuildResult } from './ledger-rebuild.ts';
import { createLocalPeriodAuthority } from './local-period-authority.ts';
import { createPeriodClose } from './period-close.ts';

let world: StripeWorld;
let ledger: TemporaryDatabase;
beforeAll(async () => {
  world = await startStripeWorld('small', 1);
  ledger = openTemporaryDatabase();
  ledger.database.unitOfWork.run('rates', (database) => loadExchangeRates(database, world.company));
});
afterAll(async () => {
  ledger?.[Symbol.dispose]();
  await world?.[Symbol.asyncDispose]();
});

/** Balance transactions that have not appeared at Stripe yet. */
const hidden = new Set<string>();
const withoutHidden = (source: GatewaySource): GatewaySource => ({
  ...source,
  list: async (list, query, signal) => {
    const page = await source.list(list, query, signal);
    return { ...page, objects: page.objects.filter((object) => !hidden.has(object.id)) };
  },
  get: async (list, id, signal) => (hidden.has(id) ? undefined : source.get(list, id, signal)),
});

/** The services of one desk on the ledger, against Stripe at an address. */
function openDesk(url = world.sandbox.url) {
  const { database } = ledger;
  const nowMs = Date.parse(world.company.manifest.now);
  const clock = fixedClock(nowMs);
  const timeZone = new TimeZone(world.company.manifest.reportingTimeZone);
  const settings = () => ({ functionalCurrency: 'usd' });
  const { unitOfWork } = database;
  const source = withoutHidden(createStripeSource({ key: world.sandbox.secretKey, apiBase: url, limiter: 'none', now: () => nowMs }));
  const journal = createJournal({ clock });
  const recognition = createRecognition({ readable: database, unitOfWork, journal, clock, timeZone, settings });
  const periods = createPeriodClose({ readable: database, clock, timeZone, recognition, authority: createLocalPeriodAuthority({ unitOfWork, audit: createAuditLog({ clock }), timeZone }) });
  const folder = join(ledger.folder, 'rebuild');
  const rebuild = composeLedgerRebuild({ database, folder, clock, timeZone, settings, logger: silentLogger, stripeSource: () => source, recognition });
  return {
    folder, recognition, periods,
    sync: (isFull: boolean) => createStripeSync({ readable: database, unitOfWork, source, journal, clock, timeZone, functionalCurrency: 'usd' }).sync({ isFull }, unattended),
    async closeUpTo(last: Month) {
      const acts = { actor: 'ada', requestId: 'r' };
      for (let next = periods.list().periods.find((period) => period.isNextToClose)?.month; next !== undefined && next <= last; next = addMonths(next, 1)) await periods.close(next, [], acts);
    },
    reopen: (which: Month) => periods.requestReopen(which, 'A payment was missing', { actor: 'ben', requestId: 'r' }),
    async rebuild(control: WorkControl = unattended, shouldKeep = false): Promise<RebuildResult> {
      const result = await rebuild.run({ shouldKeep }, control);
      return rebuildResultSchema.parse(result) as RebuildResult;
    },
  };
}
const exec = (text: string) => ledger.database.connection.exec(text);
const rows = <Row>(text: string): Row[] => ledger.database.all<Row>(sql('test', text));
const told = ({ differences }: RebuildResult): [string, string][] => differences.map(({ kind, subjectId }): [string, string] => [kind, subjectId]).sort();

/** Changes what the ledger keeps from being changed, as somebody with the file at hand could, and puts it back afterwards. */
async function tampered<Result>(change: string, undo: string, work: () => Promise<Result>): Promise<Result> {
  const guards = rows<{ name: string; text: string }>("SELECT name, sql AS text FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('posting_lines', 'journal_entries')");
  const unguarded = (text: string) => exec(['BEGIN', ...guards.map(({ name }) => `DROP TRIGGER ${name}`), text, ...guards.map((guard) => guard.text), 'COMMIT'].join(';\n'));
  unguarded(change);
  try {
    return await work();
  } finally {
    unguarded(undo);
  }
}

describe('a rebuild from Stripe', () => {
  test('refuses a ledger that has read nothing yet', async () => {
    await expect(openDesk().rebuild()).rejects.toMatchObject({ code: 'rebuild-nothing-yet' });
    expect(existsSync(openDesk().folder)).toBe(false);
  });

  test('names what Stripe has and the ledger lacks', async () => {
    const desk = openDesk();
    const transactions = world.company.population.collection('balance_transactions');
    for (let index = 0; hidden.size < 3; index += 1) {
      const { id, type, currency } = transactions.render(index) as unknown as { id: string; type: string; currency: string };
      if (type === 'charge' && currency === 'usd') hidden.add(id);
    }
    const late = [...hidden].map((id): [string, string] => ['only-at-stripe', id]);
    await desk.sync(true);
    await desk.recognition.recogniseDue();
    await desk.closeUpTo(month('2026-10'));
    expect(await desk.rebuild()).toMatchObject({ isEqual: true, recognisedThrough: '2026-10' });
    hidden.clear();
    for (const { collection, object } of world.company.breaksAfterRefill()) world.sandbox.insertObjects(collection, [object]);
    const missing = world.company.manifest.plantedBreaks.filter((planted) => planted.reason === 'missing-in-ledger').map((planted): [string, string] => ['only-at-stripe', planted.balanceTransactionId ?? '']);
    expect(missing.length).toBeGreaterThan(0);
    const found = await desk.rebuild();
    expect([found.isEqual, told(found)]).toEqual([false, [...missing, ...late].sort()]);
    expect(found.differences[0]?.message).toContain('this ledger does not have it');
  });

  test('equals the books with months closed, opened again and closed, and with facts that came late for them', async () => {
    const desk = openDesk();
    await desk.sync(true); // what had not appeared comes too late for its months
    const late = () => rows<{ count: number }>("SELECT count(*) AS count FROM journal_entries WHERE concerns_month IS NOT NULL")[0]?.count ?? 0;
    expect(late()).toBeGreaterThan(0);
    await desk.recognition.recogniseDue();
    await desk.reopen(month('2026-10'));
    await desk.closeUpTo(month('2026-10'));
    const before = rows('SELECT * FROM journal_entries ORDER BY ledger_sequence');
    const result = await desk.rebuild();
    expect(result).toMatchObject({ isEqual: true, differences: [], unread: 0, pending: 0, replayedRates: 0, recognisedThrough: '2026-10', keptFile: null });
    expect(result.entriesHere).toBe(result.entriesRebuilt);
    expect(rows('SELECT * FROM journal_entries ORDER BY ledger_sequence')).toEqual(before);
    expect(existsSync(desk.folder)).toBe(false);
  });

  test('names an entry that was tampered with: its amount, its month, one taken out, one put in, and what was recognised', async () => {
    const desk = openDesk();
    const [first, second, third] = rows<{ sequence: number; id: string; source: string }>("SELECT ledger_sequence AS sequence, id, source_id AS source FROM journal_entries WHERE kind = 'payment' AND concerns_month IS NULL ORDER BY ledger_sequence LIMIT 3");
    const [earned] = rows<{ sequence: number; line: string }>("SELECT ledger_sequence AS sequence, source_id AS line FROM journal_entries WHERE kind = 'recognition' ORDER BY ledger_sequence LIMIT 1");
    if (!first || !second || !third || !earned) throw new Error('The company has no payments.');
    const add = (sequence: number, minor: number): string => `UPDATE posting_lines SET amount_minor = amount_minor + ${minor}, functional_amount_minor = functional_amount_minor + ${minor} WHERE ledger_sequence = ${sequence}`;
    const amount = await tampered(add(first.sequence, 7), add(first.sequence, -7), () => desk.rebuild());
    expect(told(amount)).toEqual([['differs', first.source]]);
    expect(amount.differences[0]?.message).toContain('another amount here than at Stripe');
    expect([amount.differences[0]?.here?.lines.length, amount.differences[0]?.here?.entryId]).toEqual([amount.differences[0]?.rebuilt?.lines.length, first.id]);

    const moved = await tampered(`UPDATE journal_entries SET concerns_month = '2025-01' WHERE id = '${second.id}'`, `UPDATE journal_entries SET concerns_month = NULL WHERE id = '${second.id}'`, () => desk.rebuild());
    expect(told(moved)).toEqual([['differs', second.source]]);
    expect(moved.differences[0]?.message).toContain('for 2025-01 here');

    // A key of another transaction: Stripe does not tell of that one, and the ledger lacks its own.
    const renamed = await tampered(`UPDATE journal_entries SET idempotency_key = replace(idempotency_key, '${third.source}', 'txn_invented'), id = 'zz-invented' WHERE id = '${third.id}'`, `UPDATE journal_entries SET idempotency_key = replace(idempotency_key, 'txn_invented', '${third.source}'), id = '${third.id}' WHERE id = 'zz-invented'`, () => desk.rebuild());
    expect(told(renamed)).toEqual([['only-at-stripe', third.source], ['only-here', 'txn_invented']]);

    const recognised = await tampered(add(earned.sequence, 1), add(earned.sequence, -1), () => desk.rebuild());
    expect(told(recognised)).toEqual([['recognition', earned.line]]);
    expect((await desk.rebuild()).isEqual).toBe(true);
  });

  test('takes the rate that was known when an entry was booked, and says how many there are', async () => {
    using other = openTemporaryDatabase();
    const first = ledger;
    ledger = other;
    try {
      ledger.database.unitOfWork.run('rates', (database) => loadExchangeRates(database, world.company));
      // Some days were published late: when the desk read Stripe, a later day's rate had shown them to have none.
      exec("CREATE TEMP TABLE later AS SELECT * FROM exchange_rates WHERE rate_on BETWEEN '2026-11-03' AND '2026-11-13'; DELETE FROM exchange_rates WHERE rate_on BETWEEN '2026-11-03' AND '2026-11-13'");
      const desk = openDesk();
      await desk.sync(true);
      exec('INSERT INTO exchange_rates SELECT * FROM later');
      const result = await desk.rebuild();
      expect([result.isEqual, result.recognisedThrough]).toEqual([true, null]);
      expect(result.replayedRates).toBeGreaterThan(0);
      // A rate that was never published is no rate that was known.
      const [entry] = rows<{ sequence: number; source: string }>("SELECT e.ledger_sequence AS sequence, e.source_id AS source FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.kind = 'invoice-finalised' AND p.currency = 'eur' AND e.entry_date > '2026-11-05' LIMIT 1");
      const invented = await tampered(`CREATE TEMP TABLE were AS SELECT * FROM posting_lines WHERE ledger_sequence = ${entry?.sequence}; UPDATE posting_lines SET rate = '9.876543' WHERE ledger_sequence = ${entry?.sequence}`, `UPDATE posting_lines SET rate = (SELECT w.rate FROM were AS w WHERE w.line_number = posting_lines.line_number) WHERE ledger_sequence = ${entry?.sequence}`, () => desk.rebuild());
      expect(told(invented)).toContainEqual(['differs', entry?.source]);
    } finally {
      ledger = first;
    }
  });

  test('keeps the rebuilt ledger when asked to: one file that opens by itself', async () => {
    const desk = openDesk();
    const { keptFile, entriesRebuilt } = await desk.rebuild(unattended, true);
    const kept = openDatabase({ file: keptFile ?? '', logger: silentLogger, isReadOnly: true });
    expect(kept.get<{ count: number }>(sql('test', "SELECT count(*) AS count FROM journal_entries WHERE idempotency_key GLOB 'stripe/*'"))?.count).toBe(entriesRebuilt);
    kept.close();
    await desk.rebuild();
    expect(existsSync(desk.folder)).toBe(false);
  });

  test('that is cancelled leaves nothing behind, wherever it is', async () => {
    const desk = openDesk();
    for (const note of ['Reading from Stripe', 'Posting to the ledger', 'Recognising', 'Comparing the books']) {
      const abort = new AbortController();
      const seen: string[] = [];
      const control: WorkControl = { signal: abort.signal, report: (progress) => { seen.push(progress.note ?? ''); if (progress.note?.startsWith(note)) abort.abort(); } };
      await expect(desk.rebuild(control), note).rejects.toMatchObject({ name: 'AbortError' });
      expect([seen.at(-1)?.startsWith(note), existsSync(desk.folder)]).toEqual([true, false]);
    }
  });

  test('without a line to Stripe is refused in plain words and leaves nothing behind', async () => {
    const desk = openDesk('http://127.0.0.1:9');
    await expect(desk.rebuild()).rejects.toMatchObject({ code: 'stripe-unreachable', nextStep: expect.any(String) });
    expect(existsSync(desk.folder)).toBe(false);
  });
});
