/** The known list of discrepancies: which payment, in which store, of which kind. Each touches one payment only. */
import type { BreakReason, PlantedBreak } from '../manifest.ts';
import { addLonePayment } from './billing.ts';
import { daySeconds, localDayOf, monthPositionOf, nowSeconds } from './calendar.ts';
import { filingNames, priceFor } from './catalog.ts';
import type { ChargeFact, TransactionFact, World } from './facts.ts';
import type { Currency } from './money.ts';
import { createRandom, type Random } from './random.ts';
import { sourceIdOf } from './render/balance-objects.ts';
import { addRefund, disputeCharge, settleCharge } from './settlement.ts';

/** What is done to the company's row of one balance transaction. */
export type RowEdit =
  | { edit: 'omit' }
  | { edit: 'amount'; amount: number }
  | { edit: 'fee'; fee: number }
  | { edit: 'currency'; currency: string }
  | { edit: 'status'; status: string }
  | { edit: 'repeat'; afterSeconds: number }
  | { edit: 'move'; bySeconds: number }
  | { edit: 'rename'; paymentId: string };

/** A row of a payment Stripe never heard of. */
export interface StrayRow {
  paymentId: string;
  transactionId: string | null;
  customer: number;
  amount: number;
  fee: number;
  currency: string;
  created: number;
}

export interface BreakPlan {
  breaks: PlantedBreak[];
  /** By the number of the balance transaction. */
  edits: Map<number, RowEdit>;
  strays: StrayRow[];
}

type When = 'day' | 'week' | 'old';
interface Wish {
  reason: BreakReason;
  subject: 'payment' | 'refund' | 'dispute';
  currency: Currency;
  when: When;
}

const wishes: readonly Wish[] = [
  { reason: 'missing-in-ledger', subject: 'payment', currency: 'usd', when: 'old' },
  { reason: 'missing-in-ledger', subject: 'payment', currency: 'eur', when: 'old' },
  { reason: 'missing-in-payment-history', subject: 'payment', currency: 'usd', when: 'day' },
  { reason: 'missing-in-payment-history', subject: 'refund', currency: 'usd', when: 'old' },
  { reason: 'missing-at-stripe', subject: 'payment', currency: 'usd', when: 'day' },
  { reason: 'amount-differs', subject: 'payment', currency: 'eur', when: 'old' },
  { reason: 'amount-differs', subject: 'payment', currency: 'usd', when: 'week' },
  { reason: 'fee-differs', subject: 'payment', currency: 'gbp', when: 'old' },
  { reason: 'currency-differs', subject: 'payment', currency: 'usd', when: 'old' },
  { reason: 'status-differs', subject: 'payment', currency: 'usd', when: 'week' },
  { reason: 'duplicate-in-payment-history', subject: 'payment', currency: 'usd', when: 'week' },
  { reason: 'timing', subject: 'payment', currency: 'usd', when: 'old' },
  { reason: 'exchange-rate-differs', subject: 'payment', currency: 'usd', when: 'old' },
  { reason: 'period-cut-off', subject: 'payment', currency: 'usd', when: 'old' },
  { reason: 'orphan-refund', subject: 'refund', currency: 'usd', when: 'old' },
  { reason: 'dispute-without-write-off', subject: 'dispute', currency: 'usd', when: 'old' },
  // From medium on:
  { reason: 'missing-in-ledger', subject: 'payment', currency: 'gbp', when: 'old' },
  { reason: 'missing-in-ledger', subject: 'payment', currency: 'jpy', when: 'old' },
  { reason: 'missing-in-payment-history', subject: 'payment', currency: 'gbp', when: 'week' },
  { reason: 'missing-in-payment-history', subject: 'dispute', currency: 'usd', when: 'old' },
  { reason: 'missing-at-stripe', subject: 'payment', currency: 'eur', when: 'old' },
  { reason: 'missing-at-stripe', subject: 'payment', currency: 'gbp', when: 'week' },
  { reason: 'amount-differs', subject: 'refund', currency: 'usd', when: 'old' },
  { reason: 'fee-differs', subject: 'payment', currency: 'eur', when: 'day' },
  { reason: 'duplicate-in-payment-history', subject: 'refund', currency: 'eur', when: 'old' },
  { reason: 'timing', subject: 'payment', currency: 'gbp', when: 'old' },
  { reason: 'status-differs', subject: 'refund', currency: 'usd', when: 'old' },
  { reason: 'exchange-rate-differs', subject: 'payment', currency: 'usd', when: 'old' },
  { reason: 'period-cut-off', subject: 'payment', currency: 'eur', when: 'old' },
  { reason: 'orphan-refund', subject: 'refund', currency: 'eur', when: 'old' },
  { reason: 'id-differs', subject: 'payment', currency: 'usd', when: 'week' },
  { reason: 'id-differs', subject: 'refund', currency: 'usd', when: 'old' },
];
const wishesInSmall = 16;
/** Far beyond any real fact: ids for payments Stripe does not know. */
const strayNumbers = 900_000_000;
const renamedNumbers = 950_000_000;

interface Planting {
  world: World;
  random: Random;
  plan: BreakPlan;
  touchedCharges: Set<number>;
}

/** Chooses the payments to break; payments planted after the refill are added to the world as late ones. */
export function plantBreaks(world: World): BreakPlan {
  const planting: Planting = {
    world,
    random: createRandom(world.seed, 'breaks'),
    plan: { breaks: [], edits: new Map(), strays: [] },
    touchedCharges: new Set(),
  };
  const list = world.size === 'small' ? wishes.slice(0, wishesInSmall) : wishes;
  const settled = world.transactions.slice();
  for (const wish of list) {
    if (wish.reason === 'missing-in-ledger') {
      plantLatePayment(planting, wish);
    } else if (wish.reason === 'missing-at-stripe') {
      plantStray(planting, wish);
    } else if (wish.reason === 'orphan-refund' || wish.reason === 'dispute-without-write-off') {
      plantWithoutPayment(planting, wish);
    } else if (wish.reason === 'exchange-rate-differs') {
      misstateRate(planting, wish, choose(planting, settled, wish));
    } else {
      editRow(planting, wish, choose(planting, settled, wish));
    }
  }
  return planting.plan;
}

function chargeOf(transaction: TransactionFact): ChargeFact | null {
  const { source } = transaction;
  if (source === null) {
    return null;
  }
  if ('charge' in source) {
    return source.charge;
  }
  return 'intent' in source ? source : null;
}

function isSubject(transaction: TransactionFact, subject: Wish['subject']): boolean {
  switch (transaction.type) {
    case 'charge':
    case 'payment':
      return subject === 'payment';
    case 'refund':
    case 'payment_refund':
      return subject === 'refund';
    case 'adjustment':
      return subject === 'dispute' && !transaction.isReinstatement;
    default:
      return false;
  }
}

function choose(planting: Planting, settled: readonly TransactionFact[], wish: Wish): TransactionFact {
  const fits = (transaction: TransactionFact, when: When | null): boolean => {
    const charge = chargeOf(transaction);
    if (charge === null || !isSubject(transaction, wish.subject) || planting.touchedCharges.has(charge.number)) {
      return false;
    }
    if (wish.subject === 'payment' && (charge.refunds !== null || charge.dispute !== null)) {
      return false;
    }
    if (!suits(wish.reason, transaction)) {
      return false;
    }
    const age = nowSeconds - transaction.created;
    const isTimely =
      when === 'day' ? age < daySeconds : when === 'week' ? age < 7 * daySeconds && age >= daySeconds : age > 12 * daySeconds;
    return when === null || isTimely;
  };
  // A small company has few refunds in a given currency: the wish for the currency goes first, then the one for the time.
  const attempts = [
    settled.filter((one) => one.currency === wish.currency && fits(one, wish.when)),
    settled.filter((one) => fits(one, wish.when)),
    settled.filter((one) => fits(one, null)),
  ];
  const candidates = attempts.find((list) => list.length > 0) ?? [];
  const chosen = planting.random.pick(candidates);
  const charge = chargeOf(chosen);
  if (charge !== null) {
    planting.touchedCharges.add(charge.number);
  }
  return chosen;
}

/** What a reason needs of a transaction, so that it is that reason and no other. */
function suits(reason: BreakReason, { created, rateTenMillionths, amount }: TransactionFact): boolean {
  switch (reason) {
    case 'exchange-rate-differs':
      return rateTenMillionths > 0 && amount > 1_000;
    case 'period-cut-off': {
      const next = created + daySeconds;
      return next < nowSeconds && monthPositionOf(next) !== monthPositionOf(created) && localDayOf(next) - localDayOf(created) === 1;
    }
    case 'timing':
      return monthPositionOf(created - 4 * daySeconds) === monthPositionOf(created);
    default:
      return true;
  }
}

/** A refund or a lost dispute of a payment that neither Stripe nor the company has any more, older than any event. */
function plantWithoutPayment(planting: Planting, wish: Wish): void {
  const { world, random, plan, touchedCharges } = planting;
  const created = nowSeconds - random.integer(150, 400) * daySeconds;
  const customers = world.customers.filter((one) => one.currency === wish.currency && one.created < created - daySeconds && !one.paysByDebit);
  const charge = addLonePayment(world, random.pick(customers), created, priceFor(random.pick(filingNames), wish.currency, 0).unitAmount * random.integer(1, 4));
  const payment = settleCharge(world, charge);
  payment.isLate = true;
  payment.isForgotten = true;
  plan.edits.set(payment.number, { edit: 'omit' });
  touchedCharges.add(charge.number);
  if (wish.subject === 'refund') {
    addRefund(world, charge, created + random.integer(2, 20) * daySeconds, charge.amount, random);
  } else {
    disputeCharge(world, charge, random, 0);
  }
  const transaction = world.transactions.at(-1);
  if (transaction !== undefined) {
    noteLedgerBreak(planting, wish, transaction);
  }
}

/** Stripe says another rate than the one its own amounts, and so the books, came from. */
function misstateRate(planting: Planting, wish: Wish, transaction: TransactionFact): void {
  transaction.rateTenMillionths += Math.floor((transaction.rateTenMillionths * planting.random.integer(2, 9)) / 100);
  noteLedgerBreak(planting, wish, transaction);
}

/** The company's record is right; it is the books that Stripe differs from. */
function noteLedgerBreak({ world, plan }: Planting, wish: Wish, transaction: TransactionFact): void {
  plan.breaks.push({
    reason: wish.reason,
    objectId: sourceIdOf(world, transaction) ?? '',
    balanceTransactionId: world.ids.idOf('transaction', transaction.number),
    store: 'stripe',
    plantedAfter: 'creation',
    currency: transaction.currency,
    stripeAmountMinor: transaction.amount,
    otherAmountMinor: transaction.amount,
    stripeFeeMinor: transaction.fee,
    otherFeeMinor: transaction.fee,
  });
}

/** The payments planted after the refill lie between 5 and 20 days back: older than any overlap, newer than a month. */
function plantLatePayment(planting: Planting, wish: Wish): void {
  const { world, random, plan } = planting;
  const customers = world.customers.filter(
    (customer) => customer.currency === wish.currency && customer.created < nowSeconds - 30 * daySeconds && !customer.paysByDebit,
  );
  const customer = random.pick(customers);
  const created = nowSeconds - Math.floor((5.5 + random.next() * 14) * daySeconds);
  const price = priceFor(random.pick(filingNames), customer.currency, 0);
  const charge = addLonePayment(world, customer, created, price.unitAmount * random.integer(1, 4));
  const transaction = settleCharge(world, charge);
  transaction.isLate = true;
  plan.breaks.push({
    reason: wish.reason,
    objectId: world.ids.idOf('charge', charge.number),
    balanceTransactionId: world.ids.idOf('transaction', transaction.number),
    store: 'stripe',
    plantedAfter: 'refill',
    currency: transaction.currency,
    stripeAmountMinor: transaction.amount,
    otherAmountMinor: null,
    stripeFeeMinor: transaction.fee,
    otherFeeMinor: null,
  });
}

function plantStray(planting: Planting, wish: Wish): void {
  const { world, random, plan } = planting;
  const position = plan.strays.length;
  const customer = random.pick(world.customers.filter((one) => one.currency === wish.currency));
  const ages: Record<When, number> = { day: random.integer(3_000, 70_000), week: random.integer(2, 6) * daySeconds, old: random.integer(40, 700) * daySeconds };
  const age = Math.min(ages[wish.when], nowSeconds - customer.created - 600);
  let amount = priceFor(random.pick(filingNames), wish.currency, 0).unitAmount * random.integer(1, 3);
  // Beside a payment that is missing it would by its nature be that payment under another id, and not two breaks.
  while (plan.breaks.some((one) => one.reason === 'missing-in-payment-history' && one.currency === wish.currency && one.stripeAmountMinor === amount)) {
    amount += 100;
  }
  const stray: StrayRow = {
    paymentId: world.ids.idOf('charge', strayNumbers + position),
    transactionId: position % 2 === 0 ? world.ids.idOf('transaction', strayNumbers + position) : null,
    customer: customer.number,
    amount,
    fee: 30 + Math.floor((amount * 29) / 1000),
    currency: wish.currency,
    created: nowSeconds - age,
  };
  plan.strays.push(stray);
  plan.breaks.push({
    reason: wish.reason,
    objectId: stray.paymentId,
    balanceTransactionId: null,
    store: 'payment_history',
    plantedAfter: 'creation',
    currency: stray.currency,
    stripeAmountMinor: null,
    otherAmountMinor: amount,
    stripeFeeMinor: null,
    otherFeeMinor: stray.fee,
  });
}

function editFor(reason: BreakReason, transaction: TransactionFact, random: Random, ids: World['ids']): RowEdit {
  switch (reason) {
    case 'missing-in-payment-history':
      return { edit: 'omit' };
    case 'amount-differs': {
      const step = random.integer(1, 9) * 100 + random.integer(1, 99);
      return { edit: 'amount', amount: transaction.amount < 0 ? transaction.amount - step : transaction.amount + step };
    }
    case 'fee-differs':
      return { edit: 'fee', fee: transaction.fee + random.integer(5, 60) };
    case 'currency-differs':
      return { edit: 'currency', currency: transaction.currency === 'usd' ? 'eur' : 'usd' };
    case 'status-differs':
      return { edit: 'status', status: 'pending' };
    case 'duplicate-in-payment-history':
      return { edit: 'repeat', afterSeconds: 37 };
    case 'timing':
      return { edit: 'move', bySeconds: -4 * daySeconds };
    case 'period-cut-off':
      return { edit: 'move', bySeconds: daySeconds };
    case 'id-differs':
      return { edit: 'rename', paymentId: ids.idOf('charge', renamedNumbers + transaction.number) };
    default:
      throw new Error(`${reason} is not an edit of a row.`);
  }
}

function editRow(planting: Planting, wish: Wish, transaction: TransactionFact): void {
  const { world, random, plan } = planting;
  const edit = editFor(wish.reason, transaction, random, world.ids);
  plan.edits.set(transaction.number, edit);
  const isMissing = edit.edit === 'omit';
  plan.breaks.push({
    reason: wish.reason,
    objectId: sourceIdOf(world, transaction) ?? '',
    balanceTransactionId: world.ids.idOf('transaction', transaction.number),
    store: 'payment_history',
    plantedAfter: 'creation',
    currency: transaction.currency,
    stripeAmountMinor: transaction.amount,
    otherAmountMinor: isMissing ? null : edit.edit === 'amount' ? edit.amount : transaction.amount,
    stripeFeeMinor: transaction.fee,
    otherFeeMinor: isMissing ? null : edit.edit === 'fee' ? edit.fee : transaction.fee,
  });
}
