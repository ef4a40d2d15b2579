import { oc } from '@orpc/contract';
import { z } from 'zod';
import { csvPartInput, csvPartSchema, currencySchema, filterTextSchema, historySchema, idSchema, instantSchema, localDateSchema, minorUnitsSchema, moneySchema, monthSchema, windowInput, windowOutput } from './primitives.ts';

/** `charge`: an attempt to collect; `intent`: a payment that was begun and never came to a charge. */
export const paymentKinds = ['charge', 'refund', 'dispute', 'intent'] as const;
export const paymentKindSchema = z.enum(paymentKinds);
/**
 * What a person looks for. A charge that went back in part or whole, or is disputed, says so in place of “succeeded”; a dispute says where it stands; an
 * intent without a charge is `incomplete` until it is canceled.
 */
export const paymentStatuses = ['succeeded', 'pending', 'failed', 'partly-refunded', 'refunded', 'disputed', 'needs-response', 'under-review', 'won', 'lost', 'closed', 'incomplete', 'canceled'] as const;
export const paymentStatusSchema = z.enum(paymentStatuses);

/** What balance transactions made of it, in the currency Stripe settles in. */
export const settledSchema = z.object({ amountMinor: minorUnitsSchema, feeMinor: minorUnitsSchema, netMinor: minorUnitsSchema, currency: currencySchema });

export const paymentRowSchema = z.object({
  id: z.string(), kind: paymentKindSchema, status: paymentStatusSchema, createdAt: instantSchema, createdOn: localDateSchema,
  /** In the customer's currency; what goes back is negative. */
  amount: moneySchema,
  /** Only these count in sums: what failed, waits or was given up moved no money, and a dispute that was won gave it back. */
  hasMovedMoney: z.boolean(),
  settled: settledSchema.nullable(),
  customerId: z.string().nullable(), customerName: z.string(), description: z.string().nullable(),
  /** 'card', 'sepa_debit', … */
  method: z.string().nullable(),
  /** 'visa ···· 4242' for a card, the bank account's last digits for a debit. */
  methodDetail: z.string().nullable(),
  failureCode: z.string().nullable(), failureMessage: z.string().nullable(),
  /** Why money went back, in Stripe's word: 'requested_by_customer', 'fraudulent', … */
  reason: z.string().nullable(),
  /** The charge a refund or dispute takes back; the payment intent of a charge. */
  chargeId: z.string().nullable(), paymentIntentId: z.string().nullable(),
  payoutId: z.string().nullable(),
  invoices: z.array(z.object({ id: z.string(), number: z.string().nullable() })),
});

export const paymentTransactionSchema = settledSchema.extend({
  id: z.string(), type: z.string(), status: z.string(), createdAt: instantSchema, availableAt: instantSchema, exchangeRate: z.string().nullable(), payoutId: z.string().nullable(), journalEntryId: z.string().nullable(),
});

/**
 * Why the payout is known or not: `named` by the list of an automatic payout; the money is not available yet; a payout that may have paid it was not read yet; payouts
 * made by hand (instant ones too) name no payments; it has not been paid out; nothing moved that could be.
 */
export const payoutStandings = ['named', 'not-available', 'not-read', 'by-hand', 'not-paid-out', 'nothing-moved'] as const;
export const payoutStandingSchema = z.enum(payoutStandings);

export const rawObjectSchema = z.object({ kind: z.string(), id: z.string(), raw: z.string() });

export const paymentDetailSchema = paymentRowSchema.extend({
  ties: z.array(z.object({ invoiceId: z.string(), invoiceNumber: z.string().nullable(), invoiceStatus: z.string(), amount: moneySchema, paidAt: instantSchema.nullable() })),
  transactions: z.array(paymentTransactionSchema),
  /** Refunds and disputes of the charge, other attempts of the same intent; for a refund or dispute its charge. */
  related: z.array(paymentRowSchema),
  payout: z.object({ id: z.string(), status: z.string(), arrivesOn: localDateSchema, amount: moneySchema }).nullable(),
  payoutStanding: payoutStandingSchema,
  journalEntryIds: z.array(z.string()),
  history: z.array(historySchema),
  /** The object itself first, as it came; then what belongs to it. */
  rawObjects: z.array(rawObjectSchema),
});

export const paymentFilterSchema = z.object({
  kind: paymentKindSchema.optional(), status: paymentStatusSchema.optional(), /** The month it was made in. */ month: monthSchema.optional(), from: localDateSchema.optional(), to: localDateSchema.optional(), currency: currencySchema.optional(), customerId: idSchema.optional(),
  /** As a person writes it: '1,234.56', '1234.56 eur', '500 jpy'; its size, whichever way it went. */
  amount: z.string().max(60).optional(),
  /** A part of a customer's name or e-mail address or of a failure's code; or an id of a charge, payment intent, refund, dispute, invoice, customer, balance transaction or payout. */
  text: filterTextSchema.optional(),
});

export const paymentSortSchema = z.object({ column: z.enum(['createdAt', 'amount']), direction: z.enum(['ascending', 'descending']) });

export const paymentsContract = {
  /** `sums` is what the list moved, per currency of the customer; `groups` says what stands behind it. */
  list: oc.input(windowInput(['createdAt', 'amount'], paymentFilterSchema)).output(
    windowOutput(paymentRowSchema).extend({ groups: z.array(z.object({ kind: paymentKindSchema, status: paymentStatusSchema, currency: currencySchema, count: z.number().int(), amountMinor: minorUnitsSchema })) }),
  ),
  /** By the id of the charge, payment intent, refund or dispute, or of one of its balance transactions. */
  show: oc.input(z.object({ id: idSchema })).output(paymentDetailSchema),
  /** Exactly the rows of the list with this filter, in its order, as CSV text. */
  exportCsv: oc.input(csvPartInput(paymentFilterSchema, paymentSortSchema)).output(csvPartSchema),
};
