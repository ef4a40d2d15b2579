import { describe, expect, it } from 'vitest';
import { inboxFilterOf } from '../../renderer/src/features/reconciliation/inbox-filter.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate, month, type LocalDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { sql } from '../database/handles.ts';
import { createJournal } from '../ledger/journal.ts';
import { noBankStatements } from '../reconciliation/bank-lines.ports.ts';
import { closeChecksOf } from '../reconciliation/close-checklist.ts';
import { insertRunRecord } from '../reconciliation/run-record.repository.ts';
import { difference, openWorkbench, workbenchNow, workbenchZone, type WorkbenchWorld } from '../testing/workbench-world.ts';
import { readCloseFacts } from './close-facts.queries.ts';

const october = month('2026-10');
const monthEnd = workbenchZone.boundsOf(october).end;
const hourMs = 3_600_000;

/** What Stripe lists: net minor units at an instant. */
const list = (world: WorkbenchWorld, id: string, net: number, at: number): void =>
  void world.database.run(sql('test.list', `INSERT INTO compared_transactions (id, is_payout, amount_minor, fee_minor, currency, created_at, created_on) VALUES ('${id}', 0, ${net + 5}, 5, 'usd', ${at}, '${workbenchZone.dateOf(at)}')`));

/** What the books put on the clearing account: signed minor units. */
function enter(world: WorkbenchWorld, id: string, amount: number, on: LocalDate, more: { readonly sourceType?: string; readonly concernsMonth?: typeof october } = {}): void {
  const posting = (accountCode: string, isDebit: boolean) => ({ accountCode, direction: isDebit ? ('debit' as const) : ('credit' as const), amount: minorUnits(Math.abs(amount)), currency: 'usd', functionalAmount: minorUnits(Math.abs(amount)), rate: null, partyId: null });
  const draft = { key: `test/${id}`, entryDate: on, kind: 'payment', sourceType: 'stripe-balance-transaction', sourceId: id, memo: id, ...more, postings: [posting('1100-stripe-clearing', amount > 0), posting('1200-accounts-receivable', amount < 0)] };
  world.database.unitOfWork.run('enter', (writable) => createJournal({ clock: fixedClock(workbenchNow) }).post(writable, [draft]));
}

/** Stripe says what it holds. */
const ask = (world: WorkbenchWorld, stripeMinor: number, at: number): void =>
  insertRunRecord(world.database, {
    id: `run-${at}`, level: 'payouts', sequence: at, scope: 'everything', method: 'full', policyVersion: 1, inputsHash: '', fromAt: null, toAt: null, asOfAt: at, startedAt: at, finishedAt: at, compared: 0, recompared: 0, matched: 0, found: 0, appeared: 0, gone: 0, remaining: 0,
    summary: JSON.stringify({ sums: [], balances: [{ currency: 'usd', stripeMinor, ledgerMinor: 1 }] }),
  });
const balances = (world: WorkbenchWorld) =>
  readCloseFacts(world.database, { month: october, zone: workbenchZone, now: workbenchNow, functionalCurrency: 'usd', limitMinor: 0, bank: noBankStatements, unbilled: { months: [], usage: [], from: null, asOf: null }, rateOf: () => undefined }).balances;

describe('the ending balance of a month', () => {
  it('is what Stripe held at the month’s end and the books then, whatever moved since on either side', () => {
    using world = openWorkbench();
    list(world, 'txn_october', 500, monthEnd - 1);
    list(world, 'txn_november', 70, monthEnd);
    list(world, 'txn_november-lost', 30, monthEnd + hourMs); // the books do not have it: of November, not of October
    list(world, 'txn_after-the-run', 9_000, workbenchNow);
    enter(world, 'txn_october', 500, localDate('2026-10-31'));
    enter(world, 'txn_november', 70, localDate('2026-11-01'));
    ask(world, 600, workbenchNow - hourMs);
    expect(balances(world)).toEqual([{ currency: 'usd', stripeMinor: 500, ledgerMinor: 500 }]);
    list(world, 'txn_october-lost', 40, monthEnd - hourMs);
    ask(world, 640, workbenchNow - hourMs + 1);
    expect(balances(world)).toEqual([{ currency: 'usd', stripeMinor: 540, ledgerMinor: 500 }]);
  });

  it('counts what was entered later about it: facts that came too late for the closed month, and what settled a difference of it', () => {
    using world = openWorkbench();
    list(world, 'txn_late', 40, monthEnd - hourMs);
    enter(world, 'txn_late', 40, localDate('2026-11-03'), { concernsMonth: october });
    world.plant(difference('october', { occurredOn: localDate('2026-10-31') }), difference('november', { occurredOn: localDate('2026-11-01') }));
    enter(world, 'october', -25, localDate('2026-11-10'), { sourceType: 'discrepancy' });
    enter(world, 'november', -7, localDate('2026-11-10'), { sourceType: 'discrepancy' });
    ask(world, 40, workbenchNow - hourMs);
    expect(balances(world)).toEqual([{ currency: 'usd', stripeMinor: 40, ledgerMinor: 15 }]);
  });

  it('of a run before the month’s end is as it was said: it proves nothing', () => {
    using world = openWorkbench();
    ask(world, 600, monthEnd - 1);
    expect(balances(world)).toEqual([{ currency: 'usd', stripeMinor: 600, ledgerMinor: 1 }]);
  });
});

describe('the runs a month is closed on', () => {
  it('are those that looked at all of it: one that began within it, or ended in it, is none', () => {
    using world = openWorkbench();
    const { start } = workbenchZone.boundsOf(october);
    const facts = () => readCloseFacts(world.database, { month: october, zone: workbenchZone, now: workbenchNow, functionalCurrency: 'usd', limitMinor: 0, bank: noBankStatements, unbilled: { months: [], usage: [], from: null, asOf: null }, rateOf: () => undefined });
    const ran = (at: number, fromAt: number | null, toAt: number | null): void => {
      ask(world, 0, at);
      world.database.connection.prepare('UPDATE reconciliation_runs SET from_at = ?, to_at = ? WHERE as_of_at = ?').run(fromAt, toAt, at);
    };
    ran(workbenchNow - 4, start + 1, null);
    ran(workbenchNow - 3, start, monthEnd - 1);
    expect(facts()).toMatchObject({ payoutsAsOf: null, balanceAsOf: workbenchNow - 3 });
    ran(workbenchNow - 2, start, monthEnd);
    expect(facts()).toMatchObject({ payoutsAsOf: workbenchNow - 2 });
    ran(workbenchNow - 1, null, null);
    expect(facts()).toMatchObject({ payoutsAsOf: workbenchNow - 1 });
  });
});

describe('what is above the limit', () => {
  it('is what the checklist leads to: those and no others, in whatever currency, without what is marked as timing', async () => {
    using world = openWorkbench();
    const on = localDate('2026-10-30');
    world.plant(
      difference('dollars', { amountMinor: -10_001, occurredOn: on }), difference('at the limit', { amountMinor: 10_000, occurredOn: on }), difference('euros', { currency: 'eur', amountMinor: 9_200, occurredOn: on }), difference('less', { currency: 'eur', amountMinor: 8_000, occurredOn: on }),
      difference('yen', { currency: 'jpy', amountMinor: 12_000, occurredOn: on }), difference('pounds', { currency: 'gbp', amountMinor: 1, occurredOn: on }), difference('later', { amountMinor: 90_000 }), difference('timing', { amountMinor: 90_000, occurredOn: on }),
    );
    world.work.markTiming({ id: 'timing', actor: 'ana' });
    const rates: Readonly<Record<string, string>> = { eur: '1.1', jpy: '0.0067' };
    const facts = readCloseFacts(world.database, { month: october, zone: workbenchZone, now: workbenchNow, functionalCurrency: 'usd', limitMinor: 10_000, bank: noBankStatements, unbilled: { months: [], usage: [], from: null, asOf: null }, rateOf: (currency) => rates[currency] });
    expect(facts.openAboveLimit).toEqual({ count: 3, amounts: [{ amount: 9_200, currency: 'eur' }, { amount: 1, currency: 'gbp' }, { amount: 10_001, currency: 'usd' }], limitMinor: 10_000, least: [{ currency: 'eur', amountMinor: 9_092 }, { currency: 'gbp', amountMinor: 1 }, { currency: 'usd', amountMinor: 10_001 }] });
    const link = closeChecksOf(facts).find((check) => check.code === 'discrepancies-settled')?.link ?? '';
    const filter = inboxFilterOf(Object.fromEntries(new URL(link, 'http://daybook').searchParams), 'usd');
    expect((await world.as('ana', 'viewer').inbox({ filter, sort: { column: 'objectId', direction: 'ascending' } })).rows.map((row) => row.id)).toEqual(['dollars', 'euros', 'pounds']);
  });
});
