/**
 * Stripe's SDK, read when it is first needed: it is the largest package of all, and a command that asks Stripe nothing should not wait for it.
 */
import { createRequire } from 'node:module';
import type Stripe from 'stripe';

const require = createRequire(import.meta.url);

/** The SDK's class with its errors and clients; the second call costs nothing. */
export function stripeSdk(): typeof Stripe {
  return require('stripe') as typeof Stripe;
}
