/** The port through which a reconciliation asks Stripe afresh: it does not trust the mirror (domain.md §6). Implemented in integrations/stripe. */

export interface ListedBalanceTransaction {
  readonly id: string;
  /** Stripe's word: 'charge', 'refund', 'adjustment', 'payout', … */
  readonly type: string;
  readonly reportingCategory: string;
  /** The charge, refund, dispute or payout behind it. */
  readonly sourceId: string | null;
  /** Settlement currency, minor units, signed as Stripe signs it. */
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  /** Decimal text as Stripe writes it; left out or null where nothing was converted. */
  readonly exchangeRate?: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** From when on Stripe may pay it out, epoch milliseconds; before that it is pending. */
  readonly availableAt?: number | null;
}

export interface GatewayBalanceTransactions {
  /**
   * Every balance transaction with createdFrom ≤ created < createdTo (epoch milliseconds; undefined: unbounded), page by page in any order, each once.
   * `splitAt` names instants at which the listing may be cut into parts that are fetched side by side: a hint, it changes nothing in what is listed.
   * @throws ProviderError or PermissionError as the gateway's client does.
   */
  list(range: { readonly createdFrom: number | undefined; readonly createdTo: number | undefined; readonly splitAt?: readonly number[]; readonly signal: AbortSignal }): AsyncIterable<readonly ListedBalanceTransaction[]>;
  /** Whether Stripe knows the transaction, whatever its date. */
  exists(id: string, signal: AbortSignal): Promise<boolean>;
  /** The object as Stripe has it, as text, for a difference whose object the mirror does not hold. */
  textOf?(id: string, signal: AbortSignal): Promise<string | undefined>;
  /** Payouts created in the range that were not failed or canceled, page by page. */
  listPayouts(range: { readonly createdFrom: number | undefined; readonly createdTo: number | undefined; readonly signal: AbortSignal }): AsyncIterable<readonly ListedPayout[]>;
  /** What a payout pays out: its balance transactions without its own, summed. */
  sumOfPayout(payout: ListedPayout, signal: AbortSignal): Promise<{ readonly transactionIds: readonly string[]; readonly netMinor: number }>;
  /** What Stripe itself says it holds now, per currency: available and pending together. */
  balances(signal: AbortSignal): Promise<readonly GatewayBalance[]>;
}

export interface GatewayBalance {
  readonly currency: string;
  readonly amountMinor: number;
  /** The part of it that is not available yet. */
  readonly pendingMinor?: number;
}

export interface ListedPayout {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** The payout's own balance transaction. */
  readonly balanceTransactionId: string | null;
  /** Stripe's word: 'pending', 'in_transit', 'paid', … */
  readonly status: string;
  /** 'standard' or 'instant'. */
  readonly method: string;
  /** When the bank should have it, epoch milliseconds; null where Stripe does not say. */
  readonly arrivesAt: number | null;
  /** False for a payout made by hand: Stripe does not tell which transactions it pays. */
  readonly isAutomatic: boolean;
  /** Whether Stripe has put together what it pays; false while it still does. */
  readonly isListWhole: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}
