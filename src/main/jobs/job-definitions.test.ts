import { describe, expect, it } from 'vitest';
import { unattended } from '../platform/work-control.ts';
import { jobDefinitions, type BilledPartners, type JobServices } from './job-definitions.ts';

/** The services are the port of a job: only the one it calls is needed. */
function billing(run: BilledPartners): Promise<unknown> {
  const services = { billPartners: () => Promise.resolve(run) } as unknown as JobServices;
  return jobDefinitions['partner-billing'](services, { period: '2026-10', trigger: 'schedule', options: {}, control: unattended, publish: () => undefined });
}

describe('billing the partners', () => {
  it('is done when every partner has an invoice', async () => {
    const run = { succeeded: [{}], skipped: [{}], failed: [] };
    await expect(billing(run)).resolves.toBe(run);
  });
  it('is not done while one is left out, says which, and keeps what it made', async () => {
    const run = { succeeded: [{}], skipped: [{}], failed: [{ name: 'Meridian Title' }] };
    await expect(billing(run)).rejects.toMatchObject({ code: 'partners-not-billed', message: '1 of 3 partner invoices of 2026-10 could not be made: Meridian Title. The others are made.', data: { period: '2026-10', failed: 1 }, result: run });
  });
  it('names three and counts the rest', async () => {
    const failed = ['Meridian', 'Alder', 'Birch', 'Cedar', 'Dogwood'].map((name) => ({ name }));
    await expect(billing({ succeeded: [], skipped: [], failed })).rejects.toThrow('5 of 5 partner invoices of 2026-10 could not be made: Meridian, Alder, Birch and 2 more.');
  });
});

it.each([
  ['a person who says “now”, where the bank is read', { everyLevel: true }, true, ['transactions', 'bank']], ['nobody’s bank', { everyLevel: true }, false, ['transactions']], ['the clock, and the command line', {}, true, ['transactions']],
] as const)('reconciling runs every level for %s', async (_, options, isBankRead, expected) => {
  const done: string[] = [];
  const published: string[] = [];
  const services = {
    isBankRead: () => isBankRead, reconcileTransactions: async () => { done.push('transactions'); return { found: 1 }; }, reconcileBank: async () => { done.push('bank'); return { found: 2 }; },
  } as unknown as JobServices;
  const result = await jobDefinitions['daily-reconciliation'](services, { period: '2026-11-18', trigger: 'person', options, control: unattended, publish: (entity) => void published.push(entity) });
  expect(done).toEqual(expected);
  expect(result).toEqual(done.length === 2 ? { found: 1, bank: { found: 2 } } : { found: 1 });
  expect(published.includes('banking')).toBe(done.length === 2);
});
