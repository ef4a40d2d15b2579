/**
 * What partners agreed to, as one sentence made from the data: the one place of it, for screens, invoices, the command line and exports. Amounts carry the
 * currency's code, never a sign: a dollar sign is twenty currencies.
 */
import { formatAmount } from '../../shared/money/format.ts';
import { formatBasisPoints, type ContractTerms, type PriceTiers, type UnitPricing } from './contract-terms.ts';
import { formatPrice, groupDigits } from './price-format.ts';
import { describeTermsInGerman } from './terms-summary-german.ts';

/**
 * In the order in which it is worked out: prices, included units, discount, minimum, tax, withholding, terms of payment. For example
 * '500.00 USD a month plus 2.50 USD per deed after the first 100, at least 750.00 USD a month; 21 % tax; 15 % withheld by the partner; due in 30 days.'
 */
export function describeTerms(terms: ContractTerms, language: 'en' | 'de' = 'en'): string {
  if (language === 'de') return describeTermsInGerman(terms);
  const unit = terms.currency.toUpperCase();
  const amount = (minor: number): string => `${formatAmount(minor, terms.currency, 'en-US')} ${unit}`;
  const parts = [describePrices(terms, amount)];
  if (terms.taxTreatment !== 'standard') parts.push(terms.taxTreatment === 'reverse-charge' ? 'reverse charge' : terms.taxTreatment === 'exempt' ? 'exempt from tax' : 'outside the scope of tax');
  else if (terms.taxRateBasisPoints > 0) parts.push(`${formatBasisPoints(terms.taxRateBasisPoints)} tax`);
  if (terms.withholdingRateBasisPoints > 0) parts.push(`${formatBasisPoints(terms.withholdingRateBasisPoints)} withheld by the partner`);
  parts.push(terms.paymentTermsDays === 0 ? 'due at once' : terms.paymentTermsDays === 1 ? 'due in 1 day' : `due in ${terms.paymentTermsDays} days`);
  const sentence = `${parts.join('; ')}.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function describePrices(terms: ContractTerms, amount: (minor: number) => string): string {
  const clauses = [pricesOf(terms, amount)];
  if (terms.discountBasisPoints > 0) clauses.push(`less ${formatBasisPoints(terms.discountBasisPoints)} discount`);
  if (terms.minimumCommitmentMinor > 0) clauses.push(`at least ${amount(terms.minimumCommitmentMinor)} a month`);
  return clauses.join(', ');
}

function pricesOf({ pricing, currency, includedUnits }: ContractTerms, amount: (minor: number) => string): string {
  switch (pricing.model) {
    case 'flat':
      return `${amount(pricing.flatFeeMinor)} a month`;
    case 'per_deed':
      return unitPrices(pricing.deeds, currency, deeds, includedUnits);
    case 'hybrid':
      return `${amount(pricing.flatFeeMinor)} a month plus ${unitPrices(pricing.deeds, currency, deeds, includedUnits)}`;
    case 'per_request':
      return unitPrices(pricing.blocks, currency, blocks, includedUnits);
  }
}

interface UnitWords {
  /** What one price buys: '… per deed'. */
  readonly per: string;
  /** What tiers count. */
  readonly many: string;
  /** What is included, behind its number. */
  readonly included: string;
}

const deeds: UnitWords = { per: 'per deed', many: 'deeds', included: '' };
const blocks: UnitWords = { per: 'per started 1,000 requests', many: 'started blocks of 1,000 requests', included: ' requests' };

const count = (units: number): string => groupDigits(String(units));

function unitPrices(pricing: UnitPricing, currency: string, words: UnitWords, includedUnits: number): string {
  const price = (text: string): string => `${formatPrice(text, currency)} ${currency.toUpperCase()}`;
  const onlyTier = pricing.tiers?.tiers.length === 1 ? pricing.tiers.tiers[0] : undefined;
  const after = includedUnits > 0 ? ` after the first ${count(includedUnits)}${words.included}` : '';
  if (!pricing.tiers || onlyTier) return `${price(onlyTier?.unitPrice ?? pricing.unitPrice)} ${words.per}${after}`;
  return `${words.many}${after} at ${pricing.tiers.mode === 'graduated' ? graduatedSteps(pricing.tiers, price) : volumeSteps(pricing.tiers, price)}`;
}

/** 'graduated prices of 1.00 USD for the first 100, 0.80 USD for the next 100, 0.50 USD beyond': each unit at the price of its tier. */
function graduatedSteps({ tiers }: PriceTiers, price: (text: string) => string): string {
  const steps = tiers.map((tier, index) => {
    const below = tiers[index - 1]?.upTo ?? 0;
    return `${price(tier.unitPrice)} ${tier.upTo === null ? 'beyond' : `for the ${index === 0 ? 'first' : 'next'} ${count(tier.upTo - below)}`}`;
  });
  return `graduated prices of ${steps.join(', ')}`;
}

/** 'one price for all by their number, 1.00 USD up to 100, 0.80 USD up to 200, 0.50 USD beyond'. */
function volumeSteps({ tiers }: PriceTiers, price: (text: string) => string): string {
  return `one price for all by their number, ${tiers.map((tier) => `${price(tier.unitPrice)} ${tier.upTo === null ? 'beyond' : `up to ${count(tier.upTo)}`}`).join(', ')}`;
}
