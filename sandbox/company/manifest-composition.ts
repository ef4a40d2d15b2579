/** Puts the manifest of truth together from the generator's own facts. */
import type { Manifest, ManifestRevenueMonth } from '../manifest.ts';
import { collectionNames, type Population } from '../stripe/population.ts';
import type { BankStatements } from './bank-statements.ts';
import type { BreakPlan } from './breaks.ts';
import { billingMonthName, companyMonths, monthPositionOf, nowText, reportingTimeZone } from './calendar.ts';
import type { TransactionFact, World } from './facts.ts';
import { computeDeferral } from './deferral.ts';
import { computeMrr } from './mrr.ts';
import type { PartnerBook } from './partners.ts';
import { companyName } from './render/catalog-objects.ts';

export function composeManifest(world: World, population: Population, partnerBook: PartnerBook, plan: BreakPlan, bank: BankStatements): Manifest {
  const counts: Record<string, number> = {};
  for (const name of collectionNames) {
    counts[name] = population.collection(name).size;
  }
  return {
    size: world.size,
    seed: world.seed,
    now: nowText,
    reportingTimeZone,
    functionalCurrency: 'usd',
    gatewayAccountId: world.ids.accountId,
    companyName,
    billingMonth: billingMonthName,
    counts,
    mrr: computeMrr(world),
    revenue: computeRevenue(world),
    deferral: computeDeferral(world),
    partnerInvoices: partnerBook.invoices.filter((invoice) => invoice.month === billingMonthName),
    earlierPartnerInvoices: partnerBook.invoices.filter((invoice) => invoice.month !== billingMonthName),
    plantedBreaks: plan.breaks,
    bank: { fileName: bank.file.name, payoutsThatTie: bank.payoutsThatTie, breaks: bank.breaks },
    stripeBalance: computeBalance(world),
  };
}

function addToRevenue(row: ManifestRevenueMonth, transaction: TransactionFact): void {
  row.feesMinor += transaction.fee;
  switch (transaction.type) {
    case 'charge':
    case 'payment':
      row.grossMinor += transaction.amount;
      row.payments += 1;
      break;
    case 'refund':
    case 'payment_refund':
      row.refundsMinor -= transaction.amount;
      break;
    case 'stripe_fee':
      row.feesMinor -= transaction.amount;
      break;
    default:
  }
}

/** Cash view per month and settlement currency; payments planted after the refill are not in it. */
function computeRevenue(world: World): ManifestRevenueMonth[] {
  const rows = new Map<string, ManifestRevenueMonth>();
  for (const transaction of world.transactions) {
    const month = companyMonths[monthPositionOf(transaction.created)]?.name;
    if (month === undefined || transaction.isLate || transaction.type === 'payout' || transaction.type === 'payout_failure') {
      continue;
    }
    const key = `${month}/${transaction.currency}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { month, currency: transaction.currency, grossMinor: 0, feesMinor: 0, refundsMinor: 0, netMinor: 0, payments: 0 };
      rows.set(key, row);
    }
    addToRevenue(row, transaction);
  }
  const sorted = [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  for (const row of sorted) {
    row.netMinor = row.grossMinor - row.feesMinor - row.refundsMinor;
  }
  return sorted;
}

function computeBalance(world: World): Manifest['stripeBalance'] {
  const sums = new Map<string, { atCreationMinor: number; afterRefillMinor: number }>();
  for (const transaction of world.transactions) {
    const sum = sums.get(transaction.currency) ?? { atCreationMinor: 0, afterRefillMinor: 0 };
    const net = transaction.amount - transaction.fee;
    sum.atCreationMinor += transaction.isLate ? 0 : net;
    sum.afterRefillMinor += transaction.isForgotten ? 0 : net;
    sums.set(transaction.currency, sum);
  }
  return [...sums].map(([currency, sum]) => ({ currency, ...sum })).sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
