import { describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { createLocalJobLeases, type JobLeases } from './job-leases.ts';

function leasesOf(ledger: TemporaryDatabase, holder: string, time: { now: number }): JobLeases {
  return createLocalJobLeases({ unitOfWork: ledger.database.unitOfWork, clock: { now: () => time.now }, holder });
}

describe('leases of the local twin', () => {
  it('keeps the rules of the shared ones: one holder, growing numbers, one success a period', async () => {
    using ledger = openTemporaryDatabase();
    const time = { now: 1_000 };
    const [window, cli] = [leasesOf(ledger, 'window', time), leasesOf(ledger, 'cli', time)];
    const first = await window.acquire('drift-check', 100);
    expect(first).toEqual({ job: 'drift-check', fencingNumber: 1 });
    expect(await cli.acquire('drift-check', 100)).toBeNull();
    expect(await window.renew(first!, 200)).toBe(true);
    time.now = 1_150;
    expect(await cli.acquire('drift-check', 100)).toBeNull();
    time.now = 1_200;
    const second = await cli.acquire('drift-check', 100);
    expect(second).toEqual({ job: 'drift-check', fencingNumber: 2 });
    expect(await window.renew(first!, 100)).toBe(false);
    await expect(window.complete(first!, '2026-11-18')).rejects.toMatchObject({ code: 'lease-lost' });
    expect(await cli.isCompleted('drift-check', '2026-11-18')).toBe(false);
    expect(await cli.complete(second!, '2026-11-18')).toBe('completed');
    expect(await window.complete(first!, '2026-11-18')).toBe('already-completed');
    await cli.release(second!);
    expect(await window.acquire('drift-check', 100)).toEqual({ job: 'drift-check', fencingNumber: 3 });
  });
});
