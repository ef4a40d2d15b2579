/**
 * Which payout a balance transaction was paid out by: known from the payout's list alone (domain.md §6). One made by hand names none.
 */
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import { findDuePayouts, storePayoutPage, type DuePayout, type PayoutPage } from './payout-ties.repository.ts';

export type { DuePayout, PayoutPage } from './payout-ties.repository.ts';

export interface PayoutTies {
  /** Automatic payouts, newest first, whose lists are whole at the gateway and were not read to their end yet. */
  due(database: ReadableDatabase, limit: number): DuePayout[];
  /** A page of a payout's list, with the place where it goes on. The same page again changes nothing. */
  store(database: WritableDatabase, page: PayoutPage): void;
}

export const payoutTies: PayoutTies = { due: findDuePayouts, store: storePayoutPage };
