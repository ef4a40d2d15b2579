import type { WorldDocument } from '../sandbox/world.ts';

/** Settings of Daybook's own in somebody's shell would lead the demo to another company. These say nothing about a company. */
const harmless = new Set(['DAYBOOK_BROWSER', 'DAYBOOK_TEST_POSTGRES_URL']);

/** The environment the demo's product runs in: the caller's, with every setting of Daybook taken out and the sandbox's addresses and secrets put in. */
export function demoEnvironment(env: Readonly<Record<string, string | undefined>>, { stripe, postgres, now }: Pick<WorldDocument, 'stripe' | 'postgres' | 'now'>): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('DAYBOOK_') || harmless.has(name));
  return { ...Object.fromEntries(kept), DAYBOOK_STRIPE_API_BASE: stripe.url, DAYBOOK_STRIPE_KEY: stripe.restrictedKey, DAYBOOK_POSTGRES_URL: postgres.accountantUrl, DAYBOOK_NOW: now };
}
