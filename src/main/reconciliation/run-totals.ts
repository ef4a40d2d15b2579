/**
 * What a run over everything counted: sums per store and currency, and a hash over what was compared. A run after a change takes them over and counts only the change.
 */
import { addMinorUnits } from '../../shared/money/money.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import { factTextOf, type StoreSum } from './comparison.repository.ts';
import type { CountedRow } from './compared-state.repository.ts';
import type { ListedBalanceTransaction } from './gateway-balance-transactions.ts';
import { MultisetDigest } from './multiset-digest.ts';
import { paymentKindOf } from './transaction-matching.ts';

export const comparedStores = ['stripe', 'ledger', 'payment_history'] as const;
export type ComparedStoreName = (typeof comparedStores)[number];

/** Sums over payments, refunds and disputes as each store has them, in settlement currency. */
export interface RunSum extends StoreSum {
  readonly store: ComparedStoreName;
}

interface KeptTotals {
  readonly transactions: number;
  readonly stripeDigest: string;
  readonly rowsDigest: string;
  readonly sums: readonly RunSum[];
}

export class RunTotals {
  /** Balance transactions that Stripe lists. */
  transactions = 0;
  readonly #stripe: MultisetDigest;
  readonly #rows: MultisetDigest;
  readonly #sums = new Map<string, RunSum>();

  /** @param kept what {@link keep} gave after an earlier run; left out: from nothing. */
  constructor(kept?: string) {
    const totals = kept === undefined ? undefined : (JSON.parse(kept) as KeptTotals);
    this.transactions = totals?.transactions ?? 0;
    this.#stripe = new MultisetDigest(totals?.stripeDigest);
    this.#rows = new MultisetDigest(totals?.rowsDigest);
    for (const sum of totals?.sums ?? []) this.#sums.set(`${sum.store}/${sum.currency}`, sum);
  }

  addSum(store: ComparedStoreName, { currency, count, amountMinor }: StoreSum, sign: 1 | -1 = 1): void {
    const key = `${store}/${currency}`;
    const known = this.#sums.get(key);
    this.#sums.set(key, { store, currency, count: (known?.count ?? 0) + sign * count, amountMinor: addMinorUnits(known?.amountMinor ?? 0, sign * amountMinor) });
  }

  addListed({ type, reportingCategory, exchangeRate = null, ...transaction }: ListedBalanceTransaction): void {
    this.addFact({ ...transaction, kind: paymentKindOf(type, reportingCategory), exchangeRate });
  }

  addFact(fact: Parameters<typeof factTextOf>[0]): void {
    this.#stripe.add(factTextOf(fact));
  }

  removeListed(fact: Parameters<typeof factTextOf>[0]): void {
    this.#stripe.remove(factTextOf(fact));
  }

  /** Every row is in the hash; those that failed or are another gateway's are in no sum. */
  addRow(row: CountedRow): void {
    this.#rows.add(rowText(row));
    if (isSummed(row)) this.addSum('payment_history', { currency: row.currency, count: 1, amountMinor: row.amountMinor });
  }

  removeRow(row: CountedRow): void {
    this.#rows.remove(rowText(row));
    if (isSummed(row)) this.addSum('payment_history', { currency: row.currency, count: 1, amountMinor: row.amountMinor }, -1);
  }

  /** By store and currency; what came to nothing is left out. */
  get sums(): RunSum[] {
    return [...this.#sums.values()].filter((sum) => sum.count !== 0 || sum.amountMinor !== 0).sort((a, b) => (`${a.store}/${a.currency}` < `${b.store}/${b.currency}` ? -1 : 1));
  }

  get digests(): { readonly stripe: string; readonly paymentHistory: string } {
    return { stripe: this.#stripe.toString(), paymentHistory: this.#rows.toString() };
  }

  keep(): string {
    return canonicalJson({ transactions: this.transactions, stripeDigest: this.digests.stripe, rowsDigest: this.digests.paymentHistory, sums: this.sums.map((sum) => ({ ...sum })) });
  }
}

const isSummed = (row: CountedRow): boolean => row.gateway === 'stripe' && row.status !== 'failed';

function rowText(row: CountedRow): string {
  return `${row.id}|${row.gateway}|${row.paymentId}|${row.balanceTransactionId ?? ''}|${row.kind}|${row.amountMinor}|${row.feeMinor}|${row.currency}|${row.status}|${row.createdAt}`;
}
