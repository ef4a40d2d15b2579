/** Words of bank statements. */
import type { z } from 'zod';
import type { bankSuggestionSchema, matchOrigins, statementProofs, BankCandidateView } from '../../../../../shared/api/banking.contract.ts';

export const ruleWords: Readonly<Record<(typeof matchOrigins)[number], string>> = {
  'exact-reference': 'Reference', 'amount-and-date': 'Amount and day', 'one-to-many': 'Several for one line', 'many-to-one': 'Several lines for one', 'known-fee': 'Known fee', tolerance: 'Small difference', 'currency-rate': 'Other currency', 'by-hand': 'By hand', 'to-account': 'To an account',
};
export const kindWords: Readonly<Record<BankCandidateView['kind'], string>> = { payout: 'Payout', receipt: 'Receipt', invoice: 'Invoice', repayment: 'Paid to the customer', 'outside-payment': 'Paid outside Stripe', credit: 'Pay the credit out', overpayment: 'Pay back what is left' };
export const proofWords: Readonly<Record<(typeof statementProofs)[number], readonly [string, 'ok' | 'info' | 'attention']>> = { proved: ['Proved', 'ok'], 'closing-only': ['No opening balance', 'info'], none: ['No balances', 'info'] };

export const scoreText = (score: number): string => `${Math.floor(score / 100)} %`;
/** Sure, likely, or a guess. */
export const scoreTone = (suggestion: Pick<z.infer<typeof bankSuggestionSchema>, 'score' | 'isAmbiguous'>): 'ok' | 'attention' | 'info' => (suggestion.isAmbiguous ? 'attention' : suggestion.score >= 9_000 ? 'ok' : 'info');
