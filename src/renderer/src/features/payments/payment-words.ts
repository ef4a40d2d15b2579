import type { paymentKinds, payoutStandings } from '../../../../shared/api/payments.contract.ts';

type PaymentKind = (typeof paymentKinds)[number];

/** Where a payment names no payout: why. */
export const payoutWords: Readonly<Record<(typeof payoutStandings)[number], string>> = {
  named: 'Not mirrored yet', 'not-available': 'Not available yet, so not paid out', 'not-read': 'Not read yet: the next sync asks Stripe', 'by-hand': 'Not known: a payout made by hand names no payments', 'not-paid-out': 'Not paid out yet', 'nothing-moved': 'None: no money moved',
};

/** What a payment record is, in words: one and many. */
export const paymentKindWords: Readonly<Record<PaymentKind, readonly [string, string]>> = { charge: ['Payment', 'Payments'], refund: ['Refund', 'Refunds'], dispute: ['Dispute', 'Disputes'], intent: ['Begun payment', 'Begun, never charged'] };

/** 'visa ···· 4242' → 'Visa ···· 4242'; without a detail the method itself. */
export function methodDetailWords({ method, methodDetail }: { readonly method: string | null; readonly methodDetail: string | null }): string {
  return methodDetail === null ? methodWord(method) : methodDetail.replace(/^\p{Ll}/u, (first) => first.toUpperCase());
}

/** 'sepa_debit' → 'SEPA debit'; a method nobody named yet is shown by its own name. */
export function methodWord(method: string | null): string {
  if (method === null) return '';
  const words: Readonly<Record<string, string>> = { card: 'Card', sepa_debit: 'SEPA debit', us_bank_account: 'US bank account', bacs_debit: 'Bacs debit', customer_balance: 'Bank transfer', link: 'Link', paypal: 'PayPal' };
  return words[method] ?? method.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
}
