/**
 * Whether an invoice holds to EN 16931: every rule it breaks, with its number, what it says and where. Pure.
 */
import { arithmeticRules } from './arithmetic-rules.ts';
import { categoryRules } from './category-rules.ts';
import { codeRules } from './code-rules.ts';
import type { EInvoice } from './invoice-model.ts';
import { presenceRules } from './presence-rules.ts';
import type { EInvoiceRule } from './rule.ts';

export interface EInvoiceFinding {
  /** 'BR-CO-10'; those of our own begin with DB. */
  readonly rule: string;
  /** The business term it is about: 'BT-106'. */
  readonly term: string;
  /** 'The sum of the lines is the sum of their net amounts.' */
  readonly says: string;
  /** 'line 3'; null for the invoice as a whole. */
  readonly place: string | null;
}

export const einvoiceRules: readonly EInvoiceRule[] = [...presenceRules, ...arithmeticRules, ...categoryRules, ...codeRules];

/** Empty where the invoice holds to the standard. */
export function checkEInvoice(invoice: EInvoice): EInvoiceFinding[] {
  return einvoiceRules.flatMap((rule) => rule.places(invoice).map((place) => ({ rule: rule.id, term: rule.term, says: rule.says, place: place === '' ? null : place })));
}
