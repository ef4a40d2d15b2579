/** Statements and the list of entries over the demo company's books, against the same figures added up from postings in plain code. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits, toDecimalString } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { createJournal } from '../ledger/journal.ts';
import { openReaders, openReadingDesk, readingNow, type ReadingDesk } from '../testing/reading-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';

interface Line {
  readonly sequence: number;
  readonly id: string;
  readonly day: string;
  readonly kind: string;
  readonly account: string;
  readonly currency: string;
  readonly party: string | null;
  readonly amount: number;
}

let desk: ReadingDesk;
let lines: Line[];
beforeAll(async () => {
  desk = await openReadingDesk(3);
  lines = desk.database.all<Line>(
    sql('lines', "SELECT e.ledger_sequence AS sequence, e.id, e.entry_date AS day, e.kind, p.account_code AS account, p.currency, p.party_id AS party, iif(p.direction = 'debit', 1, -1) * p.amount_minor AS amount FROM postings p JOIN journal_entries e ON e.id = p.entry_id ORDER BY e.entry_date, e.ledger_sequence, p.line_number"),
  );
});
afterAll(() => desk?.[Symbol.asyncDispose]());

/** One row per entry: what it debits and credits, and the balance after it. */
function addUp(account: string, currency: string, from: string, to: string, isWithSubAccounts = false) {
  let balance = 0;
  let opening = 0;
  const rows = new Map<number, { debit: number; credit: number; balance: number }>();
  for (const line of lines.filter((each) => (each.account === account || (isWithSubAccounts && each.account.startsWith(`${account}:`))) && each.currency === currency && each.day <= to)) {
    balance += line.amount;
    if (line.day < from) opening = balance;
    else {
      const row = rows.get(line.sequence) ?? { debit: 0, credit: 0, balance: 0 };
      rows.set(line.sequence, { debit: row.debit + Math.max(0, line.amount), credit: row.credit + Math.max(0, -line.amount), balance });
    }
  }
  return { opening, closing: balance, rows: [...rows].map(([sequence, row]) => [sequence, row.debit, row.credit, row.balance]) };
}

async function readStatement(input: { accountCode: string; withSubAccounts?: boolean; currency: string; from?: string; to?: string; knownAt?: number }, limit: number) {
  const rows: unknown[][] = [];
  for (;;) {
    const page = await desk.ledger.statement({ ...input, startAt: rows.length, limit });
    rows.push(...page.rows.map((row) => [row.sequence, row.debitMinor, row.creditMinor, row.balanceMinor]));
    if (rows.length >= page.total || page.rows.length === 0) return { opening: page.openingMinor, closing: page.closingMinor, rows };
  }
}

describe('a statement', () => {
  test.each([['', '2026-11-18'], ['2025-06-01', '2026-03-31'], ['2026-11-01', '2026-11-18'], ['2030-01-01', '2030-02-01'], ['2020-01-01', '2020-02-01']])('of every account and currency from %j to %s opens, runs and closes as its postings add up, in windows of any size', async (from, to) => {
    const { accounts } = await desk.ledger.accounts({});
    const pairs = accounts.flatMap((account) => account.currencies.map((currency) => ({ accountCode: account.code, currency })));
    expect(pairs.length).toBeGreaterThan(30);
    expect(new Set(pairs.map((pair) => `${pair.accountCode} ${pair.currency}`))).toEqual(new Set(lines.map((line) => `${line.account} ${line.currency}`)));
    for (const pair of pairs) {
      const truth = addUp(pair.accountCode, pair.currency, from, to);
      for (const limit of [37, 500]) expect(await readStatement({ ...pair, ...(from === '' ? {} : { from }), to }, limit)).toEqual(truth);
    }
  });

  test('closes on the trial balance of its last day, and opens on that of the day before its first', async () => {
    const balance = async (asOf: string) => new Map((await desk.ledger.trialBalance({ asOf })).rows.map((row) => [`${row.accountCode} ${row.currency}`, row.balanceMinor]));
    const [before, after] = [await balance('2026-01-31'), await balance('2026-02-28')];
    for (const [pair, closing] of after) {
      const [accountCode = '', currency = ''] = pair.split(' ');
      const statement = await desk.ledger.statement({ accountCode, currency, from: '2026-02-01', to: '2026-02-28', limit: 1 });
      expect([statement.openingMinor, statement.closingMinor]).toEqual([before.get(pair) ?? 0, closing]);
    }
  });

  test('of tax payable with its sub-accounts is what is owed to all jurisdictions, and so says the trial balance', async () => {
    const { groups, rows } = await desk.ledger.trialBalance({ asOf: '2026-11-18' });
    const owed = rows.filter((row) => row.accountCode.startsWith(accountCodes.taxPayable));
    expect(new Set(owed.map((row) => row.accountCode)).size).toBeGreaterThan(2);
    expect(groups.map((group) => [group.accountCode, group.currency])).toEqual([...new Set(owed.map((row) => row.currency))].map((currency) => [accountCodes.taxPayable, currency]));
    for (const group of groups) {
      const parts = owed.filter((row) => row.currency === group.currency);
      const summed = (amount: (row: (typeof parts)[number]) => number): number => parts.reduce((sum, row) => sum + amount(row), 0);
      expect(group).toMatchObject({ accounts: parts.length, debitMinor: summed((row) => row.debitMinor), creditMinor: summed((row) => row.creditMinor), balanceMinor: summed((row) => row.balanceMinor), functionalBalanceMinor: summed((row) => row.functionalBalanceMinor) });
      for (const [from, to] of [['', '2026-11-18'], ['2026-03-01', '2026-05-31']] as const) {
        const input = { accountCode: accountCodes.taxPayable, withSubAccounts: true, currency: group.currency, ...(from === '' ? {} : { from }), to };
        expect(await readStatement(input, 150)).toEqual(addUp(accountCodes.taxPayable, group.currency, from, to, true));
      }
      expect((await desk.ledger.statement({ accountCode: accountCodes.taxPayable, withSubAccounts: true, currency: group.currency, to: '2026-11-18', limit: 1 })).closingMinor).toBe(group.balanceMinor);
    }
  });

  test('is the same where the kept totals lie behind', async () => {
    const input = { accountCode: accountCodes.stripeClearing, currency: 'usd', from: '2026-01-01', to: '2026-06-30' };
    const before = await readStatement(input, 50);
    const kept = desk.database.all<{ ledger_sequence: number }>(sql('mark', 'SELECT ledger_sequence FROM account_totals_mark'))[0]?.ledger_sequence ?? 0;
    desk.database.connection.exec('UPDATE account_totals_mark SET ledger_sequence = 10');
    try {
      expect(await readStatement(input, 50)).toEqual(before);
    } finally {
      desk.database.connection.exec(`UPDATE account_totals_mark SET ledger_sequence = ${kept}`);
    }
  });

  test('needs an account of the chart, a currency where there are several, and days in their order', async () => {
    await expect(desk.ledger.statement({ accountCode: '1234-nothing' })).rejects.toMatchObject({ code: 'account-not-found' });
    await expect(desk.ledger.statement({ accountCode: accountCodes.stripeClearing })).rejects.toMatchObject({ code: 'currency-needed' });
    await expect(desk.ledger.statement({ accountCode: accountCodes.stripeClearing, currency: 'usd', from: '2026-02-02', to: '2026-02-01' })).rejects.toMatchObject({ code: 'range-invalid' });
    expect(await desk.ledger.statement({ accountCode: accountCodes.suspense })).toMatchObject({ currency: 'usd', openingMinor: 0, closingMinor: 0, rows: [], total: 0 });
  });
});

describe('the list of entries', () => {
  const entriesWith = (fits: (line: Line) => boolean): number[] => [...new Set(lines.filter(fits).map((line) => line.sequence))].sort((a, b) => b - a);
  const someParty = (): string => lines.find((line) => line.party !== null)?.party ?? '';
  const someAmount = (): Line | undefined => lines.findLast((line) => line.currency === 'kwd');

  test.each([
    ['kind', () => ({ kind: 'refund' }), (line: Line) => line.kind === 'refund'],
    ['month', () => ({ month: '2026-03' }), (line: Line) => line.day.startsWith('2026-03')],
    ['month and later days', () => ({ month: '2026-03', from: '2026-03-15', to: '2026-12-31' }), (line: Line) => line.day >= '2026-03-15' && line.day <= '2026-03-31'],
    ['kind and month', () => ({ kind: 'payment', month: '2026-03' }), (line: Line) => line.kind === 'payment' && line.day.startsWith('2026-03')],
    ['account, kind and month', () => ({ accountCode: accountCodes.paymentFees, kind: 'payment', month: '2026-03' }), (line: Line) => line.kind === 'payment' && line.day.startsWith('2026-03') && line.account === accountCodes.paymentFees],
    ['customer', () => ({ partyId: someParty() }), (line: Line) => line.party === someParty()],
    ['amount', () => ({ amount: `${toDecimalString(Math.abs(someAmount()?.amount ?? 0), 'kwd')} kwd` }), (line: Line) => line.currency === 'kwd' && Math.abs(line.amount) === Math.abs(someAmount()?.amount ?? 0)],
    ['what is no amount', () => ({ amount: 'much' }), () => false],
  ])('by %s has the entries a person would pick', async (_, filter, fits) => {
    const expected = entriesWith(fits);
    const list = await desk.ledger.entries({ limit: 500, filter: filter() });
    expect(list.rows.map((row) => row.sequence)).toEqual(expected.slice(0, 500));
    expect([list.total, list.areSumsKnown]).toEqual([expected.length, true]);
  });

  test('by the id of a charge has its payment, wherever the id stands', async () => {
    const charge = desk.database.get<{ id: string }>(sql('charge', "SELECT id FROM stripe_charges WHERE status = 'succeeded' LIMIT 1"))?.id ?? '';
    const { rows } = await desk.ledger.entries({ filter: { sourceId: charge } });
    expect(rows.map((row) => row.kind)).toContain('payment');
  });

  test('by an id, or the beginning of one, as text has what its memo says', async () => {
    const memos = desk.database.all<{ sequence: number; memo: string }>(sql('memos', 'SELECT ledger_sequence AS sequence, memo FROM journal_entries'));
    for (const word of new Set(['Payment', 'Refund', 'Dispute', 'Payout', 'Invoice', 'Credit note'].flatMap((kind) => memos.filter((entry) => entry.memo.startsWith(`${kind} `)).slice(0, 3).map((entry) => entry.memo.split(' ').find((part) => part.includes('_')) ?? '')))) {
      for (const text of [word, word.slice(0, 11)]) {
        const found = new Set((await desk.ledger.entries({ limit: 500, filter: { text } })).rows.map((row) => row.sequence));
        for (const entry of memos.filter((each) => each.memo.includes(text))) expect([text, entry.memo, found.has(entry.sequence)]).toEqual([text, entry.memo, true]);
      }
    }
  });

  test('knows the kinds and sources that entries have', async () => {
    const truth = (column: string) => desk.database.all<{ value: string }>(sql(column, `SELECT DISTINCT ${column} AS value FROM journal_entries ORDER BY 1`)).map((row) => row.value);
    expect(await desk.ledger.entryKinds({})).toEqual({ kinds: truth('kind'), sourceTypes: truth('source_type') });
  });
});

describe('one entry', () => {
  test('is found by its number too', async () => {
    const byNumber = await desk.ledger.show({ id: '17' });
    expect(byNumber.sequence).toBe(17);
    expect(await desk.ledger.show({ id: byNumber.id })).toEqual(byNumber);
  });

  test('of every kind leads to the objects it was made of', async () => {
    for (const { id, kind } of desk.database.all<{ id: string; kind: string }>(sql('kinds', 'SELECT min(id) AS id, kind FROM journal_entries GROUP BY kind, source_type'))) {
      const { sources, sourceId } = await desk.ledger.show({ id });
      expect([kind, sources[0]?.id, sources[0]?.raw !== undefined]).toEqual([kind, sourceId, true]);
    }
  });
});

describe('the books as known at a moment', () => {
  const day = (text: string): number => Date.parse(`${text}T12:00:00Z`);

  function openBooks() {
    const ledger = openTemporaryDatabase();
    const sale = (number: number, on: string): JournalEntryDraft => {
      const line = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(number), currency: 'usd', functionalAmount: minorUnits(number), rate: null, partyId: null });
      return { key: `sale/${number}`, entryDate: localDate(on), kind: 'sale', sourceType: 'test', sourceId: `s_${number}`, memo: `Sale ${number}`, postings: [line(accountCodes.bank, 'debit'), line(accountCodes.oneOffRevenue, 'credit')] };
    };
    // Recorded in February: one of January, one of February. In March a late one of January.
    for (const [at, drafts] of [[day('2026-02-10'), [sale(1, '2026-01-20'), sale(2, '2026-02-09')]], [day('2026-03-10'), [sale(4, '2026-01-21')]]] as const) {
      ledger.database.unitOfWork.run('test', (database) => createJournal({ clock: fixedClock(at) }).post(database, drafts));
    }
    return { ...openReaders(ledger.database, readingNow), [Symbol.dispose]: () => ledger[Symbol.dispose]() };
  }

  test('hold what was recorded by then', async () => {
    using books = openBooks();
    const bank = async (asOf: string, knownAt?: number) => {
      const { rows, entries } = await books.ledger.trialBalance({ asOf, ...(knownAt === undefined ? {} : { knownAt }) });
      const statement = await books.ledger.statement({ accountCode: accountCodes.bank, asOf, ...(knownAt === undefined ? {} : { knownAt }) });
      expect([statement.closingMinor, statement.total]).toEqual([rows[0]?.balanceMinor ?? 0, entries]);
      return [rows[0]?.balanceMinor ?? 0, entries];
    };
    expect(await bank('2026-01-31')).toEqual([5, 2]);
    expect(await bank('2026-01-31', day('2026-02-28'))).toEqual([1, 1]);
    expect(await bank('2026-02-28', day('2026-02-28'))).toEqual([3, 2]);
    expect(await bank('2026-02-28', day('2026-03-10'))).toEqual([7, 3]);
    expect(await bank('2026-01-31', day('2026-02-10') + 1)).toEqual([1, 1]);
  });

  test('are not known before they were begun', async () => {
    using books = openBooks();
    for (const ask of [() => books.ledger.trialBalance({ knownAt: day('2026-02-09') }), () => books.ledger.statement({ accountCode: accountCodes.bank, knownAt: day('2026-02-09') })]) await expect(ask()).rejects.toMatchObject({ code: 'not-known-then' });
  });
});
