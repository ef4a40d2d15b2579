import { describe, expect, it } from 'vitest';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import { createEntryReversal, reversalKey } from './entry-reversal.ts';
import type { JournalEntryDraft } from './journal-entry.ts';
import { createJournal } from './journal.ts';
import { createLocalPeriodAuthority } from './local-period-authority.ts';
import { createPeriodClose } from './period-close.ts';

const amara = { actor: 'amara', requestId: 'r-1' };
const [september, october, november] = [month('2026-09'), month('2026-10'), month('2026-11')];

const sale = (key: string, on: string, amount = 100): JournalEntryDraft => ({
  key, entryDate: localDate(on), kind: 'sale', sourceType: 'test', sourceId: key, memo: 'A sale',
  postings: [
    { accountCode: accountCodes.bank, direction: 'debit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
    { accountCode: accountCodes.oneOffRevenue, direction: 'credit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
  ],
});

/** A sync that came to its end by this machine's clock, and up to when its two lists were read by Stripe's. */
const stripeRead = (eventsUpTo: string, moneyUpTo: string): string =>
  `INSERT INTO sync_cursors (source, last_success_at) VALUES ('stripe/sync', ${Date.parse('2026-11-18T08:00:00Z')}), ('stripe/events', ${Date.parse(eventsUpTo)}), ('stripe/balance_transactions', ${Date.parse(moneyUpTo)})`;

/** An invoice that waits for its entry since its draft was made. */
const waitingInvoice = (madeAt: string, moments: Partial<Record<'finalised_at' | 'paid_at' | 'voided_at' | 'marked_uncollectible_at', string>>): string =>
  `INSERT INTO unposted_facts (occurred_at, object_type, object_id, reason_code, reason) VALUES (${Date.parse(madeAt)}, 'invoice', 'in_1', 'exchange-rate-missing', '');
   INSERT INTO stripe_invoices (id, currency, subtotal_minor, discount_minor, tax_minor, total_minor, amount_paid_minor, amount_due_minor, amount_remaining_minor, starting_balance_minor, is_paid_out_of_band, created_at, observed_at, raw, ${Object.keys(moments).join(', ')}) VALUES ('in_1', 'eur', 1, 0, 0, 1, 0, 1, 1, 0, 0, ${Date.parse(madeAt)}, 0, '{}', ${Object.values(moments).map((at) => Date.parse(at)).join(', ')})`;

/** A desk of its own whose clock can be set. */
function openDesk(now = '2026-11-18T14:14:00Z', zone = 'America/New_York') {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  let nowMs = Date.parse(now);
  let isRecognised = true;
  const clock = { now: () => nowMs };
  const timeZone = new TimeZone(zone);
  const audit = createAuditLog({ clock });
  const journal = createJournal({ clock });
  const periods = createPeriodClose({ readable: database, clock, timeZone, authority: createLocalPeriodAuthority({ unitOfWork: database.unitOfWork, audit, timeZone }), recognition: { isMonthRecognised: () => isRecognised } });
  const reversal = createEntryReversal({ readable: database, unitOfWork: database.unitOfWork, journal, audit, clock, timeZone, sealPosted: async () => undefined });
  return {
    database, periods, reversal, audit,
    post: (...drafts: JournalEntryDraft[]) => database.unitOfWork.run('test', (writable) => journal.post(writable, drafts)),
    close: (wanted = october, accepted: string[] = []) => periods.close(wanted, accepted, amara),
    exec: (text: string) => database.connection.exec(text),
    rows: <Row>(text: string) => database.all<Row>(sql('test', text)),
    stateOf: (wanted: string) => periods.list().periods.find((period) => period.month === wanted),
    setNow: (text: string) => void (nowMs = Date.parse(text)),
    setRecognised: (value: boolean) => void (isRecognised = value),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}

describe('closing a month', () => {
  it('takes the months in their order and writes down who did it, when, and where the chain stood', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-09-30'), sale('b', '2026-10-01'));
    await expect(desk.close(october)).rejects.toMatchObject({ code: 'earlier-month-open' });
    expect(await desk.close(september)).toMatchObject({ month: '2026-09', state: 'closed', closedBy: 'amara', closedAt: Date.parse('2026-11-18T14:14:00Z'), headSequence: 2 });
    await desk.close(october);
    await expect(desk.close(october)).rejects.toMatchObject({ code: 'period-closed-already' });
    expect(desk.periods.list().periods.map((period) => [period.month, period.state, period.entries])).toEqual([['2026-09', 'closed', 1], ['2026-10', 'closed', 1], ['2026-11', 'running', 0]]);
    expect(desk.audit.listOf(desk.database, 'period', '2026-10').map((row) => [row.action, row.actor])).toEqual([['close', 'amara']]);
  });

  it('lets nothing in afterwards: neither through the journal nor by SQL', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    await desk.close();
    desk.post(sale('late', '2026-10-31'), sale('very late', '2026-03-01'), sale('now', '2026-11-02'));
    expect(desk.rows('SELECT entry_date, concerns_month FROM journal_entries ORDER BY ledger_sequence')).toEqual([
      { entry_date: '2026-10-05', concerns_month: null }, { entry_date: '2026-11-01', concerns_month: '2026-10' }, { entry_date: '2026-11-01', concerns_month: '2026-03' }, { entry_date: '2026-11-02', concerns_month: null },
    ]);
    const insert = (sequence: number, on: string) => `BEGIN; INSERT INTO posting_lines SELECT ${sequence}, line_number, account_code, direction, amount_minor, currency, functional_amount_minor, rate, party_id FROM posting_lines WHERE ledger_sequence = 1;
      INSERT INTO journal_entries (ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, input_hash, memo, previous_hash, hash) VALUES (${sequence}, 'x', '${on}', 0, '', '', '', 'x', '', '', '', ''); COMMIT`;
    for (const statement of [insert(5, '2026-10-31'), insert(7, '2026-10-31'), insert(5, '2025-01-01')]) {
      expect(() => desk.exec(statement)).toThrow('period-closed');
      desk.exec('ROLLBACK');
    }
    desk.exec(insert(5, '2026-11-01'));
  });

  it('cannot be undone by SQL', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    await desk.close();
    for (const statement of [
      "UPDATE ledger_periods SET state = 'open'", "UPDATE ledger_periods SET month = '2027-01'", 'DELETE FROM ledger_periods', "REPLACE INTO ledger_periods VALUES ('2026-10', 'open', 0, 'me')", "INSERT INTO ledger_periods VALUES ('2026-10', 'open', 0, 'me') ON CONFLICT DO UPDATE SET state = 'open'",
    ]) expect(() => desk.exec(statement), statement).toThrow('period-change-unlogged');
    for (const statement of ["UPDATE period_log SET actor = 'me'", 'DELETE FROM period_log']) expect(() => desk.exec(statement)).toThrow('period-log-immutable');
  });

  it.each([
    ['the month runs', 'month-over', (desk) => desk.setNow('2026-11-01T03:59:59Z')],
    ['facts have no entry yet', 'facts-posted', (desk) => desk.exec(`INSERT INTO unposted_facts (occurred_at, object_type, object_id) VALUES (${Date.parse('2026-10-20')}, 'invoice', 'in_1')`)],
    ['facts wait for a reason', 'facts-posted', (desk) => desk.exec(`INSERT INTO unposted_facts (occurred_at, object_type, object_id, reason_code, reason) VALUES (${Date.parse('2026-10-20')}, 'invoice', 'in_1', 'exchange-rate-missing', '')`)],
    ['an entry waits to be sealed', 'entries-sealed', (desk) => desk.exec("INSERT INTO provisional_entries (id, idempotency_key, entry_date, recorded_at, input_hash, body) VALUES ('p', 'p', '2026-10-31', 0, '', '{}')")],
    ['revenue was not recognised', 'recognition-done', (desk) => desk.setRecognised(false)],
    ['Stripe was last read before its end', 'stripe-read', (desk) => desk.exec(stripeRead('2026-11-01T03:59:59Z', '2026-11-01T03:59:59Z'))],
    ['what happened at Stripe was read after its end, and what moved money was not', 'stripe-read', (desk) => desk.exec(stripeRead('2026-11-02T08:00:00Z', '2026-10-31T08:00:00Z'))],
    ['what moved money was read after its end, and what happened was not', 'stripe-read', (desk) => desk.exec(stripeRead('2026-10-31T08:00:00Z', '2026-11-02T08:00:00Z'))],
    ['Stripe was never read to its end', 'stripe-read', (desk) => desk.exec(`INSERT INTO sync_cursors (source, last_success_at) VALUES ('stripe/events', ${Date.parse('2026-11-02T08:00:00Z')}), ('stripe/payouts', ${Date.parse('2026-11-02T08:00:00Z')})`)],
    ['the books do not balance', 'trial-balance-zero', (desk) => desk.exec("UPDATE account_daily_totals SET debit_minor = debit_minor + 1 WHERE account_code = '1000-bank' AND currency = 'usd'")],
  ] satisfies [string, string, (desk: ReturnType<typeof openDesk>) => void][])('is refused while %s, and says so', async (_, code, disturb) => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    disturb(desk);
    expect(desk.periods.checklist(october).filter((item) => !item.isFine).map((item) => item.code)).toEqual([code]);
    await expect(desk.close()).rejects.toMatchObject({ code: 'period-not-closable', data: { standing: [code] } });
    expect(desk.rows('SELECT * FROM period_log')).toEqual([]);
  });

  it('has read Stripe once both lists were read after its end', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.exec(stripeRead('2026-11-01T04:00:00Z', '2026-11-01T04:00:01Z'));
    expect(await desk.close()).toMatchObject({ state: 'closed' });
  });

  it.each([['2026-11-01T03:59:59Z', 1, false], ['2026-11-01T04:00:00Z', 0, false], ['2026-11-01T04:00:00Z', 1, true]])('has read Stripe by a refill begun at %s (complete: %i): %s', (startedAt, isComplete, isFine) => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.exec(`INSERT INTO sync_cursors (source, cursor, is_complete, last_success_at) VALUES ('stripe/refill', '{"startedAt":${Date.parse(startedAt)},"bounds":[]}', ${isComplete}, ${Date.parse('2026-11-02T04:00:00Z')})`);
    expect(desk.periods.checklist(october).find((item) => item.code === 'stripe-read')).toMatchObject({ isFine });
  });

  it('waits for an invoice in the months in which it has entries, whenever its draft was made', async () => {
    const standing = (madeAt: string, moments: Parameters<typeof waitingInvoice>[1]): string[] => {
      using desk = openDesk();
      desk.post(sale('a', '2026-09-05'));
      desk.exec(waitingInvoice(madeAt, moments));
      const waits = (wanted: typeof october): boolean => desk.periods.checklist(wanted).some((item) => item.code === 'facts-posted' && !item.isFine);
      return [september, october].filter(waits);
    };
    expect(standing('2026-10-01T03:30:00Z', { finalised_at: '2026-10-01T04:30:00Z' })).toEqual(['2026-10']); // still September in New York when it was made
    expect(standing('2026-09-10T00:00:00Z', { finalised_at: '2026-10-20T00:00:00Z' })).toEqual(['2026-10']);
    expect(standing('2026-09-10T00:00:00Z', { finalised_at: '2026-09-11T00:00:00Z', voided_at: '2026-10-20T00:00:00Z' })).toEqual(['2026-09', '2026-10']);
    expect(standing('2026-08-10T00:00:00Z', { finalised_at: '2026-08-11T00:00:00Z', paid_at: '2026-10-20T00:00:00Z' })).toEqual(['2026-09', '2026-10']); // nothing is closed: what lies before belongs to the first month that will be
    expect(standing('2026-10-31T23:00:00Z', { finalised_at: '2026-11-01T05:00:00Z' })).toEqual([]);
  });

  it('takes reasons on that a person accepts, and keeps them with the close; what nobody looked at cannot be accepted', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.exec(`INSERT INTO unposted_facts (occurred_at, object_type, object_id, reason_code, reason) VALUES (${Date.parse('2026-10-20')}, 'invoice', 'in_1', 'exchange-rate-missing', '')`);
    await desk.close(october, ['exchange-rate-missing']);
    expect(JSON.parse(desk.rows<{ evidence: string }>('SELECT evidence FROM period_log')[0]!.evidence)).toMatchObject({ accepted: [{ code: 'exchange-rate-missing', count: 1 }] });
    expect(desk.stateOf('2026-10')?.history).toMatchObject([{ action: 'close', accepted: [{ code: 'exchange-rate-missing', count: 1 }] }]);
    using other = openDesk();
    other.post(sale('a', '2026-10-05'));
    other.exec(`INSERT INTO unposted_facts (occurred_at, object_type, object_id) VALUES (${Date.parse('2026-10-20')}, 'invoice', 'in_1')`);
    await expect(other.close(october, [''])).rejects.toMatchObject({ code: 'period-not-closable' });
  });

  it('takes on what the sealer left for a reason that a person accepts, and not what waits to be sent', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.exec("INSERT INTO provisional_entries (id, idempotency_key, entry_date, recorded_at, input_hash, body, reason_code) VALUES ('p', 'p', '2026-10-31', 0, '', '{}', 'entry-of-other-ledger')");
    await expect(desk.close()).rejects.toMatchObject({ code: 'period-not-closable', message: expect.stringContaining('1 entry-of-other-ledger') as string });
    expect(await desk.close(october, ['entry-of-other-ledger'])).toMatchObject({ state: 'closed' });
  });

  it.each([
    ['America/New_York', '2026-11', '2026-12-01T05:00:00Z'], // the clocks went back on the first
    ['America/New_York', '2026-03', '2026-04-01T04:00:00Z'], // and forward on the eighth
    ['Europe/London', '2026-03', '2026-03-31T23:00:00Z'],
    ['Europe/London', '2026-10', '2026-11-01T00:00:00Z'],
    ['Asia/Kolkata', '2026-10', '2026-10-31T18:30:00Z'],
    ['Pacific/Kiritimati', '2026-10', '2026-10-31T10:00:00Z'],
    ['Pacific/Pago_Pago', '2026-10', '2026-11-01T11:00:00Z'],
    ['Africa/Cairo', '2026-04', '2026-04-30T21:00:00Z'],
    ['Australia/Lord_Howe', '2026-09', '2026-09-30T13:30:00Z'],
  ])('in %s: %s is over at %s and not a millisecond before', async (zone, wanted, end) => {
    using desk = openDesk(end, zone);
    desk.post(sale('a', `${wanted}-05`));
    desk.setNow(new Date(Date.parse(end) - 1).toISOString());
    await expect(desk.close(month(wanted))).rejects.toMatchObject({ code: 'period-not-closable', data: { standing: ['month-over'] } });
    desk.setNow(end);
    expect(await desk.close(month(wanted))).toMatchObject({ state: 'closed' });
  });
});

describe('opening a month again', () => {
  it('goes from the last closed one back, needs a reason, and is recorded as done by one person', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-09-30'), sale('b', '2026-10-01'));
    await desk.close(september);
    await desk.close(october);
    await expect(desk.periods.requestReopen(september, 'A bill was missing', amara)).rejects.toMatchObject({ code: 'later-month-closed' });
    await expect(desk.periods.requestReopen(november, 'A bill was missing', amara)).rejects.toMatchObject({ code: 'period-not-closed' });
    await expect(desk.periods.requestReopen(october, '  ', amara)).rejects.toMatchObject({ code: 'reopen-reason-missing' });
    expect(await desk.periods.requestReopen(october, 'A bill was missing', amara)).toMatchObject({ state: 'open', closedAt: null, history: [{ action: 'close' }, { action: 'request-reopen', reason: 'A bill was missing', fourEyes: 'off' }, { action: 'reopen', fourEyes: 'off' }] });
    expect(desk.periods.list().fourEyes).toBe('off');
    desk.post(sale('bill', '2026-10-31'));
    expect(desk.rows("SELECT entry_date FROM journal_entries WHERE idempotency_key = 'bill'")).toEqual([{ entry_date: '2026-10-31' }]);
    await desk.close(october);
    expect(desk.stateOf('2026-10')).toMatchObject({ state: 'closed', headSequence: 3 });
  });
});

describe('reversing an entry', () => {
  it('posts the exact negation once, today, marked with the month it is about, linked both ways', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-09-05', 1_234));
    const reversed = await desk.reversal.reverse(idFromKey('a'), 'Booked twice', amara);
    expect(reversed).toEqual({ id: idFromKey(reversalKey(idFromKey('a'))), state: 'sealed', entryDate: '2026-11-18' });
    expect(await desk.reversal.reverse(idFromKey('a'), 'Again', amara)).toEqual(reversed);
    expect(desk.rows('SELECT kind, concerns_month, reverses_entry_id FROM journal_entries WHERE ledger_sequence = 2')).toEqual([{ kind: 'reversal', concerns_month: '2026-09', reverses_entry_id: idFromKey('a') }]);
    expect(desk.rows('SELECT account_code, sum(CASE direction WHEN \'debit\' THEN amount_minor ELSE -amount_minor END) AS rest FROM postings GROUP BY 1')).toEqual([{ account_code: '1000-bank', rest: 0 }, { account_code: '4030-revenue-one-off', rest: 0 }]);
    expect(desk.audit.listOf(desk.database, 'journal-entry', idFromKey('a'))).toHaveLength(1);
  });

  it('is left to whatever it came of, where that is taken back itself', async () => {
    using desk = openDesk();
    desk.post({ ...sale('bank-match/m1/receipt/r1', '2026-10-05'), sourceType: 'bank-match', sourceId: 'm1' }, sale('a', '2026-10-05'));
    const matched = idFromKey('bank-match/m1/receipt/r1');
    await expect(desk.reversal.reverseByHand(matched, 'Wrong line', amara)).rejects.toMatchObject({ code: 'entry-has-own-way-back', nextStep: expect.stringContaining('daybook bank unmatch m1') });
    expect(desk.rows('SELECT count(*) AS count FROM journal_entries')).toEqual([{ count: 2 }]);
    const reversed = await desk.reversal.reverse(matched, 'Match taken back', amara);
    expect(await desk.reversal.reverseByHand(matched, 'Wrong line', amara)).toEqual(reversed);
    const byHand = await desk.reversal.reverseByHand(idFromKey('a'), 'Booked twice', amara);
    expect((await desk.reversal.reverseByHand(byHand.id, 'It was right', amara)).state).toBe('sealed');
  });

  it('is refused for what is not there, not sealed, or reversed by another entry', async () => {
    using desk = openDesk();
    await expect(desk.reversal.reverse('none', 'Booked twice', amara)).rejects.toMatchObject({ code: 'entry-not-found' });
    desk.exec("INSERT INTO provisional_entries (id, idempotency_key, entry_date, recorded_at, input_hash, body) VALUES ('p', 'p', '2026-10-31', 0, '', '{}')");
    await expect(desk.reversal.reverse('p', 'Booked twice', amara)).rejects.toMatchObject({ code: 'entry-not-sealed' });
    desk.post(sale('a', '2026-09-05'), { ...sale('void', '2026-10-01'), reversesEntryId: idFromKey('a') });
    await expect(desk.reversal.reverse(idFromKey('a'), 'Booked twice', amara)).rejects.toMatchObject({ code: 'entry-reversed-already' });
    await expect(desk.reversal.reverse(idFromKey('void'), ' ', amara)).rejects.toMatchObject({ code: 'reversal-reason-missing' });
  });
});
