/**
 * A random small company's life at Stripe, as a list of what changed when: invoices, payments whole and in parts, refunds, credit notes, disputes,
 * voids, customer balances, several currencies. Written without the product's rules, so that what the books must come to is known from outside.
 */
import { createRandom, type Random } from '../../../sandbox/company/random.ts';
import type { GatewayList } from '../intake/stripe-sync.ports.ts';

type Fields = Record<string, unknown>;
export type HistoryObject = Fields & { readonly id: string; readonly object: string; readonly created: number };

/** One state of one object, from a moment on. */
export interface Version {
  readonly at: number;
  /** `customer_balance`: in the list of its customer. */
  readonly list: GatewayList | 'customer_balance';
  readonly object: HistoryObject;
}

export interface HistoryEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly object: HistoryObject;
}

export interface History {
  readonly seed: number;
  /** In the order of time. */
  readonly versions: readonly Version[];
  readonly events: readonly HistoryEvent[];
  readonly rates: readonly { readonly base: string; readonly on: string; readonly rate: string }[];
  /** Epoch seconds. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** What the books must show at the end, per currency, in minor units; currencies at zero left out. */
  readonly truth: { readonly receivable: Sums; readonly customerCredit: Sums; readonly clearing: Sums; readonly unapplied: Sums; readonly refundsPayable: Sums; /** Customers whose credit is used up, or who never had any. */ readonly withoutCredit: readonly string[] };
}
export type Sums = Readonly<Record<string, number>>;

const day = 86_400;
const startsAt = Date.UTC(2026, 0, 10, 15) / 1000;

interface Line extends Fields {
  readonly id: string;
  readonly amount: number;
}
interface Invoice extends HistoryObject {
  status: 'open' | 'paid' | 'void' | 'uncollectible';
  readonly currency: string;
  readonly customer: string;
  readonly total: number;
  readonly lines: { readonly object: 'list'; readonly has_more: false; readonly data: readonly Line[] };
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  readonly taxMinor: number;
  /** Of what was paid, what records of money outside tell of. */
  recorded: number;
  readonly starting_balance: number;
  readonly ending_balance: number;
  status_transitions: { finalized_at: number; paid_at: number | null; voided_at: number | null; marked_uncollectible_at: number | null };
}
/** A charge that succeeded, with what happened to it. */
interface Paid {
  charge: HistoryObject & { amount: number; currency: string; customer: string; payment_intent: string; amount_refunded: number; disputed: boolean };
  readonly settled: { readonly amount: number; readonly currency: string };
  readonly invoice: Invoice | null;
  isDisputed: boolean;
}

const taxRates = [{ id: 'txr_de', country: 'DE', state: null }, { id: 'txr_fr', country: 'FR', state: null }, { id: 'txr_jp', country: 'JP', state: null }, { id: 'txr_ny', country: 'US', state: 'NY' }] as const;
type TaxRate = (typeof taxRates)[number];

class Life {
  readonly versions: Version[] = [];
  readonly events: HistoryEvent[] = [];
  readonly customers: string[] = [];
  readonly balances = new Map<string, number>();
  /** Who was given credit by hand since some was last taken so. */
  readonly given = new Map<string, number>();
  readonly invoices: Invoice[] = [];
  readonly paid: Paid[] = [];
  readonly notes: { note: HistoryObject & { total: number }; invoice: Invoice }[] = [];
  readonly disputes: { dispute: HistoryObject & { amount: number }; paid: Paid; withdrawn: number }[] = [];
  readonly refunds: { refund: HistoryObject & { amount: number }; paid: Paid; settled: number; isAnnounced: boolean }[] = [];
  readonly untied: { paid: Paid; intent: string }[] = [];
  readonly clearing = new Map<string, number>();
  readonly unapplied = new Map<string, number>();
  readonly refundsPayable = new Map<string, number>();
  readonly random: Random;
  readonly seed: number;
  readonly eurosStay: boolean;
  at = startsAt;
  #next = 0;
  readonly #taxRates = new Set<string>();

  constructor(seed: number) {
    this.seed = seed;
    this.random = createRandom(seed, 'history');
    this.eurosStay = this.random.chance(0.5);
  }

  id(prefix: string): string {
    this.#next += 1;
    return `${prefix}_${this.seed}x${String(this.#next).padStart(4, '0')}`;
  }

  /** An object as it is from now on. */
  put<Kind extends HistoryObject>(list: Version['list'], object: Kind, ...eventTypes: string[]): Kind {
    const copy = structuredClone(object);
    this.versions.push({ at: this.at, list, object: copy });
    for (const type of eventTypes) this.events.push({ id: this.id('evt'), type, created: this.at, object: copy });
    return object;
  }

  make<Kind extends Fields>(prefix: string, name: string, fields: Kind): Kind & HistoryObject {
    return { id: this.id(prefix), object: name, created: this.at, ...fields };
  }

  /** A rate is there from its first use on; no event tells of it, as of those that Stripe Tax makes. */
  needTaxRate(rate: TaxRate): void {
    if (this.#taxRates.has(rate.id)) return;
    this.#taxRates.add(rate.id);
    this.put('tax_rates', { ...rate, object: 'tax_rate', created: this.at, display_name: rate.id, jurisdiction: rate.country });
  }

  settle(amount: number, currency: string): { amount: number; currency: string; rate: number } {
    if (currency === 'usd' || (currency === 'eur' && this.eurosStay)) return { amount, currency, rate: 1 };
    // Stripe's own rate, which is not the published one.
    const perMille = currency === 'jpy' ? this.random.integer(600, 720) : this.random.integer(1_030, 1_180);
    return { amount: Math.max(1, Math.floor((amount * perMille) / 1_000)), currency: 'usd', rate: perMille };
  }

  move(type: string, category: string, amount: number, currency: string, fee: number, source: string | null): HistoryObject {
    this.clearing.set(currency, (this.clearing.get(currency) ?? 0) + amount - fee);
    return this.put('balance_transactions', this.make('txn', 'balance_transaction', { type, reporting_category: category, amount, fee, net: amount - fee, currency, source, status: 'available', available_on: this.at, exchange_rate: null }));
  }
}

const add = (sums: Map<string, number>, currency: string, amount: number): void => void sums.set(currency, (sums.get(currency) ?? 0) + amount);
const share = (life: Life, amount: number): number => Math.max(1, Math.floor((amount * life.random.integer(1, 9)) / 10));

const taxOf = (rate: TaxRate, amount: number, behaviour = 'exclusive'): Fields => ({ amount, tax_behavior: behaviour, type: 'tax_rate_details', tax_rate_details: { tax_rate: rate.id } });

interface NewLine {
  readonly line: Line;
  readonly tax: number;
  /** The part of the tax that comes on top of the amount. */
  readonly taxOnTop: number;
  readonly rate: TaxRate;
}

function newLine(life: Life, currency: string): NewLine {
  const { random } = life;
  const kind = random.weighted([5, 2, 2, 1]);
  const amount = kind === 3 ? -random.integer(1, 900) : random.integer(1_000, 40_000);
  const discount = kind !== 3 && random.chance(0.2) ? Math.floor(amount / 10) : 0;
  const credit = kind !== 3 && random.chance(0.15) ? Math.floor((amount - discount) / random.integer(1, 4)) : 0;
  const taxOnTop = kind !== 3 && random.chance(0.4) ? Math.floor((amount - discount - credit) / 5) : 0;
  const taxInside = kind !== 3 && random.chance(0.1) ? Math.floor((amount - discount - credit) / 11) : 0;
  const tax = taxOnTop + taxInside;
  const rate = currency === 'jpy' ? taxRates[2] : currency === 'usd' ? taxRates[3] : random.pick([taxRates[0], taxRates[1]]);
  if (tax > 0) life.needTaxRate(rate);
  const start = life.at - random.integer(0, 5) * day;
  const days = kind === 0 ? random.integer(28, 31) : kind === 1 ? 365 : kind === 2 ? 0 : random.integer(1, 25);
  const parent = kind === 2 ? { type: 'invoice_item_details', invoice_item_details: { invoice_item: life.id('ii') } } : { type: 'subscription_item_details', subscription_item_details: { subscription: 'sub_1', subscription_item: 'si_1', proration: kind === 3 } };
  const line = { id: life.id('il'), object: 'line_item', amount, currency, quantity: 1, period: { start, end: start + days * day }, parent, discount_amounts: discount > 0 ? [{ amount: discount, discount: 'di_1' }] : [],
    pretax_credit_amounts: [...(discount > 0 ? [{ amount: discount, type: 'discount', discount: 'di_1' }] : []), ...(credit > 0 ? [{ amount: credit, type: 'credit_balance_transaction', credit_balance_transaction: 'cbt_1' }] : [])],
    taxes: [...(taxOnTop > 0 ? [taxOf(rate, taxOnTop)] : []), ...(taxInside > 0 ? [taxOf(rate, taxInside, 'inclusive')] : [])] };
  return { line, tax, taxOnTop, rate };
}

/** What sending goods costs, on few invoices: in the total and in no line. Its tax stands among the invoice's taxes or apart from them. */
function newShipping(life: Life, rate: TaxRate): { readonly fields: Fields; readonly totalMinor: number; readonly taxMinor: number; readonly isTaxApart: boolean } {
  const { random } = life;
  if (!random.chance(0.15)) return { fields: { shipping_cost: null }, totalMinor: 0, taxMinor: 0, isTaxApart: false };
  const net = random.integer(100, 900);
  const tax = random.chance(0.5) ? Math.floor(net / 5) : 0;
  if (tax > 0) life.needTaxRate(rate);
  return { fields: { shipping_cost: { amount_subtotal: net, amount_tax: tax, amount_total: net + tax, shipping_rate: 'shr_1', taxes: tax > 0 ? [taxOf(rate, tax)] : [] } }, totalMinor: net + tax, taxMinor: tax, isTaxApart: random.chance(0.5) };
}

const currencyOf = (customer: string): string => (customer.endsWith('1') ? 'eur' : customer.endsWith('3') ? 'jpy' : 'usd');
const netOf = (line: Line): number => line.amount - (line['pretax_credit_amounts'] as { amount: number }[]).reduce((sum, part) => sum + part.amount, 0);

/** A finalised invoice; one that adds up to nothing or less is paid at once, out of or into the customer's balance. */
function invoiceSomebody(life: Life): void {
  invoiceCustomer(life, life.random.pick(life.customers));
}

/** Somebody abroad who has credit with us, or owes a balance, is invoiced again. */
function invoiceOutOfCredit(life: Life): void {
  const holders = life.customers.filter((customer) => currencyOf(customer) !== 'usd' && (life.balances.get(customer) ?? 0) !== 0);
  if (holders.length > 0) invoiceCustomer(life, life.random.pick(holders));
}

function invoiceCustomer(life: Life, customer: string): void {
  const { random } = life;
  const currency = currencyOf(customer);
  const made = Array.from({ length: random.integer(1, 3) }, () => newLine(life, currency));
  const shipping = newShipping(life, made[0]?.rate ?? taxRates[3]);
  const tax = made.reduce((sum, one) => sum + one.tax, shipping.taxMinor);
  const total = made.reduce((sum, one) => sum + netOf(one.line) + one.taxOnTop, shipping.totalMinor);
  const named = [...made, ...(shipping.isTaxApart ? [] : [{ rate: made[0]?.rate ?? taxRates[3], tax: shipping.taxMinor }])];
  const starting = life.balances.get(customer) ?? 0;
  const ending = Math.min(0, total + starting);
  const due = Math.max(0, total + starting);
  const isPaid = due === 0;
  const transitions = { finalized_at: life.at, paid_at: isPaid ? life.at : null, voided_at: null, marked_uncollectible_at: null };
  const invoice: Invoice = life.make('in', 'invoice', {
    customer, currency, status: isPaid ? 'paid' as const : 'open' as const, total, subtotal: total - tax, total_excluding_tax: total - tax, ...shipping.fields, taxMinor: tax, recorded: 0, total_taxes: taxRates.flatMap((rate) => named.filter((one) => one.rate === rate && one.tax > 0).map((one) => taxOf(rate, one.tax))), default_tax_rates: random.chance(0.5) ? [{ ...taxRates[0], object: 'tax_rate' }] : [], total_discount_amounts: [], amount_due: due, amount_paid: 0, amount_remaining: due, starting_balance: starting,
    ending_balance: ending, number: null, billing_reason: 'manual', discounts: [], lines: { object: 'list' as const, has_more: false as const, data: made.map((one) => one.line) }, status_transitions: transitions,
  });
  if (ending !== starting) setBalance(life, customer, ending, 'applied_to_invoice', { invoice: invoice.id });
  life.put('invoices', invoice, 'invoice.created', 'invoice.finalized', ...(isPaid ? ['invoice.paid'] : []));
  life.invoices.push(invoice);
}

function setBalance(life: Life, customer: string, balance: number, type: string, about: { readonly invoice?: string; readonly credit_note?: string } = {}): void {
  const amount = balance - (life.balances.get(customer) ?? 0);
  life.balances.set(customer, balance);
  life.put('customer_balance', life.make('cbtxn', 'customer_balance_transaction', { customer, type, amount, ending_balance: balance, currency: currencyOf(customer), invoice: null, credit_note: null, description: null, ...about }));
  life.put('customers', { id: customer, object: 'customer', created: startsAt, name: customer, email: null, currency: null, balance }, 'customer.updated');
}

/** Somebody gives a customer credit by hand, or takes a little of it: never as much as was given, so that what happened between two looks always shows in the balance. */
function adjustCredit(life: Life): void {
  const customer = life.random.pick(life.customers);
  const takes = life.random.chance(0.25) && (life.given.get(customer) ?? 0) > 0;
  const amount = takes ? life.random.integer(1, 40) : -life.random.integer(1_000, 9_000);
  life.given.set(customer, takes ? 0 : 1);
  setBalance(life, customer, (life.balances.get(customer) ?? 0) + amount, 'adjustment');
}

/** A charge that succeeds now, with its balance transaction. */
function chargeNow(life: Life, customer: string, currency: string, amount: number, invoice: Invoice | null, intentId: string): Paid {
  const isDebit = life.random.chance(0.15);
  const settled = life.settle(amount, currency);
  const charge = life.make(isDebit ? 'py' : 'ch', 'charge', { amount, amount_captured: amount, amount_refunded: 0, currency, customer, payment_intent: intentId, balance_transaction: '', paid: true, status: 'succeeded', disputed: false });
  charge.balance_transaction = life.move(isDebit ? 'payment' : 'charge', 'charge', settled.amount, settled.currency, Math.floor(settled.amount / 30), charge.id).id;
  const paid: Paid = { charge, settled, invoice, isDisputed: false };
  life.put('charges', charge, 'charge.succeeded');
  return paid;
}

function newIntent(life: Life, customer: string, currency: string, amount: number): HistoryObject {
  return life.put('payment_intents', life.make('pi', 'payment_intent', { customer, currency, amount, status: 'succeeded', latest_charge: null }), 'payment_intent.succeeded');
}

const tie = (life: Life, invoice: Invoice, intentId: string, amount: number): void => tieTo(life, invoice, { type: 'payment_intent', payment_intent: intentId }, amount);

function tieTo(life: Life, invoice: Invoice, payment: Fields, amount: number): void {
  life.put('invoice_payments', life.make('inpay', 'invoice_payment', { invoice: invoice.id, amount_paid: amount, amount_requested: amount, currency: invoice.currency, status: 'paid', status_transitions: { canceled_at: null, paid_at: life.at }, payment }), 'invoice_payment.paid');
  invoice.amount_paid += amount;
  invoice.amount_remaining -= amount;
  if (invoice.amount_remaining > 0) return void life.put('invoices', invoice, 'invoice.updated');
  settleInvoice(life, invoice);
}

function settleInvoice(life: Life, invoice: Invoice): void {
  invoice.status = 'paid';
  invoice.status_transitions = { ...invoice.status_transitions, paid_at: life.at };
  life.put('invoices', invoice, 'invoice.paid', 'invoice.payment_succeeded');
}

const open = (life: Life, ...statuses: string[]): Invoice[] => life.invoices.filter((invoice) => statuses.includes(invoice.status) && invoice.amount_remaining > 0);

function payInvoice(life: Life): void {
  const payable = open(life, 'open', 'uncollectible');
  if (payable.length === 0) return;
  const invoice = life.random.pick(payable);
  const amount = life.random.chance(0.35) ? share(life, invoice.amount_remaining) : invoice.amount_remaining;
  const intent = newIntent(life, invoice.customer, invoice.currency, amount);
  if (life.random.chance(0.1)) failByDebit(life, invoice, intent.id, amount);
  life.paid.push(chargeNow(life, invoice.customer, invoice.currency, amount, invoice, intent.id));
  tie(life, invoice, intent.id, amount);
}

/** A first attempt by bank debit that is booked and comes to nothing a day later; the same intent is tried again. */
function failByDebit(life: Life, invoice: Invoice, intentId: string, amount: number): void {
  const settled = life.settle(amount, invoice.currency);
  const charge = life.make('py', 'charge', { amount, amount_captured: amount, amount_refunded: 0, currency: invoice.currency, customer: invoice.customer, payment_intent: intentId, balance_transaction: '', paid: true, status: 'pending', disputed: false });
  charge.balance_transaction = life.move('payment', 'charge', settled.amount, settled.currency, 0, charge.id).id;
  life.put('charges', charge, 'charge.pending');
  life.at += day;
  life.move('payment_failure_refund', 'charge_failure', -settled.amount, settled.currency, 0, charge.id);
  life.put('charges', { ...charge, status: 'failed', paid: false }, 'charge.failed');
  life.at += 3_600;
}

function payOutside(life: Life): void {
  const payable = open(life, 'open', 'uncollectible');
  if (payable.length === 0) return;
  const invoice = life.random.pick(payable);
  invoice.amount_paid += invoice.amount_remaining;
  invoice.amount_remaining = 0;
  settleInvoice(life, invoice);
}

/** Money outside that somebody writes down at Stripe: a record of a payment, whole or in part. */
function recordOutside(life: Life): void {
  const payable = open(life, 'open', 'uncollectible');
  if (payable.length === 0) return;
  const invoice = life.random.pick(payable);
  const amount = life.random.chance(0.7) ? share(life, invoice.amount_remaining) : invoice.amount_remaining;
  invoice.recorded += amount;
  tieTo(life, invoice, { type: 'payment_record', payment_record: life.id('pr') }, amount);
}

function refund(life: Life): void {
  const candidates = life.paid.filter((one) => one.charge.amount_refunded < one.charge.amount && !one.isDisputed);
  if (candidates.length === 0) return;
  const paid = life.random.pick(candidates);
  refundPart(life, paid, life.random.chance(0.5) ? paid.charge.amount - paid.charge.amount_refunded : share(life, paid.charge.amount - paid.charge.amount_refunded), false);
}

function refundPart(life: Life, paid: Paid, amount: number, isAnnounced: boolean): HistoryObject {
  const { charge } = paid;
  const settledAmount = paid.settled.currency === charge.currency ? amount : life.settle(amount, charge.currency).amount;
  const made = life.make(charge.id.startsWith('py') ? 'pyr' : 're', 'refund', { amount, currency: charge.currency, charge: charge.id, payment_intent: charge.payment_intent, status: 'succeeded', reason: null, balance_transaction: '' });
  made.balance_transaction = life.move(charge.id.startsWith('py') ? 'payment_refund' : 'refund', 'refund', -settledAmount, paid.settled.currency, 0, made.id).id;
  life.put('refunds', made, 'refund.created');
  charge.amount_refunded += amount;
  life.put('charges', charge, 'charge.refunded');
  life.refunds.push({ refund: made, paid, settled: settledAmount, isAnnounced });
  if (!paid.invoice && !('isSale' in charge)) add(life.unapplied, charge.currency, -amount);
  return made;
}

/** The customer's bank gave a refund back: it is owed again. */
function failRefund(life: Life): void {
  const candidates = life.refunds.filter((one) => one.refund['status'] === 'succeeded');
  if (candidates.length === 0) return;
  const one = life.random.pick(candidates);
  one.refund['status'] = 'failed';
  life.move('refund_failure', 'refund_failure', one.settled, one.paid.settled.currency, 0, one.refund.id);
  life.put('refunds', one.refund, 'refund.failed');
  add(life.refundsPayable, one.paid.charge.currency, one.refund.amount);
}

function note(life: Life, invoice: Invoice, total: number, parts: Fields, type: 'pre_payment' | 'post_payment'): HistoryObject {
  const tax = invoice.total > 0 ? Math.floor((total * invoice.taxMinor) / invoice.total) : 0;
  const made = life.make('cn', 'credit_note', {
    invoice: invoice.id, customer: invoice.customer, currency: invoice.currency, total, subtotal: total - tax, total_taxes: tax > 0 ? [{ amount: tax }] : [], type, pre_payment_amount: type === 'pre_payment' ? total : 0, post_payment_amount: type === 'post_payment' ? total : 0,
    status: 'issued', voided_at: null, refunds: [], out_of_band_amount: null, ...parts,
  });
  life.put('credit_notes', made, 'credit_note.created');
  life.notes.push({ note: made, invoice });
  return made;
}

function creditOpenInvoice(life: Life): void {
  const candidates = open(life, 'open', 'uncollectible');
  if (candidates.length === 0) return;
  const invoice = life.random.pick(candidates);
  const total = life.random.chance(0.3) ? invoice.amount_remaining : share(life, invoice.amount_remaining);
  invoice.amount_due -= total;
  invoice.amount_remaining -= total;
  note(life, invoice, total, {}, 'pre_payment');
  if (invoice.amount_remaining === 0) settleInvoice(life, invoice);
  else life.put('invoices', invoice, 'invoice.updated');
}

function voidNote(life: Life): void {
  const candidates = life.notes.filter((one) => one.note['type'] === 'pre_payment' && one.note['status'] === 'issued' && one.invoice.status === 'open');
  if (candidates.length === 0) return;
  const { note: made, invoice } = life.random.pick(candidates);
  Object.assign(made, { status: 'void', voided_at: life.at });
  life.put('credit_notes', made, 'credit_note.voided');
  invoice.amount_due += made.total;
  invoice.amount_remaining += made.total;
  life.put('invoices', invoice, 'invoice.updated');
}

function creditPaidInvoice(life: Life): void {
  const candidates = life.paid.filter((one) => one.invoice?.status === 'paid' && one.charge.amount_refunded < one.charge.amount && !one.isDisputed);
  if (candidates.length === 0) return;
  const paid = life.random.pick(candidates);
  const { invoice } = paid;
  if (!invoice) return;
  const total = share(life, paid.charge.amount - paid.charge.amount_refunded);
  const way = life.random.weighted([3, 2, 1]);
  if (way === 0) {
    const made = refundPart(life, paid, total, true);
    note(life, invoice, total, { refunds: [{ type: 'refund', refund: made.id, amount_refunded: total }] }, 'post_payment');
    return;
  }
  // What is given back so is not refunded as well.
  paid.charge.amount_refunded += total;
  const made = note(life, invoice, total, way === 2 ? { out_of_band_amount: total } : {}, 'post_payment');
  if (way === 1) setBalance(life, invoice.customer, (life.balances.get(invoice.customer) ?? 0) - total, 'credit_note', { invoice: invoice.id, credit_note: made.id });
}

function dispute(life: Life): void {
  const candidates = life.paid.filter((one) => !one.isDisputed && one.charge.amount_refunded === 0 && one.invoice);
  if (candidates.length === 0) return;
  const paid = life.random.pick(candidates);
  paid.isDisputed = true;
  const made = life.make('du', 'dispute', { amount: paid.charge.amount, currency: paid.charge.currency, charge: paid.charge.id, payment_intent: paid.charge.payment_intent, status: 'needs_response', reason: 'fraudulent' });
  const withdrawn = paid.settled.amount;
  life.move('adjustment', 'dispute', -withdrawn, paid.settled.currency, 1_500, made.id);
  life.put('disputes', made, 'charge.dispute.created', 'charge.dispute.funds_withdrawn');
  life.disputes.push({ dispute: made, paid, withdrawn });
}

function winDispute(life: Life): void {
  const candidates = life.disputes.filter((one) => one.dispute['status'] === 'needs_response');
  if (candidates.length === 0) return;
  const one = life.random.pick(candidates);
  one.dispute['status'] = 'won';
  life.move('adjustment', 'dispute_reversal', one.withdrawn, one.paid.settled.currency, 0, one.dispute.id);
  life.put('disputes', one.dispute, 'charge.dispute.funds_reinstated', 'charge.dispute.closed');
}

function giveUp(life: Life): void {
  const candidates = open(life, 'open');
  if (candidates.length === 0) return;
  const invoice = life.random.pick(candidates);
  invoice.status = 'uncollectible';
  invoice.status_transitions = { ...invoice.status_transitions, marked_uncollectible_at: life.at };
  life.put('invoices', invoice, 'invoice.marked_uncollectible');
}

function voidInvoice(life: Life): void {
  const candidates = open(life, 'open', 'uncollectible').filter((invoice) => invoice.amount_paid === invoice.recorded);
  if (candidates.length === 0) return;
  const invoice = life.random.pick(candidates);
  invoice.status = 'void';
  invoice.status_transitions = { ...invoice.status_transitions, voided_at: life.at };
  const returned = invoice.ending_balance - invoice.starting_balance;
  life.put('invoices', invoice, 'invoice.voided');
  if (returned > 0) setBalance(life, invoice.customer, (life.balances.get(invoice.customer) ?? 0) - returned, 'unapplied_from_invoice', { invoice: invoice.id });
}

/** A payment that belongs to no invoice yet; some are tied to one later. */
function payAhead(life: Life): void {
  const customer = life.random.pick(life.customers);
  const currency = currencyOf(customer);
  const amount = life.random.integer(500, 9_000);
  const intent = newIntent(life, customer, currency, amount);
  const paid = chargeNow(life, customer, currency, amount, null, intent.id);
  add(life.unapplied, currency, amount);
  life.untied.push({ paid, intent: intent.id });
}

function tieLater(life: Life): void {
  const index = life.untied.findIndex(({ paid }) => open(life, 'open').some((invoice) => invoice.currency === paid.charge.currency && invoice.customer === paid.charge.customer && invoice.amount_remaining >= paid.charge.amount));
  const [one] = index < 0 ? [] : life.untied.splice(index, 1);
  if (!one) return;
  const { charge } = one.paid;
  const invoice = open(life, 'open').find((candidate) => candidate.currency === charge.currency && candidate.customer === charge.customer && candidate.amount_remaining >= charge.amount);
  if (!invoice) return;
  add(life.unapplied, charge.currency, -charge.amount);
  tie(life, invoice, one.intent, charge.amount);
  life.paid.push({ ...one.paid, invoice });
}

/** A sale by checkout, without an invoice. */
function sell(life: Life): void {
  const customer = life.random.pick(life.customers);
  const amount = life.random.integer(500, 9_000);
  const intent = newIntent(life, customer, 'usd', amount);
  const session = life.make('cs', 'checkout.session', { customer, payment_intent: intent.id, invoice: null, subscription: null, mode: 'payment', status: 'complete', payment_status: 'paid', amount_total: amount, total_details: { amount_tax: Math.floor(amount / 11) }, currency: 'usd', invoice_creation: { enabled: false } });
  const paid = chargeNow(life, customer, 'usd', amount, null, intent.id);
  Object.assign(paid.charge, { isSale: true });
  life.put('checkout_sessions', session, 'checkout.session.completed');
  life.paid.push(paid);
}

function moveMoney(life: Life): void {
  const currency = life.random.pick([...life.clearing.keys(), 'usd']);
  const amount = life.random.integer(100, 5_000);
  const [type, category, signed] = life.random.pick([
    ['payout', 'payout', -amount], ['payout_failure', 'payout_reversal', amount], ['stripe_fee', 'fee', -amount], ['reserved_funds', 'risk_reserved_funds', -amount], ['topup', 'topup', amount], ['adjustment', 'fee', -amount], ['transfer', 'transfer', -amount],
  ] as const);
  life.move(type, category, signed, currency, 0, null);
}

const deeds = [
  [9, invoiceSomebody], [9, payInvoice], [1, payOutside], [1, recordOutside], [3, refund], [1, failRefund], [2, creditOpenInvoice], [1, voidNote], [3, creditPaidInvoice], [2, dispute], [2, winDispute], [1, giveUp], [2, voidInvoice], [1, payAhead], [2, tieLater], [1, sell], [1, moveMoney], [2, invoiceOutOfCredit], [2, adjustCredit],
] as const;

/** @param deedCount about how much happens. */
export function createHistory(seed: number, deedCount = 30): History {
  const life = new Life(seed);
  for (let number = 0; number < 4; number += 1) {
    const customer = `cus_${seed}c${number}`;
    life.customers.push(customer);
    life.put('customers', { id: customer, object: 'customer', created: startsAt, name: customer, email: null, currency: null, balance: 0 }, 'customer.created');
  }
  for (let count = 0; count < deedCount; count += 1) {
    life.at += life.random.integer(600, 7 * day);
    deeds[life.random.weighted(deeds.map(([weight]) => weight))]?.[1](life);
  }
  const endsAt = life.at + 25 * day;
  const receivable = new Map<string, number>();
  for (const invoice of life.invoices) if (invoice.status === 'open') add(receivable, invoice.currency, invoice.amount_remaining);
  const credit = new Map<string, number>();
  for (const [customer, balance] of life.balances) add(credit, currencyOf(customer), -balance);
  return {
    seed, versions: life.versions, events: life.events, rates: publishedRates(seed, endsAt), startsAt, endsAt,
    truth: { receivable: sumsOf(receivable), customerCredit: sumsOf(credit), clearing: sumsOf(life.clearing), unapplied: sumsOf(life.unapplied), refundsPayable: sumsOf(life.refundsPayable), withoutCredit: life.customers.filter((customer) => (life.balances.get(customer) ?? 0) === 0) },
  };
}

function sumsOf(sums: ReadonlyMap<string, number>): Sums {
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function publishedRates(seed: number, endsAt: number): History['rates'] {
  const random = createRandom(seed, 'rates');
  const rates: { base: string; on: string; rate: string }[] = [];
  for (let at = startsAt - 10 * day; at < endsAt; at += day) {
    const on = new Date(at * 1000).toISOString().slice(0, 10);
    if (random.chance(0.3)) continue; // weekends
    rates.push({ base: 'eur', on, rate: `1.${String(random.integer(30, 180)).padStart(3, '0')}` }, { base: 'jpy', on, rate: `0.00${random.integer(600, 720)}` });
  }
  return rates.length > 0 ? [{ base: 'eur', on: '2025-12-01', rate: '1.1' }, { base: 'jpy', on: '2025-12-01', rate: '0.0066' }, ...rates] : rates;
}
