/** What the card of Stripe’s balance says of each currency. Pure. */

export interface BalanceLine {
  readonly currency: string;
  readonly ledgerMinor: number;
  /** What Stripe holds beyond the clearing account; 0 where they agree. */
  readonly offMinor: number;
}

/** Those that differ first, as they are what is looked for; then by currency. */
export function balanceLinesOf(rows: readonly { readonly currency: string; readonly ledgerMinor: number; readonly stripeMinor: number }[]): BalanceLine[] {
  return rows.map(({ currency, ledgerMinor, stripeMinor }) => ({ currency, ledgerMinor, offMinor: stripeMinor - ledgerMinor })).toSorted((one, other) => Number(other.offMinor !== 0) - Number(one.offMinor !== 0) || (one.currency < other.currency ? -1 : 1));
}
