import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { convertMinorUnits, minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import { readChartOfAccounts, subAccountsOf } from './chart-of-accounts.ts';
import { assertBalanced, type Direction, type JournalEntryDraft } from './journal-entry.ts';
import { createJournal } from './journal.ts';
import { createLedgerVerification } from './ledger-verification.ts';
import { createLocalPeriodAuthority } from './local-period-authority.ts';
import { createPeriodClose } from './period-close.ts';
import { revaluationEntries, revaluedBalances, type ForeignBalance } from './revaluation-calculation.ts';
import { createRevaluation } from './revaluation.ts';

const amara = { actor: 'amara', requestId: 'r-1' };
const [october, november] = [month('2026-10'), month('2026-11')];
const insertRate = sql('test.rate', "INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES (?, 'usd', ?, ?)");

/** 100.00 euros at 1.10 from one account to another. */
const moved = (key: string, on: string, debited: string, credited: string, amount = 10_000, currency = 'eur', rate = '1.10'): JournalEntryDraft => {
  const functionalAmount = convertMinorUnits(amount, currency, 'usd', rate, 'half-away-from-zero');
  const posting = (accountCode: string, direction: Direction) => ({ accountCode, direction, amount: minorUnits(amount), currency, functionalAmount, rate, partyId: 'cus_1' });
  return { key, entryDate: localDate(on), kind: 'sale', sourceType: 'test', sourceId: key, memo: 'In euros', postings: [posting(debited, 'debit'), posting(credited, 'credit')] };
};
const sale = (key: string, on: string) => moved(key, on, accountCodes.receivable, accountCodes.deferredRevenue);

function openDesk() {
  const ledger = openTemporaryDatabase();
  const { database } = ledger;
  const { unitOfWork } = database;
  let nowMs = Date.parse('2026-11-18T14:14:00Z');
  const clock = { now: () => nowMs };
  const timeZone = new TimeZone('America/New_York');
  const audit = createAuditLog({ clock });
  const journal = createJournal({ clock });
  const functionalCurrency = () => 'usd';
  const revaluation = createRevaluation({ readable: database, unitOfWork, journal, functionalCurrency });
  const periods = createPeriodClose({ readable: database, clock, timeZone, authority: createLocalPeriodAuthority({ unitOfWork, audit, timeZone }), revaluation, functionalCurrency });
  return {
    database, periods, revaluation, audit,
    post: (...drafts: JournalEntryDraft[]) => unitOfWork.run('test', (writable) => journal.post(writable, drafts)),
    rate: (base: string, on: string, rate: string) => unitOfWork.run('test', (writable) => void writable.run(insertRate, [base, on, rate])),
    setNow: (text: string) => void (nowMs = Date.parse(text)),
    /** Functional balances by account and currency at the end of a day. */
    balancesAt: (day: string) => Object.fromEntries(database.all<{ account: string; minor: number }>(sql('test.at', `SELECT p.account_code || ' ' || p.currency AS account, sum(CASE p.direction WHEN 'debit' THEN p.functional_amount_minor ELSE -p.functional_amount_minor END) AS minor
      FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE e.entry_date <= ? GROUP BY 1 HAVING minor <> 0 ORDER BY 1`), [day]).map(({ account, minor }) => [account, minor])),
    keys: () => database.all<{ key: string; on: string }>(sql('test.keys', "SELECT idempotency_key AS key, entry_date AS \"on\" FROM journal_entries WHERE source_type = 'revaluation' ORDER BY ledger_sequence")).map(({ key, on }) => `${on} ${key}`),
    evidence: () => JSON.parse(database.all<{ evidence: string }>(sql('test.evidence', "SELECT evidence FROM period_log WHERE action = 'close' ORDER BY sequence DESC LIMIT 1"))[0]?.evidence ?? '{}') as Record<string, unknown>,
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}

describe('closing a month with revaluation', () => {
  it('is off at first: nothing is posted, no rate is needed, and the month keeps that it was so', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    expect(desk.periods.list().revaluation).toBe('off');
    expect(desk.periods.checklist(october).map(({ code }) => code)).not.toContain('revaluation-ready');
    expect(await desk.periods.close(october, [], amara)).toMatchObject({ state: 'closed', revaluation: 'off' });
    expect(desk.keys()).toEqual([]);
    expect(desk.evidence()).toMatchObject({ revaluation: { setting: 'off', balances: [] } });
  });

  it('values monetary balances at the month-end rate on its last day and takes it back on the next', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'), moved('b', '2026-10-06', accountCodes.stripeClearing, accountCodes.customerCreditBalance, 3_000, 'eur', '1.05'), moved('c', '2026-11-02', accountCodes.stripeClearing, accountCodes.customerCreditBalance));
    desk.rate('eur', '2026-10-30', '1.20');
    desk.rate('eur', '2026-11-01', '9.99');
    await desk.periods.setRevaluation(true, amara);
    expect(desk.periods.checklist(october).find(({ code }) => code === 'revaluation-ready')).toMatchObject({ isFine: true });
    expect(await desk.periods.close(october, [], amara)).toMatchObject({ state: 'closed', revaluation: 'on' });
    expect(desk.balancesAt('2026-10-30')).toEqual({ '1100-stripe-clearing eur': 3_150, '1200-accounts-receivable eur': 11_000, '2020-customer-credit-balance eur': -3_150, '2100-deferred-revenue eur': -11_000 });
    expect(desk.balancesAt('2026-10-31')).toEqual({
      '1100-stripe-clearing eur': 3_600, '1200-accounts-receivable eur': 12_000, '2020-customer-credit-balance eur': -3_600, '2100-deferred-revenue eur': -11_000, '5025-unrealised-exchange-differences usd': -1_000, '9000-currency-conversion eur': -1_000, '9000-currency-conversion usd': 1_000,
    });
    expect(desk.balancesAt('2026-11-01')).toEqual(desk.balancesAt('2026-10-30'));
    expect(desk.keys()).toEqual(['1100-stripe-clearing', '1200-accounts-receivable', '2020-customer-credit-balance'].flatMap((account) => [`2026-10-31 revaluation/2026-10/${account}/eur`, `2026-11-01 revaluation/2026-10/${account}/eur/reversal`]));
    expect(desk.evidence()).toMatchObject({
      revaluation: {
        setting: 'on',
        balances: [
          { account: '1100-stripe-clearing', currency: 'eur', balanceMinor: 3_000, rate: '1.20', differenceMinor: 450 }, { account: '1200-accounts-receivable', currency: 'eur', balanceMinor: 10_000, rate: '1.20', differenceMinor: 1_000 },
          { account: '2020-customer-credit-balance', currency: 'eur', balanceMinor: -3_000, rate: '1.20', differenceMinor: -450 },
        ],
      },
    });
    expect(await createLedgerVerification({ readable: desk.database, audit: desk.audit }).verify(unattended)).toMatchObject({ isSound: true });
  });

  it('waits for the month-end rate with a sentence, and not once it is off', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'), moved('b', '2026-10-06', accountCodes.bank, accountCodes.oneOffRevenue, 500, 'jpy', '0.0066'));
    desk.rate('eur', '2026-10-24', '1.20');
    desk.rate('jpy', '2026-10-25', '0.0067');
    desk.rate('jpy', '2026-11-02', '0.0068');
    await desk.periods.setRevaluation(true, amara);
    await expect(desk.periods.close(october, [], amara)).rejects.toMatchObject({
      code: 'period-not-closable', data: { standing: ['revaluation-ready'] }, message: expect.stringContaining('no rate of the last seven days of 2026-10 is known from EUR to USD') as string,
    });
    expect(desk.keys()).toEqual([]);
    await desk.periods.setRevaluation(false, amara);
    await desk.periods.close(october, [], amara);
    expect(desk.audit.listOf(desk.database, 'ledger-setting', 'revaluation_at_close').map(({ actor, diff }) => [actor, diff])).toEqual([['amara', '{"after":"on","before":"off"}'], ['amara', '{"after":"off","before":"on"}']]);
  });

  it('waits while the rate of the last day may still be to come, and takes the one before it once a later day’s is known', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.rate('eur', '2026-10-29', '1.20');
    desk.rate('eur', '2026-10-30', '1.21');
    await desk.periods.setRevaluation(true, amara);
    await expect(desk.periods.close(october, [], amara)).rejects.toMatchObject({ code: 'period-not-closable', data: { standing: ['revaluation-ready'] } });
    desk.rate('eur', '2026-11-02', '1.30');
    await desk.periods.close(october, [], amara);
    expect(desk.balancesAt('2026-10-31')).toMatchObject({ '1200-accounts-receivable eur': 12_100 });
  });

  it('posts what changed when the month is closed again, and takes it all back when it is off by then', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.rate('eur', '2026-10-31', '1.20');
    await desk.periods.setRevaluation(true, amara);
    await desk.periods.close(october, [], amara);
    await desk.periods.requestReopen(october, 'a bill was missing', amara);
    desk.post(sale('late', '2026-10-20'));
    await desk.periods.close(october, [], amara);
    expect(desk.balancesAt('2026-10-31')).toMatchObject({ '1200-accounts-receivable eur': 24_000, '5025-unrealised-exchange-differences usd': -2_000 });
    expect(desk.keys()).toHaveLength(4);
    await desk.periods.requestReopen(october, 'without revaluation', amara);
    await desk.periods.setRevaluation(false, amara);
    expect(await desk.periods.close(october, [], amara)).toMatchObject({ revaluation: 'off' });
    expect(desk.balancesAt('2026-10-31')).toEqual({ '1200-accounts-receivable eur': 22_000, '2100-deferred-revenue eur': -22_000 });
    expect(desk.balancesAt('2026-11-01')).toEqual({ '1200-accounts-receivable eur': 22_000, '2100-deferred-revenue eur': -22_000 });
    expect(desk.keys().at(-2)).toBe('2026-10-31 revaluation/2026-10/1200-accounts-receivable/eur/3');
  });

  it('starts each month from what was booked', async () => {
    using desk = openDesk();
    desk.post(sale('a', '2026-10-05'));
    desk.rate('eur', '2026-10-31', '1.20');
    desk.rate('eur', '2026-11-30', '1.15');
    await desk.periods.setRevaluation(true, amara);
    await desk.periods.close(october, [], amara);
    desk.setNow('2026-12-02T12:00:00Z');
    await desk.periods.close(november, [], amara);
    expect(desk.balancesAt('2026-11-30')).toMatchObject({ '1200-accounts-receivable eur': 11_500, '5025-unrealised-exchange-differences usd': -500 });
    expect(desk.balancesAt('2026-12-01')).toEqual({ '1200-accounts-receivable eur': 11_000, '2100-deferred-revenue eur': -11_000 });
  });
});

describe('the accounts that are revalued', () => {
  const chart = readChartOfAccounts();
  it('are what is held, owed and due in money: not deferred revenue, not what was earned or spent', () => {
    const monetary = chart.filter(({ isMonetary }) => isMonetary).map(({ code }) => code);
    expect(chart.filter(({ type }) => type === 'asset' || type === 'liability').map(({ code }) => code).filter((code) => !monetary.includes(code))).toEqual([accountCodes.deferredRevenue, accountCodes.suspense]);
    expect(chart.every(({ isMonetary, type }) => !isMonetary || type === 'asset' || type === 'liability')).toBe(true);
    expect(subAccountsOf(chart).every(({ isMonetary }) => isMonetary)).toBe(true);
  });

  it('come to the month-end figure whatever they were, by entries that balance and are taken back', () => {
    const balance = fc.record({ balanceMinor: fc.integer({ min: -1e9, max: 1e9 }), functionalMinor: fc.integer({ min: -1e9, max: 1e9 }), revaluedMinor: fc.integer({ min: -1e6, max: 1e6 }), revaluations: fc.nat(3), rate: fc.option(fc.integer({ min: 1, max: 99_999 }).map((digits) => `0.${String(digits).padStart(5, '0')}`)) });
    fc.assert(fc.property(balance, fc.boolean(), (drawn, isOn) => {
      const before: ForeignBalance = { ...drawn, accountCode: accountCodes.receivable, currency: 'eur' };
      const wanted = isOn && before.rate !== null && before.balanceMinor !== 0 ? convertMinorUnits(before.balanceMinor, 'eur', 'usd', before.rate, 'half-away-from-zero') : before.functionalMinor - before.revaluedMinor;
      const drafts = revaluedBalances([before], isOn, 'usd').flatMap((revalued) => revaluationEntries(october, revalued, 'usd'));
      for (const one of drafts) assertBalanced(one);
      const added = (entries: readonly JournalEntryDraft[]) => entries.flatMap(({ postings }) => postings).filter(({ accountCode }) => accountCode === accountCodes.receivable).reduce((sum, posting) => sum + (posting.direction === 'debit' ? posting.functionalAmount : -posting.functionalAmount), 0);
      expect(before.functionalMinor + added(drafts.slice(0, 1))).toBe(wanted);
      expect(added(drafts)).toBe(0);
    }));
  });
});
