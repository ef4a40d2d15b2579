/** A field's value in words and figures, the same in forms' neighbours, differences, conflicts and approvals. Pure. */
import type { FieldValueView } from '../../../../shared/api/changes.contract.ts';
import { currencyExponent, isCurrencyCode } from '../../../../shared/money/currency.ts';
import { formatMoney } from '../../../../shared/money/format.ts';
import { formatDay } from '../../lib/dates.ts';
import { writeBasisPoints, writeDecimal } from '../../lib/typed-values.ts';
import { pricingWord } from './pricing-words.ts';

export interface FieldWordsContext {
  readonly locale: string;
  /** Of the contract; null where it is not known: amounts are then said in minor units. */
  readonly currency: string | null;
}

export interface Tier {
  readonly upTo: number | null;
  readonly unitPrice: string;
}

const taxWords: Readonly<Record<string, string>> = { standard: 'Taxed', 'reverse-charge': 'Reverse charge', exempt: 'Exempt', 'outside-scope': 'Outside the scope' };

/** Exponent of a currency; two where it is not known. */
export function exponentOf(currency: string | null): number {
  return currency !== null && isCurrencyCode(currency) ? currencyExponent(currency) : 2;
}

export function tiersOf(value: FieldValueView): { mode: string; tiers: readonly Tier[] } | null {
  if (typeof value !== 'object' || value === null || !('tiers' in value) || !Array.isArray(value['tiers'])) return null;
  return { mode: 'mode' in value && typeof value['mode'] === 'string' ? value['mode'] : 'graduated', tiers: value['tiers'] as unknown as readonly Tier[] };
}

function priceWords(price: string, { locale, currency }: FieldWordsContext): string {
  return /^-?\d+(\.\d+)?$/.test(price) ? `${writeDecimal(price, locale, exponentOf(currency))}${currency ? ` ${currency.toUpperCase()}` : ''}` : price;
}

export function fieldWords(column: string, value: FieldValueView, context: FieldWordsContext): string {
  const { locale, currency } = context;
  if (value === null || value === '') return 'nothing';
  if (column.endsWith('_minor') && typeof value === 'number') return currency !== null && isCurrencyCode(currency) ? formatMoney(value, currency, locale) : `${new Intl.NumberFormat(locale).format(value)} minor units`;
  if (column.endsWith('_basis_points') && typeof value === 'number') return `${writeBasisPoints(value, locale)} %`;
  if (column.endsWith('_price') && typeof value === 'string') return priceWords(value, context);
  if (column.startsWith('effective_') && typeof value === 'string') return formatDay(value, locale);
  if (column === 'pricing_model') return pricingWord(String(value));
  if (column === 'tax_treatment') return taxWords[String(value)] ?? String(value);
  if (column === 'currency') return String(value).toUpperCase();
  if (column === 'payment_terms_days') return `${String(value)} days`;
  const tiers = tiersOf(value);
  if (tiers) return tierWords(tiers, context);
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.join(', ');
  if (typeof value === 'object') return Object.values(value).filter((line) => line !== null && line !== '').join(', ') || 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
}

function tierWords({ mode, tiers }: { mode: string; tiers: readonly Tier[] }, context: FieldWordsContext): string {
  const steps = tiers.map((tier) => `${priceWords(String(tier.unitPrice), context)} ${tier.upTo === null ? 'above' : `up to ${new Intl.NumberFormat(context.locale).format(tier.upTo)}`}`);
  return `${mode === 'volume' ? 'All units at the tier reached' : 'Each unit at its own tier'}: ${steps.join(', ')}`;
}
