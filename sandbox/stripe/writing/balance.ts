/** Balance transactions of what happens over HTTP: Stripe's own record of money, which no event announces. */
import type { Changes } from '../changes.ts';
import type { StripeObject } from '../population.ts';

const day = 86_400;

export interface Movement {
  /** Stripe's own word: charge, refund, adjustment, payout, reserved_funds, topup, … */
  type: string;
  /** Signed, settlement currency. */
  amount: number;
  currency: string;
  fee: number;
  /** null for what comes from no object, such as a reserve. */
  source: string | null;
  reportingCategory: string;
  description: string | null;
  exchangeRate: number | null;
  /** Charges can be paid out two days later; what takes money away counts at once. */
  isPending: boolean;
}

/** Records a movement; its net is amount − fee. */
export function recordMovement(changes: Changes, movement: Movement): StripeObject {
  const now = changes.now();
  const { amount, fee, currency } = movement;
  return changes.create('balance_transactions', {
    id: changes.id('txn'),
    object: 'balance_transaction',
    amount,
    available_on: movement.isPending ? now + 2 * day - (now % day) : now,
    balance_type: 'payments',
    created: now,
    currency,
    description: movement.description,
    exchange_rate: movement.exchangeRate,
    fee,
    fee_details: fee === 0 ? [] : [{ amount: fee, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: movement.reportingCategory,
    source: movement.source,
    status: movement.isPending ? 'pending' : 'available',
    type: movement.type,
  });
}
