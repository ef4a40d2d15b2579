/** The six API partners: contracts, usage per key and day over all months, and what each month's invoice must say. */
import type { ManifestPartnerInvoice } from '../manifest.ts';
import { companyMonths, daySeconds, localDayOf, nowSeconds, startOfLocalDay, type LocalMonth } from './calendar.ts';
import type { World } from './facts.ts';
import { mulDiv } from './money.ts';
import { createRandom, type Random } from './random.ts';

export interface PartnerFact {
  id: string;
  contractId: string;
  name: string;
  legalName: string;
  email: string;
  street: string;
  city: string;
  postalCode: string;
  country: string;
  taxTreatment: 'standard' | 'reverse-charge' | 'outside-scope';
  /** Where the partner is registered for VAT. */
  vatId?: string;
  prefix: string;
  model: ManifestPartnerInvoice['pricingModel'];
  currency: 'usd' | 'eur';
  flatFee: number;
  /** Hundred-millionths of a major unit per deed, or per started 1,000 requests; 0 where the model has none. */
  deedPrice: number;
  blockPrice: number;
  taxBasisPoints: number;
  withholdingBasisPoints: number;
  paymentTermsDays: number;
}

export interface UsageRow {
  key: string;
  prefix: string;
  meter: 'deeds' | 'requests';
  quantity: number;
  occurredAt: number;
}

export interface PartnerBook {
  partners: readonly PartnerFact[];
  usage: readonly UsageRow[];
  invoices: readonly ManifestPartnerInvoice[];
}

type Terms = Omit<PartnerFact, 'id' | 'contractId'> & { deedsPerMonth: number; requestsPerMonth: number };

const terms: readonly Terms[] = [
  { name: 'Ashgrove Registry', legalName: 'Ashgrove Registry Services, S.L.', email: 'ap@ashgrove-registry.example', street: 'Calle de Alcalá 48', city: 'Madrid', postalCode: '28014', country: 'ES', taxTreatment: 'standard', vatId: 'ESB85201473', prefix: 'dp_pk_AGR', model: 'flat', currency: 'usd',
    flatFee: 139_350, deedPrice: 0, blockPrice: 0, taxBasisPoints: 2_100, withholdingBasisPoints: 1_500, paymentTermsDays: 30, deedsPerMonth: 120, requestsPerMonth: 4_000 },
  { name: 'Countywide Abstract', legalName: 'Countywide Abstract Network, Inc.', email: 'billing@countywide-abstract.example', street: '410 Market Street', city: 'Harrisburg, PA', postalCode: '17101', country: 'US', taxTreatment: 'outside-scope', prefix: 'dp_pk_CAN', model: 'per_deed', currency: 'usd',
    flatFee: 0, deedPrice: 375_000_000, blockPrice: 0, taxBasisPoints: 0, withholdingBasisPoints: 0, paymentTermsDays: 30, deedsPerMonth: 640, requestsPerMonth: 2_000 },
  { name: 'Ledgerline Lending', legalName: 'Ledgerline Lending LLC', email: 'payables@ledgerline.example', street: '1200 Congress Avenue', city: 'Austin, TX', postalCode: '78701', country: 'US', taxTreatment: 'standard', prefix: 'dp_pk_LLL', model: 'hybrid', currency: 'usd',
    flatFee: 50_000, deedPrice: 112_500_000, blockPrice: 0, taxBasisPoints: 825, withholdingBasisPoints: 0, paymentTermsDays: 45, deedsPerMonth: 371, requestsPerMonth: 900 },
  { name: 'Parcelgraph Data', legalName: 'Parcelgraph Data, Inc.', email: 'finance@parcelgraph.example', street: '77 Water Street', city: 'New York, NY', postalCode: '10005', country: 'US', taxTreatment: 'outside-scope', prefix: 'dp_pk_PGD', model: 'per_request', currency: 'usd',
    flatFee: 0, deedPrice: 0, blockPrice: 237_500_000, taxBasisPoints: 0, withholdingBasisPoints: 0, paymentTermsDays: 30, deedsPerMonth: 0, requestsPerMonth: 48_000 },
  { name: 'Kadaster Koppeling', legalName: 'Kadaster Koppeling B.V.', email: 'crediteuren@kadaster-koppeling.example', street: 'Hofplein 20', city: 'Rotterdam', postalCode: '3032 AC', country: 'NL', taxTreatment: 'reverse-charge', vatId: 'NL852014107B01', prefix: 'dp_pk_KKB', model: 'per_deed', currency: 'eur',
    flatFee: 0, deedPrice: 290_500_000, blockPrice: 0, taxBasisPoints: 0, withholdingBasisPoints: 0, paymentTermsDays: 14, deedsPerMonth: 411, requestsPerMonth: 0 },
  { name: 'Titlesure', legalName: 'Titlesure Insurance Group', email: 'ap@titlesure.example', street: '300 Walnut Street', city: 'Philadelphia, PA', postalCode: '19106', country: 'US', taxTreatment: 'standard', prefix: 'dp_pk_TSG', model: 'per_request', currency: 'usd',
    flatFee: 0, deedPrice: 0, blockPrice: 150_000_000, taxBasisPoints: 700, withholdingBasisPoints: 0, paymentTermsDays: 30, deedsPerMonth: 15, requestsPerMonth: 7_500 },
];

/** Requests of these months are laid exactly on, before and after the borders of the blocks of 1,000. */
const exactRequests: Record<string, Record<string, number>> = {
  dp_pk_TSG: { '2024-01': 0, '2024-02': 1, '2024-03': 1_000, '2024-04': 1_001, '2024-05': 999, '2026-10': 9_000 },
  dp_pk_PGD: { '2024-06': 20_000, '2024-07': 20_001, '2026-10': 61_001 },
};

/** Partners, their usage and their expected invoices, from the seed alone. */
export function createPartnerBook(world: World): PartnerBook {
  const partners = terms.map((one): PartnerFact => {
    const { deedsPerMonth: _deeds, requestsPerMonth: _requests, ...rest } = one;
    return { ...rest, id: world.ids.uuidOf(`partner/${one.prefix}`), contractId: world.ids.uuidOf(`contract/${one.prefix}`) };
  });
  const usage: UsageRow[] = [];
  const invoices: ManifestPartnerInvoice[] = [];
  terms.forEach((one, position) => {
    const partner = partners[position];
    if (partner === undefined) {
      return;
    }
    const random = createRandom(world.seed, `usage/${one.prefix}`);
    for (const month of companyMonths) {
      const deeds = useMonth(usage, random, one, month, 'deeds', monthTotal(random, one.deedsPerMonth, month, undefined));
      const exact = exactRequests[one.prefix]?.[month.name];
      const requests = useMonth(usage, random, one, month, 'requests', monthTotal(random, one.requestsPerMonth, month, exact));
      if (month.end <= nowSeconds) {
        invoices.push(invoiceFor(partner, month.name, deeds, requests));
      }
    }
  });
  usage.sort((a, b) => a.occurredAt - b.occurredAt || (a.key < b.key ? -1 : 1));
  return { partners, usage, invoices };
}

function monthTotal(random: Random, usual: number, month: LocalMonth, exact: number | undefined): number {
  const drawn = usual === 0 ? 0 : mulDiv(usual, 700 + random.integer(0, 600), 1_000);
  if (exact !== undefined) {
    return exact;
  }
  const isRunning = month.end > nowSeconds;
  return isRunning ? mulDiv(drawn, 17, 30) : drawn;
}

/** Spreads a month's total over its days. The first row falls on the month's first second, the last one on its last. */
function useMonth(usage: UsageRow[], random: Random, one: Terms, month: LocalMonth, meter: UsageRow['meter'], total: number): number {
  if (total === 0) {
    return 0;
  }
  const lastDay = month.end > nowSeconds ? localDayOf(nowSeconds) - 1 : localDayOf(month.end - 1);
  const days: { day: number; weight: number }[] = [];
  for (let day = month.firstDay; day <= lastDay; day += 1) {
    days.push({ day, weight: (day % 7 === 0 || day % 7 === 6 ? 2 : 10) + random.integer(0, 5) });
  }
  const weightSum = days.reduce((sum, { weight }) => sum + weight, 0);
  let passed = 0;
  let used = 0;
  for (const { day, weight } of days) {
    passed += weight;
    const until = Math.floor((total * passed) / weightSum);
    const quantity = until - used;
    used = until;
    if (quantity > 0) {
      useDay(usage, random, one, month, meter, day, lastDay, quantity);
    }
  }
  return used;
}

function useDay(
  usage: UsageRow[],
  random: Random,
  one: Terms,
  month: LocalMonth,
  meter: UsageRow['meter'],
  day: number,
  lastDay: number,
  quantity: number,
): void {
  const start = startOfLocalDay(day);
  const isFirst = day === month.firstDay;
  const isLast = day === lastDay;
  const parts = quantity >= 2 && (isFirst || isLast || random.chance(0.15)) ? 2 : 1;
  const firstPart = parts === 1 ? quantity : Math.max(1, mulDiv(quantity, random.integer(2, 8), 10) - 1);
  const moments = [start + random.integer(7 * 3_600, 12 * 3_600), start + random.integer(13 * 3_600, 21 * 3_600)];
  if (isFirst) {
    moments[0] = start;
  }
  if (isLast) {
    moments[parts - 1] = startOfLocalDay(day + 1) - 1;
  }
  const quantities = parts === 1 ? [quantity] : [firstPart, quantity - firstPart];
  quantities.forEach((part, position) => {
    const key = `${one.prefix}/${meter}/${Math.floor(start / daySeconds)}/${position + 1}`;
    usage.push({ key, prefix: one.prefix, meter, quantity: part, occurredAt: moments[position] ?? start });
  });
}

/** figures.md: one rounding per line, tax and withholding once on the subtotal. */
function invoiceFor(partner: PartnerFact, month: string, deeds: number, requests: number): ManifestPartnerInvoice {
  // Hundred-millionths of a major unit to minor units: both currencies have two decimals.
  const atPrice = (quantity: number, price: number): number => mulDiv(quantity, price * 100, 100_000_000);
  const usesDeeds = partner.model === 'per_deed' || partner.model === 'hybrid';
  let subtotal = 0;
  if (partner.model === 'flat' || partner.model === 'hybrid') {
    subtotal += partner.flatFee;
  }
  if (usesDeeds) {
    subtotal += atPrice(deeds, partner.deedPrice);
  }
  if (partner.model === 'per_request') {
    subtotal += atPrice(Math.ceil(requests / 1_000), partner.blockPrice);
  }
  const tax = mulDiv(subtotal, partner.taxBasisPoints, 10_000);
  const withholding = mulDiv(subtotal, partner.withholdingBasisPoints, 10_000);
  return {
    partnerId: partner.id,
    contractId: partner.contractId,
    apiKeyPrefix: partner.prefix,
    month,
    pricingModel: partner.model,
    currency: partner.currency,
    units: usesDeeds ? deeds : partner.model === 'per_request' ? requests : 0,
    subtotalMinor: subtotal,
    taxMinor: tax,
    totalMinor: subtotal + tax,
    withholdingMinor: withholding,
    dueMinor: subtotal + tax - withholding,
    invoiceNumber: `API-${month.replace('-', '')}-${partner.prefix}`,
  };
}
