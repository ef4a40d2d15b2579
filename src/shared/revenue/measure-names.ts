/** What the measures of revenue are called, on screens, on paper and on the command line alike (domain.md §7, docs/glossary.md). */
import type { z } from 'zod';
import type { measureFigureSchema } from '../api/revenue-measures.contract.ts';

export const measureNames: Readonly<Record<z.infer<typeof measureFigureSchema>, string>> = {
  mrr: 'MRR', arr: 'ARR', new: 'New', expansion: 'Expansion', contraction: 'Contraction', churn: 'Churn', reactivation: 'Reactivation', 'exchange-rate': 'Exchange rates',
  'gross-churn': 'Gross MRR churn', 'net-churn': 'Net MRR churn', 'net-revenue-retention': 'Net revenue retention', 'gross-revenue-retention': 'Gross revenue retention', 'quick-ratio': 'Quick ratio',
  customers: 'Customers', 'logo-churn': 'Logo churn', 'average-revenue-per-account': 'Revenue per account', 'lifetime-value': 'Lifetime value', 'trials-started': 'Trials started', 'trials-ended': 'Trials ended', 'trial-conversion': 'Trial conversion',
  'gross-payments': 'Gross payments', fees: 'Fees', refunds: 'Refunds', 'net-revenue': 'Net revenue', 'fee-share': 'Fees of payments', 'refund-rate': 'Refunds of payments', 'failed-payment-rate': 'Failed payments', 'partner-revenue': 'Partner revenue',
};
