/** Taxes a line or an invoice can have, as a person chooses them. Pure. */
import type { LineTax, TaxTreatment } from '../../../../../shared/invoicing/invoice-totals.ts';
import { writeRate } from './draft-typing.ts';

export const treatmentWords: Readonly<Record<TaxTreatment, string>> = { standard: 'Taxed', 'reverse-charge': 'Reverse charge', exempt: 'Exempt', 'outside-scope': 'Outside the scope' };

export interface TaxChoice {
  readonly value: string;
  readonly label: string;
}

export const taxKey = (tax: LineTax | null): string => (tax === null ? '' : `${tax.treatment}/${tax.basisPoints}`);

/** @returns null: as the invoice. */
export function taxOfKey(key: string): LineTax | null {
  const [treatment, basisPoints] = key.split('/');
  return key === '' ? null : { treatment: treatment as TaxTreatment, basisPoints: Number(basisPoints) };
}

/** The invoice's, the standard rates in force with where they hold, what the line has already, and the ways of charging none. */
export function lineTaxChoices({ invoiceTax, own, rates, locale }: { invoiceTax: LineTax; own: LineTax | null; rates: readonly { jurisdiction: string; basisPoints: number }[]; locale: string }): TaxChoice[] {
  const places = new Map<number, string[]>();
  for (const { basisPoints, jurisdiction } of rates) places.set(basisPoints, [...(places.get(basisPoints) ?? []), jurisdiction]);
  if (own?.treatment === 'standard' && !places.has(own.basisPoints)) places.set(own.basisPoints, []);
  const taxed = [...places].sort(([a], [b]) => a - b).map(([basisPoints, where]) => ({ value: taxKey({ treatment: 'standard', basisPoints }), label: [writeRate(basisPoints, locale), where.slice(0, 4).join(', ')].filter(Boolean).join(' · ') }));
  const untaxed = (['reverse-charge', 'exempt', 'outside-scope'] as const).map((treatment) => ({ value: taxKey({ treatment, basisPoints: own?.treatment === treatment ? own.basisPoints : 0 }), label: treatmentWords[treatment] }));
  return [{ value: '', label: `Invoice’s, ${invoiceTax.treatment === 'standard' ? writeRate(invoiceTax.basisPoints, locale) : 'no tax'}` }, ...taxed, ...untaxed];
}
