/**
 * How a customer is taxed when nobody says otherwise (domain.md §4 and §8): where the service is used, at that place's rate of the day; between states of the EU by reverse charge when
 * the customer's VAT id holds. Pure; the rates are data (billing/tax-rates.ts).
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { checkVatId, euStates } from '../../shared/tax/vat-id.ts';
import { taxJurisdictionOf } from '../ledger/tax-jurisdictions.ts';
import type { TaxDefault, TaxedCustomer } from './invoice-drafts.ts';

export interface TaxRate {
  readonly jurisdiction: string;
  readonly name: string;
  /** The first day on which it holds. */
  readonly from: LocalDate;
  readonly basisPoints: number;
  readonly source: string;
}

/** The rates in force on a day, by jurisdiction. */
export function ratesOn(rates: readonly TaxRate[], on: string): TaxRate[] {
  const inForce = new Map<string, TaxRate>();
  for (const rate of rates) {
    const before = inForce.get(rate.jurisdiction);
    if (rate.from <= on && (!before || before.from <= rate.from)) inForce.set(rate.jurisdiction, rate);
  }
  return [...inForce.values()].sort((a, b) => (a.jurisdiction < b.jurisdiction ? -1 : 1));
}

/** Why no tax is charged where the customer accounts for it, as a draft is given it by itself. */
export const reverseChargeReason = 'Reverse charge: the recipient accounts for the tax.';
export const exemptReason = 'Exempt from tax.';
export const outsideScopeReason = 'Outside the scope of tax.';

/**
 * @param issuerCountry where the company is, ISO 3166; null where that is not known.
 * @param on the day of supply.
 */
export function taxOfCustomer(rates: readonly TaxRate[], customer: TaxedCustomer, issuerCountry: string | null, on: string): TaxDefault {
  const jurisdiction = taxJurisdictionOf(customer.country, customer.state);
  const country = jurisdiction?.slice(0, 2) ?? null;
  const usesVatIds = country !== null && (euStates.has(country) || country === 'GB');
  const { state: vatIdState } = checkVatId(customer.taxNumber, country);
  const untaxed = (treatment: TaxDefault['tax']['treatment'], exemptionReason: string | null): TaxDefault => ({ tax: { treatment, basisPoints: 0 }, jurisdiction, exemptionReason, vatIdState: usesVatIds ? vatIdState : null });
  // What a partner's record says comes first.
  if (customer.treatment === 'exempt') return untaxed('exempt', exemptReason);
  if (customer.treatment === 'outside-scope') return untaxed('outside-scope', outsideScopeReason);
  const isAbroad = country !== null && country !== issuerCountry;
  const isWithinEu = country !== null && euStates.has(country) && issuerCountry !== null && euStates.has(issuerCountry);
  const isReverse = customer.treatment === 'reverse-charge' || (isAbroad && isWithinEu);
  if (isReverse && vatIdState === 'unverified') return untaxed('reverse-charge', reverseChargeReason);
  const rate = ratesOn(rates, on).find((candidate) => candidate.jurisdiction === jurisdiction) ?? ratesOn(rates, on).find((candidate) => candidate.jurisdiction === country);
  if (!rate) return untaxed('outside-scope', null);
  return { tax: { treatment: 'standard', basisPoints: rate.basisPoints }, jurisdiction, exemptionReason: null, vatIdState: usesVatIds ? vatIdState : null };
}
