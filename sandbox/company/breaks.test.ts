import { describe, expect, it } from 'vitest';
import type { BreakReason, PlantedBreak } from '../manifest.ts';
import type { StripeObject } from '../stripe/population.ts';
import { localDayOf, monthPositionOf, nowSeconds } from './calendar.ts';
import { createCompany, type Company } from './company.ts';
import { paymentRows, type PaymentRow } from './payment-history.ts';
import { everyObject } from './testing/rebuild-mrr.ts';

const reasons: readonly BreakReason[] = ['missing-in-ledger', 'missing-in-payment-history', 'missing-at-stripe', 'amount-differs', 'fee-differs', 'currency-differs',
  'status-differs', 'duplicate-in-payment-history', 'timing', 'exchange-rate-differs', 'period-cut-off', 'orphan-refund', 'dispute-without-write-off'];
const comparedTypes = ['charge', 'payment', 'refund', 'payment_refund', 'adjustment'];
const cases = [
  { size: 'small', seed: 1, count: 16 },
  { size: 'small', seed: 2, count: 16 },
  { size: 'medium', seed: 1, count: 32 },
  { size: 'medium', seed: 2, count: 32 },
] as const;

/** A plain reconciliation of Stripe (with what is inserted after the refill) against the company's rows, by figures.md. */
function reconcile(company: Company, history: readonly PaymentRow[]): { reason: BreakReason; objectId: string }[] {
  const late = company.breaksAfterRefill().flatMap(({ collection, object }) => (collection === 'balance_transactions' ? [object] : []));
  const transactions = [...everyObject(company.population, 'balance_transactions'), ...late].filter((one) => comparedTypes.includes(one.type as string));
  const rows = history.filter((row) => row.status !== 'failed');
  const byTransaction = new Map<string, PaymentRow[]>();
  for (const row of rows) {
    byTransaction.set(row.transactionId ?? '', [...(byTransaction.get(row.transactionId ?? '') ?? []), row]);
  }
  const found: { reason: BreakReason; objectId: string }[] = [];
  const lateIds = new Set(late.map((one) => one.id));
  const matched = new Set<PaymentRow>();
  for (const transaction of transactions) {
    const objectId = transaction.source as string;
    const own = byTransaction.get(transaction.id) ?? [];
    own.forEach((row) => matched.add(row));
    const differences = own.length === 0 ? (['missing-in-payment-history'] as const) : compare(transaction, own);
    found.push(...differences.map((reason) => ({ reason, objectId })));
    if (lateIds.has(transaction.id)) {
      found.push({ reason: 'missing-in-ledger', objectId });
    } else {
      found.push(...againstBooks(company, transaction).map((reason) => ({ reason, objectId })));
    }
  }
  for (const row of rows) {
    if (!matched.has(row)) {
      found.push({ reason: 'missing-at-stripe', objectId: row.paymentId });
    }
  }
  return asPairs(found, transactions, rows);
}

/** What is missing on both sides and was written at the same second about the same money is one, under another id. */
function asPairs(found: readonly { reason: BreakReason; objectId: string }[], transactions: readonly StripeObject[], rows: readonly PaymentRow[]): { reason: BreakReason; objectId: string }[] {
  const gone = new Set<string>();
  const pairs = found.filter(({ reason }) => reason === 'missing-in-payment-history').flatMap(({ objectId }) => {
    const transaction = transactions.find((one) => one.source === objectId);
    const row = rows.find((one) => found.some((other) => other.reason === 'missing-at-stripe' && other.objectId === one.paymentId) && one.created === transaction?.created && one.amount === transaction.amount && one.currency === transaction.currency);
    if (row === undefined) {
      return [];
    }
    gone.add(`missing-in-payment-history ${objectId}`).add(`missing-at-stripe ${row.paymentId}`);
    return [{ reason: 'id-differs' as const, objectId }];
  });
  return [...found.filter(({ reason, objectId }) => !gone.has(`${reason} ${objectId}`)), ...pairs];
}

/** What the books, which are made from Stripe's own amounts, cannot agree with. */
function againstBooks({ population }: Company, transaction: StripeObject): BreakReason[] {
  const sourceId = transaction.source as string;
  const chargeOf = (name: 'refunds' | 'disputes'): string => population.collection(name).render(population.collection(name).indexOf(sourceId)).charge as string;
  const isThere = (chargeId: string): boolean => population.collection('charges').indexOf(chargeId) >= 0;
  if (transaction.type === 'refund' || transaction.type === 'payment_refund') {
    return isThere(chargeOf('refunds')) ? [] : ['orphan-refund'];
  }
  if (transaction.type === 'adjustment') {
    return isThere(chargeOf('disputes')) ? [] : ['dispute-without-write-off'];
  }
  if (transaction.exchange_rate === null) {
    return [];
  }
  const charges = population.collection('charges');
  const seen = charges.render(charges.indexOf(sourceId)).amount as number;
  return Math.abs(seen * (transaction.exchange_rate as number) - (transaction.amount as number)) > 1 ? ['exchange-rate-differs'] : [];
}

function expectedStatus(transaction: StripeObject): string {
  if (transaction.type !== 'adjustment') {
    return 'succeeded';
  }
  return transaction.reporting_category === 'dispute' ? 'disputed' : 'reversed';
}

function compare(transaction: StripeObject, own: readonly PaymentRow[]): BreakReason[] {
  const [row] = own;
  if (row === undefined) {
    return [];
  }
  const found: BreakReason[] = [];
  const differs = (isDifferent: boolean, reason: BreakReason): void => {
    if (isDifferent) {
      found.push(reason);
    }
  };
  differs(row.amount !== transaction.amount, 'amount-differs');
  differs(row.fee !== transaction.fee, 'fee-differs');
  differs(row.currency !== transaction.currency, 'currency-differs');
  differs(row.status !== expectedStatus(transaction), 'status-differs');
  differs(own.length > 1, 'duplicate-in-payment-history');
  const isOtherMonth = monthPositionOf(row.created) !== monthPositionOf(transaction.created as number);
  differs(isOtherMonth, 'period-cut-off');
  differs(!isOtherMonth && Math.abs(localDayOf(row.created) - localDayOf(transaction.created as number)) > 1, 'timing');
  return found;
}

function inOrder(list: readonly { reason: BreakReason; objectId: string }[]): string[] {
  return list.map(({ reason, objectId }) => `${reason} ${objectId}`).sort();
}

describe.each(cases)('the breaks of the $size company, seed $seed', ({ size, seed, count }) => {
  const company = createCompany({ size, seed });
  const { plantedBreaks } = company.manifest;
  const history = [...paymentRows(company.world, company.breakPlan)];

  it('are exactly what a plain comparison of the stores finds', () => {
    expect(inOrder(reconcile(company, history))).toEqual(inOrder(plantedBreaks));
  });

  it('have every reason, each on a payment of its own', () => {
    expect(plantedBreaks).toHaveLength(count);
    expect(new Set(plantedBreaks.map((one) => one.reason))).toEqual(new Set(size === 'small' ? reasons : [...reasons, 'id-differs']));
    expect(new Set(plantedBreaks.map((one) => one.objectId)).size).toBe(count);
  });

  it('lie in several currencies, the last 24 hours, this week and the years before', () => {
    const days = plantedBreaks.map((one) => (nowSeconds - momentOf(company, history, one)) / 86_400);
    expect(new Set(plantedBreaks.map((one) => one.currency)).size).toBeGreaterThanOrEqual(3);
    expect(days.filter((day) => day < 1).length).toBeGreaterThanOrEqual(2);
    expect(days.filter((day) => day >= 1 && day < 7).length).toBeGreaterThanOrEqual(2);
    expect(days.filter((day) => day > 60).length).toBeGreaterThanOrEqual(3);
  });

  it('keep what is planted after the refill out of Stripe at first, between 5 and 20 days back and without an event', () => {
    const late = company.breaksAfterRefill();
    const lateBreaks = plantedBreaks.filter((one) => one.plantedAfter === 'refill');
    expect(late).toHaveLength(3 * lateBreaks.length);
    const events = JSON.stringify(everyObject(company.population, 'events'));
    for (const { collection, object } of late) {
      expect(company.population.collection(collection).indexOf(object.id)).toBe(-1);
      expect(events).not.toContain(object.id);
      const age = (nowSeconds - (object.created as number)) / 86_400;
      expect(age > 5 && age < 20).toBe(true);
    }
    for (const { currency, atCreationMinor, afterRefillMinor } of company.manifest.stripeBalance) {
      const nets = late.flatMap(({ collection, object }) => (collection === 'balance_transactions' && object.currency === currency ? [object.net as number] : []));
      expect(afterRefillMinor - atCreationMinor).toBe(nets.reduce((total, net) => total + net, 0));
    }
  });
});

function momentOf(company: Company, history: readonly PaymentRow[], planted: PlantedBreak): number {
  const row = history.find((one) => one.paymentId === planted.objectId);
  if (row !== undefined) {
    return row.created;
  }
  const transactions = company.population.collection('balance_transactions');
  return transactions.createdAt(transactions.indexOf(planted.balanceTransactionId ?? ''));
}
