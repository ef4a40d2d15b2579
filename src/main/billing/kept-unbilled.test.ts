/** What nobody invoices, worked out where nobody waits and read with its moment. */
import { expect, test } from 'vitest';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createPartnerContracts } from '../contracts/partner-contracts.ts';
import { openBillingDesk, testNow } from '../testing/billing-desk.ts';
import { deedContract, insertUsage } from '../testing/billing-fixtures.ts';
import { createKeptUnbilled } from './kept-unbilled.ts';
import { createRunSheets } from './run-sheet.ts';
import { createUnbilledMonths } from './unbilled-usage.ts';

const contract = { ...deedContract, perDeedPrice: '1' };
const later = Date.parse(testNow) + 3_600_000;

test('is nothing before the first time, holds until what it rests on changes, and lets go at once of a month that was invoiced', async () => {
  using desk = openBillingDesk({ contracts: [contract] });
  const { database } = desk;
  let now = Date.parse(testNow);
  const shared = { readable: database, contracts: createPartnerContracts({ readable: database }), invoicing: desk.invoicing, clock: { now: () => now }, timeZone: new TimeZone('America/New_York') };
  let times = 0;
  const unbilled = createUnbilledMonths({ ...shared, sheets: createRunSheets(shared) });
  const kept = createKeptUnbilled({ ...shared, unitOfWork: database.unitOfWork, unbilled: { read: () => { times += 1; return unbilled.read(); } } });
  expect(kept.read()).toEqual({ months: [], usage: [], from: null, asOf: null });

  insertUsage(database, 'one', contract.apiKeyPrefix, 'deeds', 500, '2026-10-10T12:00:00Z');
  insertUsage(database, 'stray', 'dp_pk_NOBODY', 'deeds', 7, '2026-10-10T12:00:00Z');
  expect([kept.refresh(), times]).toEqual([true, 1]);
  const first = kept.read();
  expect(first).toMatchObject({ asOf: now, months: [{ contractId: contract.id, month: '2026-10', problem: null }], usage: [{ id: 'dp_pk_NOBODY', units: 7, since: '2026-10' }], from: '2025-11' });

  now = later;
  expect([kept.refresh(), times, kept.read().asOf]).toEqual([false, 1, later]);
  insertUsage(database, 'two', contract.apiKeyPrefix, 'deeds', 500, '2026-10-11T12:00:00Z');
  expect(kept.read().months).toEqual(first.months); // as it was, until a job comes by
  expect([kept.refresh(), times]).toEqual([true, 2]);
  expect(kept.read().months[0]?.totalMinor).toBeGreaterThan(first.months[0]?.totalMinor ?? 0);

  await desk.invoicing.run({ period: '2026-10', finalise: false, actor: 'amara' });
  expect([kept.read().months, times]).toEqual([[], 2]);
  now = Date.parse('2026-12-02T12:00:00Z');
  expect([kept.refresh(), kept.read().months.map((each) => each.month)]).toEqual([true, ['2026-11']]);
});
