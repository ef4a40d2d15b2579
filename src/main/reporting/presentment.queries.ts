/**
 * Payments and refunds in the currencies customers saw, beside what they came to in the currency they were settled in (domain.md §7, Overview). The settled amounts are
 * those of the cash view. Read from the balance transactions themselves, whose daily totals do not know what customers saw.
 */
import type { z } from 'zod';
import type { presentmentRowSchema } from '../../shared/api/revenue.contract.ts';
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { cashKinds, listOf, paymentKind } from './cash-figures.ts';

export type PresentmentRow = z.infer<typeof presentmentRowSchema>;

const [gross, refunds] = [listOf(cashKinds.gross), listOf(cashKinds.refunds)];
/** All that was authorised of a charge; less what was captured, where that is what a transaction takes back. */
const ofCharge = "coalesce(json_extract(h.raw, '$.amount'), h.amount_minor) - iif(b.kind = 'payment-uncaptured', h.amount_minor, 0)";
/** Only what was converted has another currency at its source, which is not asked for otherwise. A payment is posted with all that was authorised of it, as in the books. */
const presentmentRows = sql(
  'revenue.presentment',
  `WITH seen AS MATERIALIZED (
     SELECT substr(b.created_on, 1, 7) AS month, b.kind, b.currency AS settledIn, b.amount_minor AS settled, coalesce(h.currency, r.currency, b.currency) AS paidIn,
            iif(coalesce(h.currency, r.currency, b.currency) = b.currency, b.amount_minor, sign(b.amount_minor) * coalesce(${ofCharge}, r.amount_minor)) AS presented
       FROM stripe_balance_transactions AS b
       LEFT JOIN stripe_charges AS h ON h.id = iif(b.exchange_rate IS NULL, NULL, b.source_id) LEFT JOIN stripe_refunds AS r ON r.id = iif(b.exchange_rate IS NULL, NULL, b.source_id)
      WHERE b.created_at >= :start AND b.created_at < :end AND b.kind IN (${gross}, ${refunds}))
   SELECT month, settledIn, paidIn, sum(iif(kind = '${paymentKind}', 1, 0)) AS payments, sum(iif(kind IN (${gross}), presented, 0)) AS paidMinor, sum(iif(kind IN (${gross}), settled, 0)) AS settledMinor,
          -sum(iif(kind IN (${refunds}), presented, 0)) AS refundedMinor, -sum(iif(kind IN (${refunds}), settled, 0)) AS settledRefundsMinor
     FROM seen GROUP BY month, settledIn, paidIn ORDER BY month, settledIn, paidIn`,
);

/** Every month, settlement currency and currency customers saw, oldest first. Per month and settlement currency they sum to the gross payments and the refunds of the cash view. */
export function readPresentment(database: ReadableDatabase, { from, to }: { readonly from: Month; readonly to: Month }, zone: TimeZone): PresentmentRow[] {
  return database.all<PresentmentRow>(presentmentRows, { start: zone.startOf(firstDayOf(from)), end: zone.startOf(endOf(to)) });
}
