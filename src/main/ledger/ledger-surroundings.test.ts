/** What later entries are made from, changed behind the triggers' back: `ledger verify` names it although every entry is as it was. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { replayHistory, plainDelivery, type Replayed } from '../testing/history-replay.ts';
import { createModelStripe, modelCustomer } from '../testing/model-stripe.ts';
import { createHistory } from '../testing/stripe-history.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createStripeSync } from '../intake/stripe-sync.ts';
import { accountCodes } from './account-codes.ts';
import type { AnchorSource } from './anchors.ts';
import { createJournal } from './journal.ts';
import { createLedgerVerification } from './ledger-verification.ts';
import { createProvisionalSealer } from './provisional-sealer.ts';
import { createRecognition } from '../revenue/recognition.ts';

const history = createHistory(5);
const clock = fixedClock(history.endsAt * 1000);
const timeZone = new TimeZone('America/New_York');

let desk: Replayed;
const recognition = () => createRecognition({ readable: desk.database, unitOfWork: desk.database.unitOfWork, journal: createJournal({ clock }), clock, timeZone, settings: () => ({ functionalCurrency: 'usd' }) });
const verify = (anchors?: AnchorSource) => createLedgerVerification({ readable: desk.database, recognition: recognition(), ...(anchors ? { anchors } : {}) }).verify(unattended);
/** As whoever writes to the file himself. */
const change = (text: string): void => void desk.database.connection.exec(text);
const faultAfter = async (text: string): Promise<unknown> => {
  change(text);
  return (await verify()).firstFault;
};

beforeEach(async () => {
  desk = await replayHistory(history, plainDelivery(history));
});
afterEach(() => desk[Symbol.dispose]());

describe('the settings the books were made by', () => {
  it('are looked at in a sound ledger and hold', async () => {
    expect(await verify()).toMatchObject({ isSound: true, firstFault: null });
  });

  it.each([
    ['gateway_account', "UPDATE ledger_settings SET value = 'acct_another' WHERE name = 'gateway_account'"],
    ['gateway_account', "UPDATE ledger_settings SET value = value || 'x' WHERE name = 'gateway_account'"],
    ['gateway_account', "DELETE FROM ledger_settings WHERE name = 'gateway_account'"],
    ['mode', "UPDATE ledger_settings SET value = 'live' WHERE name = 'mode'"],
    ['mode', "DELETE FROM ledger_settings WHERE name = 'mode'"],
    ['reporting_time_zone', "UPDATE ledger_settings SET value = 'Asia/Tokyo' WHERE name = 'reporting_time_zone'"],
    ['reporting_time_zone', "UPDATE ledger_settings SET value = 'Mars/Olympus' WHERE name = 'reporting_time_zone'"],
  ])('%s: %s', async (name, text) => {
    expect(await faultAfter(text)).toMatchObject({ code: 'ledger-setting-differs', subjectId: name });
  });

  it.each(['eur', 'jpy', 'chf'])('another functional currency, %s, contradicts the entries', async (currency) => {
    expect(await faultAfter(`UPDATE ledger_settings SET value = '${currency}' WHERE name = 'functional_currency'`)).toMatchObject({ code: 'ledger-setting-differs' });
  });

  it('are held against what was seen of them outside the file', async () => {
    const anchors: AnchorSource = { known: () => Promise.resolve([]), settings: () => [{ name: 'reporting_time_zone', value: 'America/Toronto', where: 'the backup of yesterday' }] };
    expect((await verify(anchors)).firstFault).toEqual({ code: 'ledger-setting-differs', message: 'The reporting time zone of the ledger is “America/New_York”; the backup of yesterday has seen “America/Toronto”.', subjectId: 'reporting_time_zone' });
  });
});

describe('a fact that waits', () => {
  it.each(['invoice', 'credit_note'])('in a document (%s), and is taken off the queue would never be in the books', async (kind) => {
    desk[Symbol.dispose]();
    desk = await replayHistory({ ...history, rates: [] }, plainDelivery(history));
    const waiting = desk.database.get<{ id: string }>(sql('test.first', "SELECT object_id AS id FROM unposted_facts WHERE object_type = ? ORDER BY object_id LIMIT 1"), [kind]);
    expect(waiting).toBeDefined();
    expect((await verify()).firstFault).toBeNull();
    expect(await faultAfter(`DELETE FROM unposted_facts WHERE object_type = '${kind}'`)).toMatchObject({ code: 'fact-without-entry', subjectId: waiting?.id });
  });

  it('and is taken off the queue would never be in the books', async () => {
    desk[Symbol.dispose]();
    desk = await replayHistory({ ...history, rates: [] }, plainDelivery(history));
    const waiting = desk.database.get<{ id: string }>(sql('test.first', "SELECT object_id AS id FROM unposted_facts WHERE object_type = 'balance_transaction' ORDER BY occurred_at, object_id LIMIT 1"));
    expect((await verify()).firstFault).toBeNull();
    expect(await faultAfter("DELETE FROM unposted_facts WHERE object_type = 'balance_transaction'")).toMatchObject({ code: 'fact-without-entry', subjectId: waiting?.id });
  });
});

describe('an entry that waits for its seal', () => {
  beforeEach(() => {
    const journal = createJournal({ clock, sealer: createProvisionalSealer() });
    const side = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(500), currency: 'usd', functionalAmount: minorUnits(500), rate: null, partyId: 'cus_1' });
    desk.database.unitOfWork.run('test', (database) => journal.post(database, [{ key: 'invoice/1/invoice-finalised', entryDate: localDate('2026-03-01'), kind: 'invoice-finalised', sourceType: 'invoice', sourceId: '1', memo: 'Invoice', concernsMonth: month('2026-02'), postings: [side(accountCodes.receivable, 'debit'), side(accountCodes.oneOffRevenue, 'credit')] }]));
  });

  it('is as it was written', async () => {
    expect((await verify()).firstFault).toBeNull();
  });

  it.each([
    ['an amount of its text', "UPDATE provisional_entries SET body = replace(body, '\"amount\":500', '\"amount\":900')"],
    ['one side of its text', "UPDATE provisional_entries SET body = json_set(body, '$.postings[0].amount', 501)"],
    ['an account of its text', "UPDATE provisional_entries SET body = replace(body, '4030', '4020')"],
    ['its memo', "UPDATE provisional_entries SET body = json_set(body, '$.memo', 'Other')"],
    ['the month it concerns', "UPDATE provisional_entries SET body = json_set(body, '$.concernsMonth', NULL)"],
    ['the day of its text', "UPDATE provisional_entries SET body = json_set(body, '$.entryDate', '2026-03-02')"],
    ['the day of its row', "UPDATE provisional_entries SET entry_date = '2026-03-02'"],
    ['the moment of its row', 'UPDATE provisional_entries SET recorded_at = recorded_at + 1'],
    ['its key', "UPDATE provisional_entries SET idempotency_key = 'invoice/2/invoice-finalised'"],
    ['its id', "UPDATE provisional_entries SET id = 'another'"],
    ['its hash', "UPDATE provisional_entries SET input_hash = 'another'"],
    ['its text, to none', "UPDATE provisional_entries SET body = 'none'"],
    ['its text, to another kind of thing', "UPDATE provisional_entries SET body = '[]'"],
  ])('%s changed', async (_, text) => {
    const triggers = desk.database.connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'provisional_entries'").all() as { name: string; sql: string }[];
    for (const { name } of triggers) change(`DROP TRIGGER ${name}`);
    change(text);
    for (const trigger of triggers) change(trigger.sql);
    expect((await verify()).firstFault).toMatchObject({ code: 'pending-entry-wrong' });
  });
});

describe('a month marked as recognised', () => {
  const head = '(SELECT max(ledger_sequence) FROM journal_entries)';
  const mark = (name: string, sequence: string): void => change(`INSERT OR REPLACE INTO recognised_months (month, ledger_sequence, recognised_at) VALUES ('${name}', ${sequence}, ${clock.now()})`);

  it.each([['2026-01', '1000000'], ['2026-01', '-1'], ['2031-01', head], ['soon', head]])('%s, up to entry %s: ahead of the chain, before it was over, or no month at all', async (name, sequence) => {
    mark(name, sequence);
    expect((await verify()).firstFault).toMatchObject({ code: 'recognised-month-wrong', subjectId: name });
  });

  it('by nobody, with nothing of it in the books, is found; recognising the month when asked mends it', async () => {
    using sold = await openYearlySale();
    const other = createRecognition({ readable: sold.database, unitOfWork: sold.database.unitOfWork, journal: createJournal({ clock }), clock, timeZone: new TimeZone('UTC'), settings: () => ({ functionalCurrency: 'usd' }) });
    const faultOfSale = async () => (await createLedgerVerification({ readable: sold.database, recognition: other }).verify(unattended)).firstFault;
    sold.database.connection.exec(`INSERT INTO recognised_months (month, ledger_sequence, recognised_at) VALUES ('2026-01', ${head}, ${clock.now()})`);
    expect(await faultOfSale()).toEqual({ code: 'recognised-month-wrong', message: '2026-01 is marked as recognised, and nothing of what it earned is.', subjectId: '2026-01' });
    expect((await other.recogniseMonth(month('2026-01'))).map(({ posted }) => posted)).toEqual([1]);
    expect(await faultOfSale()).toBeNull();
  });
});

/** 1,200.00 for 2026, finalised on its first day and in the books; nothing of it is recognised. */
async function openYearlySale(): Promise<TemporaryDatabase> {
  const startSeconds = Date.UTC(2026, 0, 1, 12) / 1000;
  const stripe = createModelStripe(startSeconds);
  const ledger = openTemporaryDatabase();
  const line = { id: 'il_1', object: 'line_item', amount: 120_000, currency: 'usd', quantity: 1, period: { start: startSeconds, end: startSeconds + 365 * 86_400 }, parent: { type: 'subscription_item_details', subscription_item_details: { subscription: 'sub_1', subscription_item: 'si_1' } }, discount_amounts: [], taxes: [] };
  stripe.put('customers', modelCustomer('cus_1', 'Ada'));
  stripe.put('invoices', { id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', status: 'open', total: 120_000, subtotal: 120_000, amount_due: 120_000, amount_paid: 0, amount_remaining: 120_000, starting_balance: 0, ending_balance: 0, discounts: [], lines: { object: 'list', has_more: false, data: [line] }, status_transitions: { finalized_at: startSeconds, paid_at: null, voided_at: null, marked_uncollectible_at: null } });
  const now = { now: () => stripe.nowSeconds * 1000 };
  await createStripeSync({ readable: ledger.database, unitOfWork: ledger.database.unitOfWork, source: stripe, journal: createJournal({ clock: now }), clock: now, timeZone: new TimeZone('UTC'), functionalCurrency: 'usd' }).sync({ isFull: false }, unattended);
  return ledger;
}
