/**
 * The manifest of truth: what a correct Daybook must find in the demo company, computed by the generator from its own state and never by
 * anything in src/. Amounts are integers in the currency's minor unit; months are `YYYY-MM` in the reporting time zone.
 */

export type DemoSize = 'small' | 'medium' | 'large';

export interface ManifestMrrMonth {
  month: string;
  /** MRR at the exclusive end of the month (for the running month: at `now`), functional currency, domain.md §7 default policy. */
  mrrMinor: number;
  /** 12 × mrrMinor. */
  arrMinor: number;
  /** Customers with MRR > 0 at that moment. */
  customers: number;
  /** start + Σ movements = end; per customer, net, over the month's local days. */
  movements: { new: number; expansion: number; contraction: number; churn: number; reactivation: number; exchangeRate: number };
  /** Subscriptions whose change in this month left no invoice line (proration off, pause): a rebuild cannot date it. */
  undatedSubscriptionIds: string[];
}

export interface ManifestRevenueMonth {
  month: string;
  /** Settlement currency, lower case. One row per month and currency that had activity. */
  currency: string;
  /** Σ amount of `charge` and `payment` balance transactions by created (reporting zone), tax included. */
  grossMinor: number;
  /** Σ fee over all balance transactions of the month plus −Σ amount of `stripe_fee` rows. */
  feesMinor: number;
  /** −Σ amount of `refund` and `payment_refund` rows (a positive figure), by the refund's date. */
  refundsMinor: number;
  /** gross − fees − refunds. */
  netMinor: number;
  payments: number;
}

export interface ManifestDeferralMonth {
  /** A whole month; the running one has earned nothing yet that is known. */
  month: string;
  /** The customer's currency, lower case. One row per month and currency in which something was earned or left to earn. */
  currency: string;
  /** What was earned in the month of what had been invoiced for a period (straight-line by local day); negative where more was taken back. */
  recognisedMinor: number;
  /** What was still to be earned at its end. */
  deferredMinor: number;
}

export interface ManifestPartnerInvoice {
  partnerId: string;
  contractId: string;
  apiKeyPrefix: string;
  month: string;
  pricingModel: 'flat' | 'per_deed' | 'hybrid' | 'per_request';
  currency: string;
  /** Deeds (per_deed, hybrid) or requests (per_request: requests, not blocks) of the month; 0 for flat. */
  units: number;
  subtotalMinor: number;
  taxMinor: number;
  /** subtotal + tax. */
  totalMinor: number;
  /** On the subtotal. */
  withholdingMinor: number;
  /** total − withholding. */
  dueMinor: number;
  /** `API-YYYYMM-<api_key_prefix>` */
  invoiceNumber: string;
}

export type BreakReason =
  | 'missing-in-ledger'
  | 'missing-in-payment-history'
  | 'missing-at-stripe'
  | 'amount-differs'
  | 'fee-differs'
  | 'currency-differs'
  | 'status-differs'
  | 'duplicate-in-payment-history'
  | 'timing'
  | 'exchange-rate-differs'
  | 'period-cut-off'
  | 'orphan-refund'
  /** The company's row agrees in everything but its ids, which Stripe does not know. */
  | 'id-differs'
  | 'dispute-without-write-off';

export interface PlantedBreak {
  reason: BreakReason;
  /** Stripe's id of the payment in question (`ch_…`, `re_…`), or for `missing-at-stripe` the gateway id the company's table carries. */
  objectId: string;
  /** The balance transaction, where Stripe has one. */
  balanceTransactionId: string | null;
  /** The store in which the break lies. */
  store: 'stripe' | 'payment_history';
  /** `creation`: there from the start. `refill`: put in place once the product has refilled (see the sandbox's `/_sandbox/plant`). */
  plantedAfter: 'creation' | 'refill';
  currency: string;
  stripeAmountMinor: number | null;
  otherAmountMinor: number | null;
  /** The fees on both sides; they differ only where the reason is `fee-differs`. */
  stripeFeeMinor: number | null;
  otherFeeMinor: number | null;
}

/** What the bank statements say otherwise than Stripe, or what nobody has said anything of. */
export interface PlantedBankBreak {
  reason: 'payout-without-bank-line' | 'bank-line-unmatched' | 'amount-differs';
  /** The payout; null for a line of the bank's own. */
  objectId: string | null;
  currency: string;
  /** What Stripe says minus what the bank says; a line that only the bank has, as it stands on the statement. */
  amountMinor: number;
  on: string;
}

export interface Manifest {
  size: DemoSize;
  seed: number;
  /** The fixed present moment of the demo, ISO 8601 UTC: the value for DAYBOOK_NOW. */
  now: string;
  reportingTimeZone: string;
  functionalCurrency: string;
  gatewayAccountId: string;
  companyName: string;
  /** The month the partners are billed for: the last whole month before `now`. */
  billingMonth: string;
  /** Objects per Stripe list at creation (before anything is planted after the refill). */
  counts: Record<string, number>;
  mrr: ManifestMrrMonth[];
  /** Without the payments that are planted after the refill. Disputed sums are not in it, their fees are. */
  revenue: ManifestRevenueMonth[];
  /** Accrual view of the subscriptions' invoices: what recognition must make of them. */
  deferral: ManifestDeferralMonth[];
  /** Of the billing month: one per contract. */
  partnerInvoices: ManifestPartnerInvoice[];
  /** Of every whole month before it: what those months would bill. */
  earlierPartnerInvoices: ManifestPartnerInvoice[];
  plantedBreaks: PlantedBreak[];
  /** The company's bank statements, in a file beside this one. */
  bank: { fileName: string; payoutsThatTie: number; breaks: PlantedBankBreak[] };
  /** Stripe's balance (available + pending) per settlement currency at `now`, before and after the breaks planted after the refill. */
  stripeBalance: { currency: string; atCreationMinor: number; afterRefillMinor: number }[];
}
