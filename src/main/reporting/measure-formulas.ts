/** Formulas of the measures of revenue in words, and the movements each is made of (domain.md §7). */
import { cashFormulas } from './cash-figures.ts';
import type { MovementKind } from './mrr.queries.ts';
import type { MeasureFigure } from './revenue-measure-list.ts';

export const formulas: Readonly<Record<MeasureFigure, string>> = {
  mrr: 'MRR = Σ over items in force: round(unit price × quantity × (1 − discount) ÷ months), converted and rounded again = MRR at the start + all movements',
  arr: 'ARR = 12 × MRR as shown',
  new: 'New = Σ of what customers who never had MRR began with',
  expansion: 'Expansion = Σ of what customers who had MRR came to have more',
  contraction: 'Contraction = Σ of what customers who still have MRR came to have less',
  churn: 'Churn = Σ of what customers lost who have no MRR left',
  reactivation: 'Reactivation = Σ of what customers began with who once had MRR and then none',
  'exchange-rate': 'Exchange rates = Σ of MRR before a change at the new rate − at the old one',
  'gross-churn': '(churn + contraction) ÷ MRR at the start',
  'net-churn': '(churn + contraction − expansion − reactivation) ÷ MRR at the start',
  'net-revenue-retention': '(MRR at the start + expansion − contraction − churn) ÷ MRR at the start; new and reactivation are out',
  'gross-revenue-retention': '(MRR at the start − contraction − churn) ÷ MRR at the start',
  'quick-ratio': '(new + expansion + reactivation) ÷ (contraction + churn)',
  customers: 'Customers whose items in force sum to an MRR above 0 = those at the start + joined − left',
  'logo-churn': 'Customers that left ÷ customers at the start',
  'average-revenue-per-account': 'ARPA = MRR ÷ customers',
  'lifetime-value': 'LTV = ARPA ÷ customer churn of a month = ARPA × months × customers at the start ÷ customers that left; n/a when nobody left',
  'trials-started': 'Trials that began, per subscription',
  'trials-ended': 'Trials that ended, per subscription, paid for afterwards or not',
  'trial-conversion': 'Trials paid for after their end ÷ trials ended',
  'gross-payments': cashFormulas.gross,
  fees: cashFormulas.fees,
  refunds: cashFormulas.refunds,
  'net-revenue': cashFormulas.net,
  'fee-share': 'Fees ÷ gross payments',
  'refund-rate': 'Refunds ÷ gross payments, by amount',
  'failed-payment-rate': 'Failed charges ÷ (failed + succeeded charges), by number, by the day of the attempt',
  'partner-revenue': 'Σ credited to partner revenue in the books − Σ debited, by entry date, without tax',
};

const lost = ['churn', 'contraction'] as const;

/** The movements a figure is worked out from. */
export const kindsOf: Readonly<Record<MeasureFigure, readonly MovementKind[]>> = {
  mrr: ['new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate'], arr: [], new: ['new'], expansion: ['expansion'], contraction: ['contraction'], churn: ['churn'], reactivation: ['reactivation'], 'exchange-rate': ['exchange-rate'],
  'gross-churn': lost, 'net-churn': [...lost, 'expansion', 'reactivation'], 'net-revenue-retention': ['expansion', ...lost], 'gross-revenue-retention': lost, 'quick-ratio': ['new', 'expansion', 'reactivation', ...lost], customers: [],
  'logo-churn': ['churn'], 'average-revenue-per-account': [], 'lifetime-value': [], 'trials-started': [], 'trials-ended': [], 'trial-conversion': [], 'gross-payments': [], fees: [], refunds: [], 'net-revenue': [], 'fee-share': [], 'refund-rate': [],
  'failed-payment-rate': [], 'partner-revenue': [],
};
