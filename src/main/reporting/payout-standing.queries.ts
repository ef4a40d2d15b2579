/**
 * Why a payment’s payout is known or not: Stripe names it only in the list of an automatic payout.
 */
import type { z } from 'zod';
import type { payoutStandingSchema } from '../../shared/api/payments.contract.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';

export type PayoutStanding = z.infer<typeof payoutStandingSchema>;

const isAutomatic = "coalesce(json_extract(p.raw, '$.automatic'), 1) = 1";
/** Payouts in a currency that came after the money was available, by what they can say. */
const countLater = sql(
  'payments.later-payouts',
  `SELECT coalesce(sum(${isAutomatic} AND coalesce(l.is_complete, 0) = 0), 0) AS unread, coalesce(sum(NOT (${isAutomatic})), 0) AS byHand
   FROM stripe_payouts p LEFT JOIN stripe_payout_listings l ON l.payout_id = p.id WHERE p.currency = :currency AND p.created_at >= :availableAt AND p.status NOT IN ('failed', 'canceled')`,
);

/** @param transactions of the payment, in the currency it settled in. */
export function payoutStandingOf(database: ReadableDatabase, payoutId: string | null, transactions: readonly { readonly currency: string; readonly availableAt: number }[], now: number): PayoutStanding {
  if (payoutId !== null) return 'named';
  const [first] = transactions;
  if (!first) return 'nothing-moved';
  if (first.availableAt > now) return 'not-available';
  const { unread, byHand } = database.get<{ unread: number; byHand: number }>(countLater, { currency: first.currency, availableAt: first.availableAt }) ?? { unread: 0, byHand: 0 };
  if (unread > 0) return 'not-read';
  return byHand > 0 ? 'by-hand' : 'not-paid-out';
}
