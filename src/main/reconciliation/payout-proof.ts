/**
 * Level 3 (domain.md §6): that the balance is what came in and went out, and that a payout made by hand fits between two balances as a payment does on a bank
 * statement. Pure; amounts are minor units, signed as they move the balance.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { addMinorUnits } from '../../shared/money/money.ts';
import type { GatewayBalance, ListedPayout } from './gateway-balance-transactions.ts';

/** One movement of the balance, with what the books say of it. */
export interface BalanceMovement {
  readonly id: string;
  readonly currency: string;
  readonly createdAt: number;
  readonly amountMinor: number;
  readonly feeMinor: number;
  /** A payout, or one that came back. */
  readonly isPayout: boolean;
  /** What its entries moved the clearing account by; null: there are none. */
  readonly ledgerNetMinor: number | null;
  /** Whether Stripe still holds it back at the moment of the proof. */
  readonly isPending: boolean;
}

/** What the movements of one currency come to, before a moment and from it on. */
export interface MovementSums {
  readonly currency: string;
  readonly openingMinor: number;
  readonly activityMinor: number;
  readonly payoutsMinor: number;
  readonly pendingMinor: number;
  /** What the books say of the same movements. */
  readonly ledgerMinor: number;
}

/** start + activity − payouts = end, in one currency, beside Stripe's own word and the clearing account. */
export interface BalanceProof extends MovementSums {
  /** Opening, activity and payouts together. */
  readonly endingMinor: number;
  /** What Stripe itself says it holds. */
  readonly stripeMinor: number;
  /** What Stripe says minus what its transactions come to: anything but 0 is money that nobody can name. */
  readonly differenceMinor: number;
  /** What the clearing account says. */
  readonly clearingMinor: number;
  /** The part of Stripe minus clearing that is the work of level 2: transactions the books have otherwise or not at all. */
  readonly explainedMinor: number;
  /** What is on the clearing account from no transaction that Stripe lists. */
  readonly unexplainedMinor: number;
  /** The part of it that differences stand for: transactions Stripe does not list, which level 2 names, and what was posted to settle a difference. The rest has no name. */
  readonly namedMinor: number;
  /** What Stripe says is pending; null where it does not say. `pendingMinor` is what is known of it by name. */
  readonly stripePendingMinor: number | null;
}

/** The line of a payout made by hand: the balance before it, what moved since the line before, and the balance after it. */
export interface AccountLine {
  readonly payoutId: string;
  readonly currency: string;
  readonly method: string;
  readonly createdAt: number;
  readonly openingMinor: number;
  /** Since the line before, without payouts. */
  readonly activityMinor: number;
  /** Automatic payouts since the line before. */
  readonly otherPayoutsMinor: number;
  /** This payout, negative. */
  readonly payoutMinor: number;
  /** Stripe's fee for an instant payout, negative. */
  readonly feeMinor: number;
  readonly closingMinor: number;
  /** The same balance after the same movements by the books. */
  readonly ledgerClosingMinor: number;
  /** Whether Stripe moved its balance by what the payout says, and by nothing but its fee beside it. */
  readonly isTied: boolean;
}

/** Sent and not yet arrived. */
export interface PayoutUnderWay {
  readonly payoutId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** 'pending': Stripe has not sent it yet; 'in_transit': it is on its way to the bank. */
  readonly status: 'pending' | 'in_transit';
  readonly arrivesOn: LocalDate | null;
  /** It should have arrived before the day of the run. */
  readonly isLate: boolean;
}

/** A currency that only one of the sides has is 0 on the others. What differences stand for is not known here. */
export function proveBalances(sums: readonly MovementSums[], stripe: readonly GatewayBalance[], clearing: readonly GatewayBalance[]): Omit<BalanceProof, 'namedMinor'>[] {
  const currencies = [...new Set([...sums, ...stripe, ...clearing].map((side) => side.currency))].toSorted();
  return currencies.map((currency) => {
    const sum = sums.find((one) => one.currency === currency) ?? { currency, openingMinor: 0, activityMinor: 0, payoutsMinor: 0, pendingMinor: 0, ledgerMinor: 0 };
    const said = stripe.find((one) => one.currency === currency);
    const stripeMinor = said?.amountMinor ?? 0;
    const clearingMinor = clearing.find((one) => one.currency === currency)?.amountMinor ?? 0;
    const endingMinor = addMinorUnits(sum.openingMinor, sum.activityMinor, sum.payoutsMinor);
    return {
      ...sum, endingMinor, stripeMinor, differenceMinor: addMinorUnits(stripeMinor, -endingMinor), clearingMinor, explainedMinor: addMinorUnits(endingMinor, -sum.ledgerMinor), unexplainedMinor: addMinorUnits(clearingMinor, -sum.ledgerMinor),
      stripePendingMinor: said?.pendingMinor ?? null,
    };
  });
}

/**
 * Payouts made by hand as lines of an account, per currency in the order they were made. Stripe does not tell what such a payout pays, so it is checked by the
 * balance around it.
 * @param movements those of the currencies concerned, in any order.
 * @param openedAt epoch milliseconds; what moved before is the opening balance.
 */
export function accountOf(payouts: readonly ListedPayout[], movements: Iterable<BalanceMovement>, openedAt: number): AccountLine[] {
  const byCurrency = Map.groupBy(payouts.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)), (payout) => payout.currency);
  const own = new Map(payouts.flatMap((payout) => (payout.balanceTransactionId === null ? [] : [[payout.balanceTransactionId, { net: 0, fee: 0, amount: 0, ledger: 0 }] as const])));
  const stretches = new Map([...byCurrency].map(([currency, ofCurrency]) => [currency, { opening: 0, ledger: 0, ends: ofCurrency.map((payout) => payout.createdAt), sums: ofCurrency.map(() => ({ activity: 0, payouts: 0, ledger: 0 })) }]));
  for (const movement of movements) {
    const net = addMinorUnits(movement.amountMinor, -movement.feeMinor);
    const itself = own.get(movement.id);
    if (itself) {
      Object.assign(itself, { net, fee: movement.feeMinor, amount: movement.amountMinor, ledger: movement.ledgerNetMinor ?? 0 });
      continue;
    }
    const stretch = stretches.get(movement.currency);
    if (!stretch) continue;
    if (movement.createdAt < openedAt) {
      stretch.opening = addMinorUnits(stretch.opening, net);
      stretch.ledger = addMinorUnits(stretch.ledger, movement.ledgerNetMinor ?? 0);
      continue;
    }
    const sum = stretch.sums[firstNotBefore(stretch.ends, movement.createdAt)];
    if (!sum) continue; // after the last of these payouts
    if (movement.isPayout) sum.payouts = addMinorUnits(sum.payouts, net);
    else sum.activity = addMinorUnits(sum.activity, net);
    sum.ledger = addMinorUnits(sum.ledger, movement.ledgerNetMinor ?? 0);
  }
  return [...byCurrency].flatMap(([currency, ofCurrency]) => {
    let openingMinor = stretches.get(currency)?.opening ?? 0;
    let ledgerMinor = stretches.get(currency)?.ledger ?? 0;
    return ofCurrency.map((payout, index): AccountLine => {
      const { activity, payouts: otherPayoutsMinor, ledger } = stretches.get(currency)?.sums[index] ?? { activity: 0, payouts: 0, ledger: 0 };
      const itself = payout.balanceTransactionId === null ? undefined : own.get(payout.balanceTransactionId);
      const line = {
        payoutId: payout.id, currency, method: payout.method, createdAt: payout.createdAt, openingMinor, activityMinor: activity, otherPayoutsMinor, payoutMinor: itself?.amount ?? 0, feeMinor: itself ? addMinorUnits(-itself.fee) : 0,
        closingMinor: addMinorUnits(openingMinor, activity, otherPayoutsMinor, itself?.net ?? 0), ledgerClosingMinor: addMinorUnits(ledgerMinor, ledger, itself?.ledger ?? 0), isTied: itself?.amount === -payout.amountMinor,
      };
      openingMinor = line.closingMinor;
      ledgerMinor = line.ledgerClosingMinor;
      return line;
    });
  });
}

/** The place of the first end that is not before an instant; their number when there is none. */
function firstNotBefore(ends: readonly number[], instant: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? instant) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What has left Stripe's balance and is not at the bank yet. */
export function underWay(payouts: readonly ListedPayout[], dateOf: (instant: number) => LocalDate, today: LocalDate): PayoutUnderWay[] {
  return payouts.flatMap(({ id, amountMinor, currency, status, arrivesAt }) => {
    if (status !== 'pending' && status !== 'in_transit') return [];
    const arrivesOn = arrivesAt === null ? null : dateOf(arrivesAt);
    return [{ payoutId: id, amountMinor, currency, status, arrivesOn, isLate: arrivesOn !== null && arrivesOn < today }];
  });
}
