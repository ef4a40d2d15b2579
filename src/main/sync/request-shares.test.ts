import { describe, expect, it } from 'vitest';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createLocalRequestShares, partsOf } from './request-shares.ts';

const other = (parts: number, change: { total?: number; inUse?: number; expiresAt?: number } = {}) => ({ total: 25, parts, inUse: 0, expiresAt: 100, ...change });

describe('a part of the requests', () => {
  it.each([
    ['is all of them for one alone', 25, [], 25],
    ['is nothing while another has all', 25, [other(25)], 0],
    ['is half where another has given half back', 25, [other(12)], 13],
    ['counts what another still uses, though it was given less', 25, [other(12, { inUse: 25 })], 0],
    ['counts what has just ended, whose holder shares no more', 25, [other(10, { expiresAt: 40 })], 15],
    ['is of the smallest total of those who read', 25, [other(4, { total: 12 })], 6],
    ['does not count the total of one that has ended', 25, [other(0, { total: 12, expiresAt: 40 })], 25],
    ['is what is left where there are more readers than requests', 2, [other(1, { total: 2 }), other(1, { total: 2 })], 0],
  ])('%s', (_, total, others, expected) => {
    expect(partsOf(total, others, 50)).toBe(expected);
  });
});

describe('the local twin', () => {
  it('hands a share on once its holder has heard of it, a moment after it was left, and a moment after it ran out', async () => {
    using ledger = openTemporaryDatabase();
    let now = 1_000_000;
    const shares = createLocalRequestShares({ unitOfWork: ledger.database.unitOfWork, nowMs: () => now });
    const renew = (reader: string, inUse: number) => shares.renew({ reader, total: 25, inUse, ttlMs: 10_000 });
    expect(await renew('a', 0)).toBe(25);
    expect(await renew('b', 0)).toBe(0);
    expect(await renew('a', 25)).toBe(13);
    expect(await renew('b', 0)).toBe(0);
    expect(await renew('a', 13)).toBe(13);
    expect(await renew('b', 0)).toBe(12);
    await shares.leave('a');
    now += 1_099;
    expect(await renew('b', 12)).toBe(12);
    now += 1;
    expect(await renew('b', 12)).toBe(25);
    now += 10_000 + 1_099;
    expect(await renew('c', 0)).toBe(0);
    now += 1;
    expect(await renew('c', 0)).toBe(25);
  });

  it('is not held up by a share from before the clock was set back', async () => {
    using ledger = openTemporaryDatabase();
    let now = 1_000_000;
    const shares = createLocalRequestShares({ unitOfWork: ledger.database.unitOfWork, nowMs: () => now });
    await shares.renew({ reader: 'a', total: 25, inUse: 0, ttlMs: 10_000 });
    now -= 500_000;
    expect(await shares.renew({ reader: 'b', total: 25, inUse: 0, ttlMs: 10_000 })).toBe(25);
  });
});
