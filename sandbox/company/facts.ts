/**
 * The company's own state: small flat records, one per thing that happened. Stripe objects are rendered from them on demand; the manifest is
 * computed from them. Times are epoch seconds, 0 where something has not happened; references are fact numbers, -1 for none.
 */
import type { DemoSize } from '../manifest.ts';
import type { ExchangeRates } from './exchange-rates.ts';
import type { Identifiers } from './identifiers.ts';
import type { Currency } from './money.ts';

export interface CustomerFact {
  number: number;
  created: number;
  currency: Currency;
  country: string;
  name: string;
  email: string;
  taxRate: number;
  /** A direct debit is a `payment`, a card a `charge`. */
  paysByDebit: boolean;
  /** Negative: the company owes the customer (Stripe's sign). */
  balance: number;
  invoiceCount: number;
  invoices: InvoiceFact[];
  subscriptions: SubscriptionFact[];
}

/** What an item was billed for, from `start` to `end` (exclusive): the inner truth behind MRR. */
export interface ServiceSegment {
  start: number;
  end: number;
  price: number;
  quantity: number;
}

/** The item as Stripe would have shown it from `from` on. */
export interface ItemState {
  from: number;
  price: number;
  quantity: number;
  periodStart: number;
  periodEnd: number;
}

export interface SubscriptionItemFact {
  number: number;
  subscription: SubscriptionFact;
  segments: ServiceSegment[];
  states: ItemState[];
}

export interface DiscountFact {
  number: number;
  coupon: number;
  subscription: number;
  customer: number;
  start: number;
  /** 0: no end of its own. */
  end: number;
}

export type EndReason = 'none' | 'requested' | 'payment_failed' | 'trial_lapsed' | 'incomplete';

export interface SubscriptionFact {
  number: number;
  customer: CustomerFact;
  created: number;
  anchor: number;
  trialEnd: number;
  item: SubscriptionItemFact;
  discount: DiscountFact | null;
  cancelRequestedAt: number;
  cancelsAtPeriodEnd: boolean;
  endedAt: number;
  endReason: EndReason;
  pausedAt: number;
  /** The change of price with proration off, which left no invoice line. */
  silentChangeAt: number;
  /** [from, to) pairs while the latest invoice was past due; `to` 0 while it still is. */
  pastDueSpans: { from: number; to: number }[];
  invoices: InvoiceFact[];
}

export type LineKind = 'regular' | 'trial' | 'unused' | 'remaining' | 'filing';

export interface LineFact {
  number: number;
  invoice: InvoiceFact;
  kind: LineKind;
  item: SubscriptionItemFact | null;
  price: number;
  quantity: number;
  amount: number;
  start: number;
  end: number;
  discountAmount: number;
  tax: number;
  invoiceItem: InvoiceItemFact | null;
  /** For an `unused` line: the line it gives back. */
  credits: LineFact | null;
}

export interface InvoiceItemFact {
  number: number;
  customer: CustomerFact;
  subscription: SubscriptionFact | null;
  item: SubscriptionItemFact | null;
  created: number;
  price: number;
  quantity: number;
  amount: number;
  start: number;
  end: number;
  isProration: boolean;
  line: LineFact | null;
  credits: LineFact | null;
}

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual';
/** What becomes of an invoice that has something to pay. */
export type Outcome = 'paid' | 'uncollectible' | 'void' | 'open' | 'draft';

export interface InvoiceFact {
  number: number;
  customer: CustomerFact;
  subscription: SubscriptionFact | null;
  created: number;
  finalizedAt: number;
  reason: BillingReason;
  periodStart: number;
  periodEnd: number;
  lines: LineFact[];
  discount: DiscountFact | null;
  outcome: Outcome;
  /** When it was paid, voided or written off; 0 while open. */
  settledAt: number;
  /** Times at which a payment failed. */
  failedAttempts: number[];
  nextAttemptAt: number;
  /** Days until due for an invoice that is sent; -1 when it is charged automatically. */
  daysUntilDue: number;
  /** A part credited before payment. */
  creditBeforePayment: number;
  subtotal: number;
  discountTotal: number;
  tax: number;
  total: number;
  startingBalance: number;
  endingBalance: number;
  amountDue: number;
  sequence: number;
  intent: IntentFact | null;
  payment: InvoicePaymentFact | null;
  creditNotes: CreditNoteFact[];
}

export interface InvoicePaymentFact {
  number: number;
  invoice: InvoiceFact;
  created: number;
}

export interface IntentFact {
  number: number;
  customer: CustomerFact;
  created: number;
  amount: number;
  currency: Currency;
  invoice: InvoiceFact | null;
  session: CheckoutSessionFact | null;
  charges: ChargeFact[];
  canceledAt: number;
  description: string;
}

export interface ChargeFact {
  number: number;
  intent: IntentFact;
  created: number;
  amount: number;
  currency: Currency;
  isPaid: boolean;
  failureCode: string;
  transaction: TransactionFact | null;
  refunds: RefundFact[] | null;
  dispute: DisputeFact | null;
}

export type TransactionType =
  | 'charge'
  | 'payment'
  | 'refund'
  | 'payment_refund'
  | 'adjustment'
  | 'stripe_fee'
  | 'payout'
  | 'payout_failure';

export interface TransactionFact {
  number: number;
  type: TransactionType;
  source: ChargeFact | RefundFact | DisputeFact | PayoutFact | null;
  /** For an adjustment: true when it gives a disputed sum back. */
  isReinstatement: boolean;
  amount: number;
  fee: number;
  currency: Currency;
  created: number;
  availableOn: number;
  /** Ten-millionths of a settlement minor unit per presentment minor unit; 0 when nothing was converted. */
  rateTenMillionths: number;
  payout: number;
  /** Planted after the refill: not part of the population at first. */
  isLate: boolean;
  /** Of a payment nobody has any more: neither Stripe nor the company, only what went back of it is left. Always late as well, and never comes. */
  isForgotten: boolean;
}

export interface RefundFact {
  number: number;
  charge: ChargeFact;
  created: number;
  amount: number;
  reason: 'requested_by_customer' | 'duplicate';
  transaction: TransactionFact;
  creditNote: CreditNoteFact | null;
}

export interface DisputeFact {
  number: number;
  charge: ChargeFact;
  created: number;
  amount: number;
  reason: string;
  withdrawal: TransactionFact;
  reinstatement: TransactionFact | null;
  fate: 'lost' | 'won' | 'open';
  closedAt: number;
}

export interface PayoutFact {
  number: number;
  created: number;
  arrivesAt: number;
  amount: number;
  currency: Currency;
  transaction: TransactionFact;
  failure: TransactionFact | null;
}

export interface CreditNoteFact {
  number: number;
  invoice: InvoiceFact;
  created: number;
  total: number;
  tax: number;
  refund: RefundFact | null;
  sequence: number;
}

export interface CheckoutSessionFact {
  number: number;
  customer: CustomerFact;
  created: number;
  price: number;
  quantity: number;
  amount: number;
  intent: IntentFact | null;
  completedAt: number;
}

export interface EventFact {
  created: number;
  type: string;
  kind: EventSubject;
  subject: number;
}

export type EventSubject =
  | 'customer'
  | 'subscription'
  | 'invoice'
  | 'invoiceItem'
  | 'invoicePayment'
  | 'intent'
  | 'charge'
  | 'refund'
  | 'dispute'
  | 'payout'
  | 'creditNote'
  | 'checkoutSession';

/** Everything the generator knows; lists are in order of generation, a fact's number is its place in its list. */
export interface World {
  size: DemoSize;
  seed: number;
  ids: Identifiers;
  rates: ExchangeRates;
  customers: CustomerFact[];
  subscriptions: SubscriptionFact[];
  items: SubscriptionItemFact[];
  discounts: DiscountFact[];
  invoices: InvoiceFact[];
  lineCount: number;
  invoiceItems: InvoiceItemFact[];
  invoicePayments: InvoicePaymentFact[];
  intents: IntentFact[];
  charges: ChargeFact[];
  transactions: TransactionFact[];
  refunds: RefundFact[];
  disputes: DisputeFact[];
  payouts: PayoutFact[];
  creditNotes: CreditNoteFact[];
  sessions: CheckoutSessionFact[];
  events: EventFact[];
}

export function createWorld(size: DemoSize, seed: number, ids: Identifiers, rates: ExchangeRates): World {
  return {
    size,
    seed,
    ids,
    rates,
    customers: [],
    subscriptions: [],
    items: [],
    discounts: [],
    invoices: [],
    lineCount: 0,
    invoiceItems: [],
    invoicePayments: [],
    intents: [],
    charges: [],
    transactions: [],
    refunds: [],
    disputes: [],
    payouts: [],
    creditNotes: [],
    sessions: [],
    events: [],
  };
}
