/**
 * Reads what payouts pay out: the list of each automatic payout's balance transactions, once. It can be stopped anywhere and goes on with the next page.
 */
import { ProviderError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { payoutTies, type DuePayout } from '../mirror/payout-ties.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { GatewayPage, GatewaySource } from './stripe-sync.ports.ts';

export interface PayoutContentsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
}

export interface PayoutContentsResult {
  /** Payouts whose lists were read to their end now. */
  readonly payouts: number;
  readonly transactions: number;
}

const readSideBySide = 4;

/** The payout, or the transaction its list was to go on after, is no longer there. */
const isGone = (error: unknown): boolean => error instanceof ProviderError && error.data['stripeCode'] === 'resource_missing';

/**
 * @param mostRequests stops soon after so many; the rest is read by the next run.
 * @throws what the gateway throws; what `control.signal` was aborted with. What was read until then is kept.
 */
export async function readPayoutContents({ readable, unitOfWork, source }: PayoutContentsDependencies, mostRequests: number, control: WorkControl): Promise<PayoutContentsResult> {
  const { signal } = control;
  let requests = 0;
  let payouts = 0;
  let transactions = 0;

  function ask(payoutId: string, cursor: string | null): Promise<GatewayPage> {
    requests += 1;
    return source.list('balance_transactions', { filters: { payout: payoutId }, ...(cursor === null ? {} : { startingAfter: cursor }) }, signal);
  }

  async function pageOf(payoutId: string, cursor: string | null): Promise<{ readonly page: GatewayPage; readonly isAnew: boolean }> {
    try {
      return { page: await ask(payoutId, cursor), isAnew: false };
    } catch (error) {
      if (!isGone(error)) throw error;
      if (cursor !== null) return { ...(await pageOf(payoutId, null)), isAnew: true };
      return { page: { objects: [], hasMore: false, observedAt: 0 }, isAnew: true };
    }
  }

  async function read(payout: DuePayout): Promise<void> {
    let { cursor, transactions: known } = payout;
    do {
      const { page, isAnew } = await pageOf(payout.id, cursor);
      // The payout's own transaction stands in its list too and knows its payout by itself.
      const transactionIds = page.objects.filter(({ value }) => value['source'] !== payout.id).map(({ id }) => id);
      known = (isAnew ? 0 : known) + transactionIds.length;
      cursor = page.hasMore ? (page.objects.at(-1)?.id ?? null) : null;
      const stored = { payoutId: payout.id, transactionIds, transactions: known, cursor, listedAt: page.observedAt };
      unitOfWork.run('store what a payout pays', (database) => payoutTies.store(database, stored));
      transactions += transactionIds.length;
      signal.throwIfAborted();
    } while (cursor !== null && requests < mostRequests);
    if (cursor === null) payouts += 1;
  }

  for (let due = payoutTies.due(readable, readSideBySide); due.length > 0 && requests < mostRequests; due = payoutTies.due(readable, readSideBySide)) {
    signal.throwIfAborted();
    await Promise.all(due.map(read));
    control.report({ done: payouts, total: null, note: 'Reading what payouts pay' });
  }
  return { payouts, transactions };
}
