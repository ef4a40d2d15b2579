/**
 * What the intake needs from outside: a gateway whose objects can be listed and fetched. Implemented in integrations/stripe.
 */

/** The lists a refill reads; the names are those of the gateway's own paths with `_` for `/`. */
export const gatewayLists = [
  'coupons', 'tax_rates', 'products', 'prices', 'customers', 'subscriptions', 'invoices', 'invoice_payments', 'invoiceitems', 'payment_intents', 'charges', 'refunds', 'disputes', 'payouts', 'credit_notes',
  'checkout_sessions', 'balance_transactions',
] as const;
export type GatewayList = (typeof gatewayLists)[number];

/** One object as it came: the text is kept, the value is read. */
export interface GatewayObject {
  readonly id: string;
  /** The gateway's own name of its kind: 'charge', 'invoice', 'checkout.session', … */
  readonly object: string;
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface GatewayPage {
  readonly objects: readonly GatewayObject[];
  readonly hasMore: boolean;
  /** When the page was asked for (epoch milliseconds): its states were true at or after that moment. */
  readonly observedAt: number;
}

export interface ListQuery {
  /** The id after which the page starts; lists go from the newest to the oldest. */
  readonly startingAfter?: string;
  readonly limit?: number;
  /** Epoch seconds, inclusive. */
  readonly createdFrom?: number;
  /** Epoch seconds, exclusive. */
  readonly createdBefore?: number;
  /** Further filters by the gateway's own names, for example `{ payment_intent: 'pi_…' }` or `{ 'payment[type]': 'payment_intent' }`. */
  readonly filters?: Readonly<Record<string, string>>;
}

export type GatewayMode = 'live' | 'test';

export interface GatewayAccount {
  readonly id: string;
  readonly name: string | null;
  readonly defaultCurrency: string;
  readonly mode: GatewayMode;
  /** Epoch seconds; null when the gateway does not say. */
  readonly createdAt: number | null;
  /** Epoch milliseconds by the gateway's own clock when it was asked; absent: this machine's clock is to be believed. */
  readonly observedAt?: number;
  readonly object: GatewayObject;
}

/**
 * All methods throw ProviderError (`stripe-unreachable`, `stripe-rate-limited`, `stripe-error`) once their own patience is over, or PermissionError
 * (`stripe-key-missing`, `stripe-key-invalid`, `stripe-key-lacks-permission`); a cancelled signal throws its reason.
 */
export interface GatewaySource {
  /** The key's own mode, where it can be told before anything is asked. */
  readonly mode?: GatewayMode;
  account(signal: AbortSignal): Promise<GatewayAccount>;
  list(list: GatewayList | 'events', query: ListQuery, signal: AbortSignal): Promise<GatewayPage>;
  /** undefined when the gateway does not have it. */
  get(list: GatewayList, id: string, signal: AbortSignal): Promise<(GatewayObject & { readonly observedAt: number }) | undefined>;
  /** The further lines of an invoice that has more than were embedded. */
  invoiceLines(invoiceId: string, startingAfter: string | undefined, signal: AbortSignal): Promise<GatewayPage>;
  /** What moved a customer's credit, newest first; absent where the gateway has no such list. */
  customerBalance?(customerId: string, startingAfter: string | undefined, signal: AbortSignal): Promise<GatewayPage>;
  /** The further items of a subscription that has more than were embedded. */
  subscriptionItems(subscriptionId: string, startingAfter: string | undefined, signal: AbortSignal): Promise<GatewayPage>;
}
