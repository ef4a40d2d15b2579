/** What Meridian Deeds sells: products, prices in five currencies, coupons and tax rates. */
import { currencies, type Currency } from './money.ts';

export type ProductName = 'starter' | 'pro' | 'enterprise' | 'monitor' | 'recording' | 'release' | 'expedite';
export const planNames = ['starter', 'pro', 'enterprise'] as const satisfies readonly ProductName[];
export const filingNames = ['recording', 'release', 'expedite'] as const satisfies readonly ProductName[];
export type PlanName = (typeof planNames)[number];

export interface ProductFact {
  number: number;
  name: ProductName;
  title: string;
  description: string;
  unitLabel: string | null;
}

export interface PriceFact {
  number: number;
  product: number;
  currency: Currency;
  unitAmount: number;
  /** 1 or 12; 0 for a one-time price. */
  months: 0 | 1 | 12;
}

export interface CouponFact {
  number: number;
  id: string;
  name: string;
  percentOff: number;
  duration: 'forever' | 'repeating' | 'once';
  durationMonths: number | null;
}

export interface TaxRateFact {
  number: number;
  title: string;
  country: string;
  state: string | null;
  /** Millionths of the taxable amount. */
  partsPerMillion: number;
  taxType: 'sales_tax' | 'vat';
}

export const products: readonly ProductFact[] = [
  { number: 0, name: 'starter', title: 'Starter', description: 'Deed drafting and filing for small offices', unitLabel: 'seat' },
  { number: 1, name: 'pro', title: 'Pro', description: 'Deed drafting, filing and county e-recording', unitLabel: 'seat' },
  { number: 2, name: 'enterprise', title: 'Enterprise', description: 'Every county, single sign-on, audit trail', unitLabel: 'seat' },
  { number: 3, name: 'monitor', title: 'Title Monitor', description: 'Watches parcels for new filings', unitLabel: 'parcel pack' },
  { number: 4, name: 'recording', title: 'Filing fee: deed recording', description: 'County recording of one deed', unitLabel: 'deed' },
  { number: 5, name: 'release', title: 'Filing fee: lien release', description: 'Recording of one lien release', unitLabel: 'filing' },
  { number: 6, name: 'expedite', title: 'Expedited handling', description: 'Same-day handling of a filing', unitLabel: 'filing' },
];

/** In minor units, in the order usd, eur, gbp, jpy, kwd. */
const recurringAmounts: Record<'starter' | 'pro' | 'enterprise' | 'monitor', Record<1 | 12, readonly number[]>> = {
  starter: { 1: [2900, 2700, 2300, 4300, 8900], 12: [29500, 27500, 23500, 43900, 90750] },
  pro: { 1: [7900, 7300, 6300, 11800, 24250], 12: [80500, 74500, 64500, 119800, 247500] },
  enterprise: { 1: [19900, 18500, 15900, 29800, 61000], 12: [200000, 185000, 159000, 298000, 620000] },
  monitor: { 1: [1500, 1400, 1200, 2200, 4600], 12: [15300, 14300, 12250, 22500, 46900] },
};
const oneTimeAmounts: Record<'recording' | 'release' | 'expedite', readonly number[]> = {
  recording: [4250, 3900, 3450, 6400, 13050],
  release: [2875, 2650, 2295, 4310, 8830],
  expedite: [1999, 1849, 1599, 2980, 6150],
};

function listPrices(): PriceFact[] {
  const prices: PriceFact[] = [];
  for (const product of products) {
    currencies.forEach((currency, position) => {
      const { name } = product;
      if (name === 'recording' || name === 'release' || name === 'expedite') {
        const unitAmount = oneTimeAmounts[name][position] ?? 0;
        prices.push({ number: prices.length, product: product.number, currency, unitAmount, months: 0 });
      } else {
        for (const months of [1, 12] as const) {
          const unitAmount = recurringAmounts[name][months][position] ?? 0;
          prices.push({ number: prices.length, product: product.number, currency, unitAmount, months });
        }
      }
    });
  }
  return prices;
}

export const prices: readonly PriceFact[] = listPrices();
const pricesByKey = new Map(
  prices.map((price) => [`${productNumbered(price.product).name}/${price.currency}/${price.months}`, price]),
);

export const coupons: readonly CouponFact[] = [
  { number: 0, id: 'FOUNDERS10', name: 'Founding customer 10%', percentOff: 10, duration: 'forever', durationMonths: null },
  { number: 1, id: 'NONPROFIT20', name: 'Non-profit 20%', percentOff: 20, duration: 'forever', durationMonths: null },
  { number: 2, id: 'LEGALAID100', name: 'Legal aid, free of charge', percentOff: 100, duration: 'forever', durationMonths: null },
  { number: 3, id: 'SPRING25', name: '25% for three months', percentOff: 25, duration: 'repeating', durationMonths: 3 },
  { number: 4, id: 'WELCOME50', name: 'First invoice at half price', percentOff: 50, duration: 'once', durationMonths: null },
];
export const couponNumbers = { tenForever: 0, twentyForever: 1, free: 2, repeating: 3, once: 4 } as const;

export const taxRates: readonly TaxRateFact[] = [
  { number: 0, title: 'NY sales tax', country: 'US', state: 'NY', partsPerMillion: 88_750, taxType: 'sales_tax' },
  { number: 1, title: 'TX sales tax', country: 'US', state: 'TX', partsPerMillion: 82_500, taxType: 'sales_tax' },
  { number: 2, title: 'PA sales tax', country: 'US', state: 'PA', partsPerMillion: 60_000, taxType: 'sales_tax' },
  { number: 3, title: 'UK VAT', country: 'GB', state: null, partsPerMillion: 200_000, taxType: 'vat' },
  { number: 4, title: 'German VAT', country: 'DE', state: null, partsPerMillion: 190_000, taxType: 'vat' },
];

export function priceNumbered(number: number): PriceFact {
  const price = prices[number];
  if (price === undefined) {
    throw new RangeError(`There is no price ${number}.`);
  }
  return price;
}

export function productNumbered(number: number): ProductFact {
  const product = products[number];
  if (product === undefined) {
    throw new RangeError(`There is no product ${number}.`);
  }
  return product;
}

export function couponNumbered(number: number): CouponFact {
  const coupon = coupons[number];
  if (coupon === undefined) {
    throw new RangeError(`There is no coupon ${number}.`);
  }
  return coupon;
}

export function taxRateNumbered(number: number): TaxRateFact {
  const rate = taxRates[number];
  if (rate === undefined) {
    throw new RangeError(`There is no tax rate ${number}.`);
  }
  return rate;
}

/** The price of a product in a currency; `months` 0 for a one-time price. */
export function priceFor(name: ProductName, currency: Currency, months: 0 | 1 | 12): PriceFact {
  const price = pricesByKey.get(`${name}/${currency}/${months}`);
  if (price === undefined) {
    throw new RangeError(`${name} has no price in ${currency} for ${months} months.`);
  }
  return price;
}
