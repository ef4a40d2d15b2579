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
