/** The payments planted after the refill, as the objects to insert into Stripe. */
import type { CollectionName, StripeObject } from '../stripe/population.ts';
import { nowSeconds } from './calendar.ts';
import type { World } from './facts.ts';
import { renderTransaction } from './render/balance-objects.ts';
import { renderCharge, renderIntent } from './render/money-objects.ts';

/** Whole payments: intent, charge, balance transaction; without any event. */
export function lateObjects(world: World): { collection: CollectionName; object: StripeObject }[] {
  return world.charges.flatMap((charge) => {
    const { transaction } = charge;
    if (transaction === null || !transaction.isLate || transaction.isForgotten) {
      return [];
    }
    return [
      { collection: 'payment_intents' as const, object: renderIntent(world, charge.intent, nowSeconds) },
      { collection: 'charges' as const, object: renderCharge(world, charge, nowSeconds) },
      { collection: 'balance_transactions' as const, object: renderTransaction(world, transaction, nowSeconds) },
    ];
  });
}
