/**
 * Stripe's SDK, read when it is first needed: it is the largest package of all, and a command that asks Stripe nothing should not wait for it.
 */
import { createRequire } from 'node:module';
import type Stripe from 'stripe';

// Not named `require`: the build puts one of that name into its files.
const readPackage = createRequire(import.meta.url);

/** The SDK's class with its errors and clients; the second call costs nothing. */
export function stripeSdk(): typeof Stripe {
  return readPackage('stripe') as typeof Stripe;
}
