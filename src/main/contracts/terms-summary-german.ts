/** What partners agreed to, as one German sentence, for documents in German. The order is that of terms-summary.ts. */
import { formatAmount } from '../../shared/money/format.ts';
import { formatBasisPoints, type ContractTerms, type PriceTiers, type UnitPricing } from './contract-terms.ts';
import { formatPrice, groupDigits } from './price-format.ts';

/** '1,234.50' → '1.234,50'. */
const marked = (text: string): string => text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
const percent = (basisPoints: number): string => marked(formatBasisPoints(basisPoints));
const count = (units: number): string => marked(groupDigits(String(units)));

/** '500,00 USD im Monat zuzüglich 2,50 USD je Urkunde nach den ersten 100, mindestens 750,00 USD im Monat; 21 % Steuer; 15 % vom Partner einbehalten; zahlbar in 30 Tagen.' */
export function describeTermsInGerman(terms: ContractTerms): string {
  const amount = (minor: number): string => `${formatAmount(minor, terms.currency, 'de-DE')} ${terms.currency.toUpperCase()}`;
  const clauses = [pricesOf(terms, amount)];
  if (terms.discountBasisPoints > 0) clauses.push(`abzüglich ${percent(terms.discountBasisPoints)} Nachlass`);
  if (terms.minimumCommitmentMinor > 0) clauses.push(`mindestens ${amount(terms.minimumCommitmentMinor)} im Monat`);
  const parts = [clauses.join(', ')];
  if (terms.taxTreatment !== 'standard') parts.push(terms.taxTreatment === 'reverse-charge' ? 'Steuerschuldnerschaft des Leistungsempfängers' : terms.taxTreatment === 'exempt' ? 'steuerfrei' : 'nicht steuerbar');
  else if (terms.taxRateBasisPoints > 0) parts.push(`${percent(terms.taxRateBasisPoints)} Steuer`);
  if (terms.withholdingRateBasisPoints > 0) parts.push(`${percent(terms.withholdingRateBasisPoints)} vom Partner einbehalten`);
  parts.push(terms.paymentTermsDays === 0 ? 'sofort zahlbar' : terms.paymentTermsDays === 1 ? 'zahlbar in 1 Tag' : `zahlbar in ${terms.paymentTermsDays} Tagen`);
  const sentence = `${parts.join('; ')}.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function pricesOf({ pricing, currency, includedUnits }: ContractTerms, amount: (minor: number) => string): string {
  switch (pricing.model) {
    case 'flat':
      return `${amount(pricing.flatFeeMinor)} im Monat`;
    case 'per_deed':
      return unitPrices(pricing.deeds, currency, deeds, includedUnits);
    case 'hybrid':
      return `${amount(pricing.flatFeeMinor)} im Monat zuzüglich ${unitPrices(pricing.deeds, currency, deeds, includedUnits)}`;
    case 'per_request':
      return unitPrices(pricing.blocks, currency, blocks, includedUnits);
  }
}

interface UnitWords {
  /** What one price buys. */
  readonly per: string;
  /** What tiers count. */
  readonly many: string;
  /** What is included, behind its number. */
  readonly included: string;
}

const deeds: UnitWords = { per: 'je Urkunde', many: 'Urkunden', included: '' };
const blocks: UnitWords = { per: 'je angefangene 1.000 Anfragen', many: 'angefangene Blöcke zu je 1.000 Anfragen', included: ' Anfragen' };

function unitPrices(pricing: UnitPricing, currency: string, words: UnitWords, includedUnits: number): string {
  const price = (text: string): string => `${marked(formatPrice(text, currency))} ${currency.toUpperCase()}`;
  const onlyTier = pricing.tiers?.tiers.length === 1 ? pricing.tiers.tiers[0] : undefined;
  const after = includedUnits > 0 ? ` nach den ersten ${count(includedUnits)}${words.included}` : '';
  if (!pricing.tiers || onlyTier) return `${price(onlyTier?.unitPrice ?? pricing.unitPrice)} ${words.per}${after}`;
  return `${words.many}${after} ${pricing.tiers.mode === 'graduated' ? graduatedSteps(pricing.tiers, price) : volumeSteps(pricing.tiers, price)}`;
}

function graduatedSteps({ tiers }: PriceTiers, price: (text: string) => string): string {
  const steps = tiers.map((tier, index) => `${price(tier.unitPrice)} ${tier.upTo === null ? 'darüber' : `für die ${index === 0 ? 'ersten' : 'nächsten'} ${count(tier.upTo - (tiers[index - 1]?.upTo ?? 0))}`}`);
  return `zu gestaffelten Preisen von ${steps.join(', ')}`;
}

function volumeSteps({ tiers }: PriceTiers, price: (text: string) => string): string {
  return `zu einem Preis für alle nach ihrer Zahl, ${tiers.map((tier) => `${price(tier.unitPrice)} ${tier.upTo === null ? 'darüber' : `bis ${count(tier.upTo)}`}`).join(', ')}`;
}
