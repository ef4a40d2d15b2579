import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { saveImportedRates } from '../ledger/exchange-rates.repository.ts';
import { createJournal } from '../ledger/journal.ts';
import { unattended } from '../platform/work-control.ts';
import { plainDelivery, replayHistory, type Replayed } from '../testing/history-replay.ts';
import { createHistory } from '../testing/stripe-history.ts';
import { enqueueFacts } from './intake.repository.ts';
import { createRateWaitingFacts } from './rate-waiting-facts.ts';

const history = createHistory(5);
const clock = fixedClock(history.endsAt * 1000);
const listProviderEntries = sql('test.entries', "SELECT e.idempotency_key AS key, e.entry_date AS day, p.line_number AS line, p.account_code AS account, p.direction, p.amount_minor AS amount, p.functional_amount_minor AS functional, p.rate FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.idempotency_key LIKE 'stripe/%' ORDER BY 1, 3");
const listWaiting = sql('test.waiting', 'SELECT object_id AS id, occurred_at AS occurredAt, object_type AS type, reason_code AS code, reason, rate_currency AS currency, rate_on AS "on" FROM unposted_facts ORDER BY rate_on, object_id');

interface Waiting {
  readonly id: string;
  readonly occurredAt: number;
  readonly type: 'balance_transaction' | 'invoice' | 'credit_note';
  readonly code: string | null;
  readonly reason: string | null;
  readonly currency: string | null;
  readonly on: string | null;
}

const factsOf = ({ database }: Replayed) => createRateWaitingFacts({ readable: database, unitOfWork: database.unitOfWork, journal: createJournal({ clock }), clock, timeZone: new TimeZone('America/New_York') });
const publish = ({ database }: Replayed, rates: typeof history.rates): void => database.unitOfWork.run('rates', (writable) => saveImportedRates(writable, rates.map((rate) => ({ ...rate, on: localDate(rate.on) })), 'usd', 'test', clock.now()));

describe('facts that wait for a rate', () => {
  it('say which, are posted when it comes without asking the gateway, and give the books of a desk that had it from the start', async () => {
    using plain = await replayHistory(history, plainDelivery(history));
    using desk = await replayHistory({ ...history, rates: [] }, plainDelivery(history));
    const waiting = desk.database.all<Waiting>(listWaiting);
    expect(waiting.length).toBeGreaterThan(5);
    for (const fact of waiting) expect(fact).toMatchObject({ code: 'exchange-rate-missing', currency: expect.stringMatching(/^(eur|jpy)$/) as string, on: expect.stringMatching(/^2026-/) as string, reason: expect.stringMatching(/^It waits for the rate of \d+ \w+ 2026 from (EUR|JPY) to USD\.$/) as string });
    // Up to the middle one of their days: what happened later goes on waiting, each for its own day.
    const days = [...new Set(waiting.map(({ on }) => on ?? ''))];
    const middle = days[Math.floor(days.length / 2)] ?? '';
    publish(desk, history.rates.filter(({ on }) => on < middle));
    const first = await factsOf(desk).post(unattended);
    expect(first.posted).toBeGreaterThan(0);
    expect(first.waiting).toBe(desk.database.all<Waiting>(listWaiting).length);
    expect(first.waiting).toBeGreaterThan(0);
    publish(desk, history.rates.filter(({ on }) => on >= middle));
    expect(await factsOf(desk).post(unattended)).toMatchObject({ waiting: 0 });
    expect(desk.database.all(listProviderEntries)).toEqual(plain.database.all(listProviderEntries));
    expect(await factsOf(desk).post(unattended)).toEqual({ posted: 0, waiting: 0 });
  });

  it('of which there is news are left to the next sync, which asks what they depend on', async () => {
    using desk = await replayHistory({ ...history, rates: [] }, plainDelivery(history));
    const [fact] = desk.database.all<Waiting>(listWaiting);
    desk.database.unitOfWork.run('news', (writable) => enqueueFacts(writable, [{ type: fact?.type ?? 'invoice', id: fact?.id ?? '', occurredAt: fact?.occurredAt ?? 0 }]));
    publish(desk, history.rates);
    expect(await factsOf(desk).post(unattended)).toMatchObject({ waiting: 0 });
    expect(desk.database.all<Waiting>(listWaiting)).toMatchObject([{ id: fact?.id, code: null, reason: null, currency: null, on: null }]);
  });

  it('are none before the ledger has met its gateway', async () => {
    using desk = await replayHistory({ ...history, rates: [] }, plainDelivery(history));
    desk.database.run(sql('test.forget', "DELETE FROM ledger_settings WHERE name = 'gateway_account'"));
    publish(desk, history.rates);
    expect(await factsOf(desk).post(unattended)).toMatchObject({ posted: 0 });
  });
});
