/**
 * What a bank line can be matched with, and what a match proposed is. Pure.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';

export const candidateKinds = ['payout', 'receipt', 'invoice', 'repayment', 'outside-payment', 'credit', 'overpayment'] as const;
export type CandidateKind = (typeof candidateKinds)[number];
/** What a customer has with us, and a line of money that went out can pay: a credit, or what is left of a receipt. The match makes that payment. */
export const isPayable = (kind: string): kind is 'credit' | 'overpayment' => kind === 'credit' || kind === 'overpayment';
/** What waits on cash in transit until the bank shows it: its arrival is one entry, whichever desk says it. */
export const waitsInTransit = (kind: string): boolean => kind === 'payout' || kind === 'outside-payment';

/**
 * A payout of the gateway, a receipt that was recorded by hand, an invoice that is still due, what was paid to a customer (a credit paid out, a refund), money
 * of an invoice at Stripe that was paid outside of it, or what a customer has with us and may be paid.
 */
export interface MatchCandidate {
  readonly kind: CandidateKind;
  readonly id: string;
  /** As the bank will sign it: positive is money in. Of an invoice: what is still due; of a credit and a receipt, what is left. */
  readonly amountMinor: number;
  readonly currency: string;
  /** When the money is expected; of an invoice, its due date. */
  readonly expectedOn: LocalDate;
  /** From when on it can be on a statement. */
  readonly earliestOn: LocalDate;
  /** What only this one carries: its id, the bank's trace of it, an invoice number. */
  readonly references: readonly string[];
  /** Words that its payer or the gateway puts on a statement: a statement descriptor, a customer's name. */
  readonly names: readonly string[];
  /** Customer or gateway: only what one party owes is put together. */
  readonly partyId: string;
  /** How it is shown: a number or an id. */
  readonly label: string;
  /** A payout, or a payment outside Stripe, that another desk has matched: the books have its arrival, and a match here is tied to that entry. */
  readonly isArrived: boolean;
}

export interface OpenLine {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly bookedOn: LocalDate;
  readonly references: readonly string[];
  readonly counterpartyName: string | null;
  readonly description: string;
}

export const matchRules = ['exact-reference', 'amount-and-date', 'one-to-many', 'many-to-one', 'known-fee', 'tolerance', 'currency-rate'] as const;
export type MatchRuleName = (typeof matchRules)[number];
/** What people do besides: putting together by hand, or saying to which account a line belongs. */
export type MatchOrigin = MatchRuleName | 'by-hand' | 'to-account';

/** How a rule works, as the ledger's people set it. */
export interface MatchRuleSetting {
  readonly rule: MatchRuleName;
  /** Whether what it finds without a doubt is matched at once. */
  readonly isAutomatic: boolean;
  /** How far the statement may lie from the day on which the money is expected. */
  readonly days: number;
  /** The largest difference it bridges, in minor units; of `known-fee` the fee itself; of `currency-rate` basis points of the rate. */
  readonly tolerance: number;
  /** Where the difference is posted. */
  readonly accountCode: string | null;
}

export const defaultRuleSettings: readonly MatchRuleSetting[] = [
  { rule: 'exact-reference', isAutomatic: true, days: 45, tolerance: 0, accountCode: null },
  { rule: 'amount-and-date', isAutomatic: false, days: 5, tolerance: 0, accountCode: null },
  { rule: 'one-to-many', isAutomatic: false, days: 10, tolerance: 0, accountCode: null },
  { rule: 'many-to-one', isAutomatic: false, days: 10, tolerance: 0, accountCode: null },
  { rule: 'known-fee', isAutomatic: false, days: 10, tolerance: 1_500, accountCode: '5000-payment-fees' },
  { rule: 'tolerance', isAutomatic: false, days: 10, tolerance: 500, accountCode: '9010-rounding' },
  { rule: 'currency-rate', isAutomatic: false, days: 10, tolerance: 250, accountCode: null },
];

export interface MatchProposal {
  readonly rule: MatchRuleName;
  readonly lineIds: readonly string[];
  readonly candidates: readonly MatchCandidate[];
  /** Basis points: 10,000 is certain. */
  readonly score: number;
  readonly reasons: readonly string[];
  /** Lines less candidates, in the lines' currency; 0 across currencies, where the rate explains it. */
  readonly residualMinor: number;
  readonly residualAccount: string | null;
  /** Something else fits as well: a person decides. */
  readonly isAmbiguous: boolean;
  /** The rule is set to it and nothing speaks against it. */
  readonly isAutomatic: boolean;
}
