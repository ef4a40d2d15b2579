/** Where an invoice comes from, in words. */
export const originWords: Readonly<Record<'partner' | 'one-off' | 'stripe', string>> = { partner: 'Partner', 'one-off': 'One-off', stripe: 'Stripe' };
