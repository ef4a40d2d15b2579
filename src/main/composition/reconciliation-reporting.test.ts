/** The close of a month reads what nobody invoices as jobs worked it out: nothing is rated while a screen waits. */
import { expect, test } from 'vitest';
import { month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { createRunSheets } from '../billing/run-sheet.ts';
import { createUnbilledMonths } from '../billing/unbilled-usage.ts';
import { createPartnerContracts } from '../contracts/partner-contracts.ts';
import { noBankStatements } from '../reconciliation/bank-lines.ports.ts';
import { createLocalDiscrepancyAuthority, createPolicyStore } from '../reconciliation/local-discrepancy-authority.ts';
import { openBillingDesk, testNow, type BillingDesk } from '../testing/billing-desk.ts';
import { deedContract, insertUsage } from '../testing/billing-fixtures.ts';
import { composeReconciliationReporting } from './reconciliation-reporting.ts';

const contract = { ...deedContract, perDeedPrice: '1' };
const september = Date.parse('2026-10-31T12:00:00Z');

function openReporting(desk: BillingDesk) {
  const { database } = desk;
  const state = { now: Date.parse(testNow), times: 0 };
  const clock = { now: () => state.now };
  const timeZone = new TimeZone('America/New_York');
  const shared = { readable: database, contracts: createPartnerContracts({ readable: database }), invoicing: desk.invoicing, clock, timeZone };
  const unbilled = createUnbilledMonths({ ...shared, sheets: createRunSheets(shared) });
  const authority = createLocalDiscrepancyAuthority({ policies: createPolicyStore({ readable: database, unitOfWork: database.unitOfWork }), clock, assertAlone: () => undefined });
  const reporting = composeReconciliationReporting({
    database, clock, timeZone, audit: createAuditLog({ clock }), work: { bank: noBankStatements, authority }, unbilled: { read: () => { state.times += 1; return unbilled.read(); } },
    renderer: { render: async () => new Uint8Array() }, mailing: { send: async () => ({ state: 'nobody', accepted: [], refused: [] }) }, functionalCurrency: () => 'usd', companyName: () => 'Daybook',
  });
  return { ...reporting, state, usageBilled: (of: string) => reporting.close.read(of).checks.find((check) => check.code === 'usage-billed') };
}

test('the checklist says as of when it was worked out, and asks for a run where that was before the month’s end', () => {
  using desk = openBillingDesk({ contracts: [contract] });
  const { usageBilled, refreshUnbilled, missingMoney, state } = openReporting(desk);
  insertUsage(desk.database, 'one', contract.apiKeyPrefix, 'deeds', 500, '2026-10-10T12:00:00Z');
  expect(usageBilled('2026-10')).toMatchObject({ isFine: false, count: 0, asOf: null, detail: expect.stringContaining('Run the reconciliation.') });
  state.now = september;
  refreshUnbilled();
  state.now = Date.parse(testNow);
  expect(usageBilled('2026-10')).toMatchObject({ isFine: false, count: 0, asOf: september, detail: expect.stringContaining('Run the reconciliation.') });
  refreshUnbilled();
  const { times } = state;
  expect(usageBilled('2026-10')).toMatchObject({ isFine: false, count: 1, asOf: state.now, detail: '1 month or key has no invoice.' });
  missingMoney();
  expect([times, state.times]).toEqual([2, 2]);
});

test('a month before the last has what was used up to its end; one that is not over nothing; one of longer than a year ago is not judged', async () => {
  using desk = openBillingDesk({ contracts: [contract] });
  const { usageBilled, refreshUnbilled, state } = openReporting(desk);
  await desk.invoicing.run({ period: '2026-08', finalise: true, actor: 'amara' });
  insertUsage(desk.database, 'stray', 'dp_pk_NOBODY', 'deeds', 7, '2026-10-10T12:00:00Z');
  refreshUnbilled();
  expect(['2026-08', '2026-09', '2026-10'].map((of) => usageBilled(of)?.count)).toEqual([0, 1, 3]);
  expect(usageBilled('2026-11')).toMatchObject({ isFine: true, asOf: null });
  expect(usageBilled('2025-11')).toMatchObject({ isFine: true, asOf: state.now });
  expect(usageBilled('2025-10')).toMatchObject({ isFine: false, count: 0, isAcceptable: true, detail: expect.stringContaining('twelve months') });
});

test('nothing is rated while a month is signed or its evidence is taken', async () => {
  using desk = openBillingDesk({ contracts: [contract] });
  const { close, pack, refreshUnbilled, state } = openReporting(desk);
  refreshUnbilled();
  const open = close.read('2026-10').checks.filter((check) => !check.isFine).map((check) => [check.code, 'Looked at on paper'] as const);
  const signed = close.signOff('2026-10', null, Object.fromEntries(open), { actor: 'amara', requestId: '0199b1a0-0000-7000-8000-000000000001' });
  expect(signed.signOff?.checks.find((check) => check.code === 'usage-billed')).toMatchObject({ asOf: state.now });
  await pack(month('2026-10'));
  expect(state.times).toBe(1);
});
