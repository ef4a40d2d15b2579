/** From charges to money: balance transactions with fees, refunds, disputes, Stripe's own fees, weekly payouts. */
import { companyMonths, daySeconds, hourSeconds, localDayOf, nowSeconds, openingSeconds } from './calendar.ts';
import type { ChargeFact, DisputeFact, PayoutFact, RefundFact, TransactionFact, TransactionType, World } from './facts.ts';
import { exponentOf, mulDiv, settlementCurrencyOf, shareOf, smallestCharge, type Currency } from './money.ts';
import { createRandom, type Random } from './random.ts';

const settlementCurrencies = ['usd', 'eur', 'gbp'] as const;
const disputeFees: Record<string, number> = { usd: 1500, eur: 2000, gbp: 2000 };
const disputeReasons = ['fraudulent', 'product_not_received', 'subscription_canceled', 'duplicate'] as const;

/** Gives every paid charge its balance transaction and some of them a refund or a dispute. */
export function settleCharges(world: World): void {
  let disputeCount = 0;
  const count = world.charges.length;
  for (let number = 0; number < count; number += 1) {
    const charge = world.charges[number];
    if (charge === undefined || !charge.isPaid) {
      continue;
    }
    settleCharge(world, charge);
    const random = createRandom(world.seed, 'aftermath', number);
    const draw = random.next();
    if (draw < 0.022) {
      refundCharge(world, charge, random);
    } else if (draw < 0.0265) {
      disputeCount += disputeCharge(world, charge, random, disputeCount) ? 1 : 0;
    }
  }
}

/** The balance transaction of one paid charge. */
export function settleCharge(world: World, charge: ChargeFact): TransactionFact {
  const type = charge.intent.customer.paysByDebit ? 'payment' : 'charge';
  const converted = convert(world, charge.amount, charge.currency, charge.created);
  const fee = feeOf(converted.currency, converted.amount, converted.rateTenMillionths > 0, type === 'payment');
  const transaction = addTransaction(world, type, charge, converted, fee, charge.created, availableAfter(charge.created, type === 'payment' ? 5 : 2));
  charge.transaction = transaction;
  return transaction;
}

interface Settled {
  amount: number;
  currency: Currency;
  rateTenMillionths: number;
}

/** Into the settlement currency, at the rate of the local day. The rate is stored per minor unit, as Stripe shows it. */
function convert(world: World, amount: number, currency: Currency, at: number): Settled {
  const settlement = settlementCurrencyOf(currency);
  if (settlement === currency) {
    return { amount, currency, rateTenMillionths: 0 };
  }
  const micros = world.rates.microsOn(currency, localDayOf(at));
  // Major to minor: × 100 cents ÷ 10^exponent; in ten-millionths that is exact for jpy and kwd alike.
  const rateTenMillionths = mulDiv(micros, 1_000, 10 ** exponentOf(currency));
  return { amount: mulDiv(amount, rateTenMillionths, 10_000_000), currency: settlement, rateTenMillionths };
}

function feeOf(currency: Currency, amount: number, isConverted: boolean, isDebit: boolean): number {
  if (isDebit) {
    return 35;
  }
  const perMille = currency === 'usd' ? 29 : 15;
  const fixed = currency === 'usd' ? 30 : currency === 'eur' ? 25 : 20;
  return mulDiv(amount, perMille, 1000) + fixed + (isConverted ? mulDiv(amount, 10, 1000) : 0);
}

/** Midnight UTC after so many business days. */
function availableAfter(created: number, businessDays: number): number {
  let day = Math.floor(created / daySeconds);
  for (let left = businessDays; left > 0; ) {
    day += 1;
    const weekday = (day + 4) % 7; // 1970-01-01 was a Thursday
    left -= weekday === 0 || weekday === 6 ? 0 : 1;
  }
  return day * daySeconds;
}

function addTransaction(
  world: World,
  type: TransactionType,
  source: TransactionFact['source'],
  settled: Settled,
  fee: number,
  created: number,
  availableOn: number,
): TransactionFact {
  const transaction: TransactionFact = {
    number: world.transactions.length,
    type,
    source,
    isReinstatement: false,
    amount: settled.amount,
    fee,
    currency: settled.currency,
    created,
    availableOn,
    rateTenMillionths: settled.rateTenMillionths,
    payout: -1,
    isLate: false,
    isForgotten: false,
  };
  world.transactions.push(transaction);
  return transaction;
}

function refundCharge(world: World, charge: ChargeFact, random: Random): void {
  const created = charge.created + Math.floor((0.2 + random.next() * 22) * daySeconds);
  const part = random.chance(0.45) ? random.integer(2, 7) : 10;
  const amount = shareOf(charge.currency, charge.amount, part, 10);
  if (created > nowSeconds - hourSeconds || amount < smallestCharge(charge.currency)) {
    return;
  }
  addRefund(world, charge, created, amount, random);
  const rest = charge.amount - amount;
  const second = created + random.integer(1, 9) * daySeconds + 4_000;
  if (part < 6 && random.chance(0.15) && second < nowSeconds - hourSeconds) {
    addRefund(world, charge, second, rest, random);
  }
}

export function addRefund(world: World, charge: ChargeFact, created: number, amount: number, random: Random): void {
  const settled = convert(world, amount, charge.currency, created);
  const type = charge.intent.customer.paysByDebit ? 'payment_refund' : 'refund';
  const transaction = addTransaction(world, type, null, { ...settled, amount: -settled.amount }, 0, created, Math.floor(created / daySeconds) * daySeconds + daySeconds);
  const refund: RefundFact = {
    number: world.refunds.length,
    charge,
    created,
    amount,
    reason: random.chance(0.2) ? 'duplicate' : 'requested_by_customer',
    transaction,
    creditNote: null,
  };
  transaction.source = refund;
  world.refunds.push(refund);
  charge.refunds = [...(charge.refunds ?? []), refund];
  const { invoice } = charge.intent;
  if (invoice !== null && invoice.creditNotes.length === 0 && invoice.startingBalance === 0 && random.chance(0.5)) {
    const tax = invoice.tax === 0 ? 0 : shareOf(charge.currency, amount, invoice.tax, invoice.total);
    const note = { number: world.creditNotes.length, invoice, created, total: amount, tax, refund, sequence: 1 };
    world.creditNotes.push(note);
    invoice.creditNotes.push(note);
    refund.creditNote = note;
  }
}

/** Every third dispute is lost, every third won, every third still open where that can be. */
export function disputeCharge(world: World, charge: ChargeFact, random: Random, position: number): boolean {
  const created = charge.created + Math.floor((6 + random.next() * 40) * daySeconds);
  const settled = charge.transaction;
  if (created > nowSeconds - hourSeconds || settled === null) {
    return false;
  }
  const amount = convert(world, charge.amount, charge.currency, created);
  const fee = disputeFees[amount.currency] ?? 0;
  const availableOn = Math.floor(created / daySeconds) * daySeconds + daySeconds;
  const withdrawal = addTransaction(world, 'adjustment', null, { ...amount, amount: -amount.amount }, fee, created + 1, availableOn);
  const closedAt = created + random.integer(25, 62) * daySeconds + 3_700;
  const isClosed = closedAt < nowSeconds;
  const fate = !isClosed ? 'open' : position % 2 === 0 ? 'lost' : 'won';
  const dispute: DisputeFact = {
    number: world.disputes.length,
    charge,
    created,
    amount: charge.amount,
    reason: random.pick(disputeReasons),
    withdrawal,
    reinstatement: null,
    fate,
    closedAt: isClosed ? closedAt : 0,
  };
  withdrawal.source = dispute;
  if (fate === 'won') {
    const back = { ...amount, amount: amount.amount };
    // In euro Stripe returns the dispute's fee with the money; elsewhere it keeps it.
    const feeBack = amount.currency === 'eur' ? -fee : 0;
    dispute.reinstatement = addTransaction(world, 'adjustment', dispute, back, feeBack, closedAt + 1, Math.floor(closedAt / daySeconds + 1) * daySeconds);
    dispute.reinstatement.isReinstatement = true;
  }
  world.disputes.push(dispute);
  charge.dispute = dispute;
  return true;
}

/** Stripe's fee for billing and tax software: monthly in dollars, now and then in the other settlement currencies. */
export function chargeStripeFees(world: World): void {
  const grossByMonth = new Map<string, number>();
  for (const transaction of world.transactions) {
    if (transaction.type === 'charge' || transaction.type === 'payment') {
      const key = `${transaction.currency}/${Math.floor(transaction.created / (30 * daySeconds))}`;
      grossByMonth.set(key, (grossByMonth.get(key) ?? 0) + transaction.amount);
    }
  }
  companyMonths.forEach((month, position) => {
    for (const currency of settlementCurrencies) {
      const at = month.start + 9 * hourSeconds;
      const isDue = position > 0 && (currency === 'usd' || position % 3 === 0);
      const gross = grossByMonth.get(`${currency}/${Math.floor(at / (30 * daySeconds)) - 1}`) ?? 0;
      if (isDue && gross > 0 && at < nowSeconds) {
        const amount = -(mulDiv(gross, 4, 1000) + 5);
        addTransaction(world, 'stripe_fee', null, { amount, currency, rateTenMillionths: 0 }, 0, at, at);
      }
    }
  });
}

/** Every Tuesday each settlement currency pays out what is available; one payout fails and its money goes out a week later. */
export function payOut(world: World): void {
  const firstTuesday = openingSeconds - (openingSeconds % daySeconds) + 4 * daySeconds + 7 * hourSeconds; // 2023-12-05
  for (const currency of settlementCurrencies) {
    const random = createRandom(world.seed, `payouts/${currency}`);
    const waiting = world.transactions
      .filter((transaction) => transaction.currency === currency && !transaction.isLate)
      .sort((a, b) => a.availableOn - b.availableOn || a.created - b.created || a.number - b.number);
    let next = 0;
    let week = 0;
    let held: TransactionFact[] = [];
    for (let at = firstTuesday; at <= nowSeconds; at += 7 * daySeconds) {
      for (; (waiting[next]?.availableOn ?? Infinity) <= at - hourSeconds; next += 1) {
        const transaction = waiting[next];
        if (transaction !== undefined) {
          held.push(transaction);
        }
      }
      week += 1;
      const paid = held;
      const payout = makePayout(world, currency, paid, at + random.integer(0, 900));
      if (payout === null) {
        continue;
      }
      held = [];
      if (currency === 'usd' && week === 61) {
        held.push(failPayout(world, payout));
      }
    }
  }
}

function makePayout(world: World, currency: Currency, paid: readonly TransactionFact[], created: number): PayoutFact | null {
  let amount = 0;
  for (const transaction of paid) {
    amount += transaction.amount - transaction.fee;
  }
  if (amount <= 0) {
    return null;
  }
  const transaction = addTransaction(world, 'payout', null, { amount: -amount, currency, rateTenMillionths: 0 }, 0, created, created);
  const payout: PayoutFact = {
    number: world.payouts.length,
    created,
    arrivesAt: Math.floor(created / daySeconds) * daySeconds + 2 * daySeconds,
    amount,
    currency,
    transaction,
    failure: null,
  };
  transaction.source = payout;
  transaction.payout = payout.number;
  for (const one of paid) {
    one.payout = payout.number;
  }
  world.payouts.push(payout);
  return payout;
}

/** The bank sends the money back three days later; the failure's own transaction is part of the next payout. */
function failPayout(world: World, payout: PayoutFact): TransactionFact {
  const at = payout.created + 3 * daySeconds + 5_000;
  const settled = { amount: payout.amount, currency: payout.currency, rateTenMillionths: 0 };
  const failure = addTransaction(world, 'payout_failure', payout, settled, 0, at, at);
  payout.failure = failure;
  return failure;
}
