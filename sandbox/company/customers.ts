/** Who the customers are and when they come: half of them early, ever more towards the present. */
import { nowSeconds, openingSeconds } from './calendar.ts';
import type { CustomerFact, World } from './facts.ts';
import { currencies, type Currency } from './money.ts';
import type { Random } from './random.ts';

const firstNames = ['Harbor', 'Granite', 'Cedar', 'Summit', 'Lakeside', 'Beacon', 'Orchard', 'Keystone', 'Prairie', 'Juniper', 'Foxglove', 'Sterling',
  'Willow', 'Monument', 'Riverbend', 'Ashford', 'Copper', 'Northgate', 'Bluebird', 'Ironwood', 'Larkspur', 'Quarry', 'Saddle', 'Thornbury'] as const;
const secondNames = ['Title', 'Escrow', 'Law', 'Conveyancing', 'Settlement', 'Abstract', 'Land', 'Closings', 'Deeds', 'Estates', 'Notary', 'Records'] as const;
const endings: Record<Currency, readonly string[]> = {
  usd: ['LLC', 'Inc.', 'PLLC', '& Sons'],
  eur: ['GmbH', 'B.V.', 'S.A.', 'SARL'],
  gbp: ['Ltd', 'LLP', '& Co'],
  jpy: ['K.K.', 'G.K.'],
  kwd: ['W.L.L.', 'Co.'],
};
const countries: Record<Currency, readonly string[]> = {
  usd: ['US'],
  eur: ['DE', 'NL', 'FR', 'IE'],
  gbp: ['GB'],
  jpy: ['JP'],
  kwd: ['KW'],
};
const currencyWeights = [62, 16, 12, 6, 4];

/** Makes a customer; `created` is when they signed up, shortly before their first subscription. */
export function addCustomer(world: World, random: Random, created: number, forced?: Currency): CustomerFact {
  const number = world.customers.length;
  const currency = forced ?? currencies[random.weighted(currencyWeights)] ?? 'usd';
  const first = random.pick(firstNames);
  const second = random.pick(secondNames);
  const country = random.pick(countries[currency]);
  const customer: CustomerFact = {
    number,
    created,
    currency,
    country,
    name: `${first} ${second} ${random.pick(endings[currency])}`,
    email: `billing+${number}@${first.toLowerCase()}-${second.toLowerCase()}.example`,
    taxRate: taxRateOf(random, country),
    paysByDebit: currency === 'eur' && random.chance(0.2),
    balance: 0,
    invoiceCount: 0,
    invoices: [],
    subscriptions: [],
  };
  world.customers.push(customer);
  return customer;
}

function taxRateOf(random: Random, country: string): number {
  if (country === 'US') {
    return random.chance(0.35) ? random.integer(0, 2) : -1;
  }
  if (country === 'GB') {
    return 3;
  }
  return country === 'DE' ? 4 : -1;
}

/**
 * The moment the customer number `position` of `count` signs up: a tenth opens with the company, the rest arrive at a slowly growing pace.
 */
export function arrivalOf(random: Random, position: number, count: number): number {
  const latest = nowSeconds - 6 * 3600;
  const share = (position + random.next()) / count;
  if (share < 0.1) {
    return openingSeconds + Math.floor(random.next() * 20 * 86_400);
  }
  const progress = ((share - 0.1) / 0.9) ** 0.8;
  return Math.floor(openingSeconds + 86_400 + progress * (latest - openingSeconds - 86_400));
}
