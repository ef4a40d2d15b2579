/** Reads the facts of one object out of the mirror for the posting rules. */
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { partReturned, refundsPaidAnew, type RefundMove } from './money-back-calculation.ts';
import { creditPartsOf, type CreditMovement, type CreditPart } from './customer-credit-calculation.ts';
import { balanceMovesOf, creditInvoicesOf, creditNotesToBalanceOf, isChargeId, type FactRows } from './fact-rows.repository.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { taxJurisdictionOf } from '../ledger/tax-jurisdictions.ts';
import type { BookedBy } from '../ledger/valuation.ts';
import { creditMovementIds, invoiceBooking } from './posting-facts.ts';
import type { BalanceTransactionFact, ChargeFact, CheckoutFact, CreditNoteFact, CustomerBalanceFact, InvoiceFact, InvoiceLineFact, InvoicePaymentFact, NoteAtVoid, NoteOfInvoice, TaxPart, TieFact } from './posting-facts.ts';

const listPrePayments = sql('facts.pre-payment-notes', 'SELECT pre_payment_minor, created_at FROM stripe_credit_notes WHERE invoice_id = ? AND voided_at IS NULL AND pre_payment_minor <> 0 ORDER BY created_at, id');
/** What took from an invoice, and stood when it was voided. */
const listNotesAtVoid = sql('facts.notes-at-void', 'SELECT tax_minor, tax_parts, post_payment_minor FROM stripe_credit_notes WHERE invoice_id = ? AND (voided_at IS NULL OR voided_at > ?) ORDER BY created_at, id');
const listNotesOfInvoice = sql('facts.notes-of-invoice', 'SELECT id, created_at, voided_at, tax_minor, tax_parts FROM stripe_credit_notes WHERE invoice_id = ? ORDER BY created_at, id');
const findRefund = sql('facts.refund', 'SELECT charge_id, payment_intent_id, amount_minor, currency, created_at FROM stripe_refunds WHERE id = ?');
const findDispute = sql('facts.dispute', 'SELECT charge_id, amount_minor, currency, created_at FROM stripe_disputes WHERE id = ?');
const sumAnnounced = sql('facts.announced-refund', "SELECT coalesce(sum(r.amount_minor), 0) AS amount FROM stripe_credit_note_refunds r JOIN stripe_credit_notes n ON n.id = r.credit_note_id WHERE r.refund_id = ? AND n.created_at <= ?");
const findCreditNote = sql('facts.credit-note', 'SELECT invoice_id, customer_id, currency, total_minor, tax_minor, pre_payment_minor, out_of_band_minor, customer_balance_minor, voided_at, created_at, tax_parts FROM stripe_credit_notes WHERE id = ?');
const sumNoteRefunds = sql(
  'facts.note-refunds',
  'SELECT coalesce(sum(CASE WHEN f.created_at >= ? OR f.id IS NULL THEN r.amount_minor ELSE 0 END), 0) AS later, coalesce(sum(CASE WHEN f.created_at < ? THEN r.amount_minor ELSE 0 END), 0) AS earlier FROM stripe_credit_note_refunds r LEFT JOIN stripe_refunds f ON f.id = r.refund_id WHERE r.credit_note_id = ?',
);

/**
 * What moved money out of a payment, each at the moment at which it did; by its own time where its balance transaction is not here yet. What only takes back what was
 * not captured is no refund.
 */
const listRefundsOfCharge = sql(
  'facts.refunds-of-charge',
  `SELECT r.id, r.amount_minor, coalesce(t.created_at, r.created_at) AS created_at,
          (SELECT min(f.created_at) FROM stripe_balance_transactions f WHERE f.source_id = r.id AND f.reporting_category = 'refund_failure') AS failed_at,
          (SELECT coalesce(sum(a.amount_minor), 0) FROM stripe_credit_note_refunds a JOIN stripe_credit_notes n ON n.id = a.credit_note_id WHERE a.refund_id = r.id AND n.created_at <= r.created_at) AS announced
     FROM stripe_refunds r LEFT JOIN stripe_balance_transactions t ON t.id = r.balance_transaction_id WHERE r.charge_id = ? AND r.balance_transaction_id <> '' AND t.reporting_category IS NOT 'partial_capture_reversal'`,
);

const listDisputeMoves = sql('facts.dispute-moves', 'SELECT id, amount_minor, exchange_rate FROM stripe_balance_transactions WHERE source_id = ? AND currency = ? ORDER BY created_at, id');
const findBalanceMove = sql('facts.customer-balance-transaction', 'SELECT customer_id, currency, type, amount_minor, description, created_at FROM stripe_customer_balance_transactions WHERE id = ?');
const findUnknownRefund = sql('facts.note-refund-unknown', 'SELECT refund_id FROM stripe_credit_note_refunds r WHERE r.credit_note_id = ? AND NOT EXISTS (SELECT 1 FROM stripe_refunds f WHERE f.id = r.refund_id) ORDER BY refund_id');
const findIntent = sql('facts.intent-of-charge', 'SELECT payment_intent_id FROM stripe_charges WHERE id = ?');

export function findPaymentIntentOfCharge(database: ReadableDatabase, chargeId: string): string | undefined {
  return database.get<{ payment_intent_id: string | null }>(findIntent, [chargeId])?.payment_intent_id ?? undefined;
}

/** The object a fact needs and the mirror does not have yet. */
export interface MissingObject {
  readonly list: 'charges' | 'refunds' | 'disputes' | 'invoices' | 'tax_rates';
  readonly id: string;
}

export type Loaded<Fact> = { readonly fact: Fact } | { readonly missing: MissingObject } | { readonly nothing: true };

/** By time, then by id. Put in order here: most lists have one row, and SQLite sets up a sorter for each. */
function inOrder<Row extends { readonly created_at: number; readonly id: string }>(rows: readonly Row[]): readonly Row[] {
  return rows.length < 2 ? rows : rows.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
}

const dayOrNull = (zone: TimeZone, at: number | null): LocalDate | null => (at === null ? null : zone.dateOf(at));

/** Of what has no invoice's rate: its own entry may also release what others booked, each at its rate. */
const creditBooking = (entry: string, on: LocalDate): BookedBy => ({ entry, on, accountCode: accountCodes.customerCreditBalance });

/** Every movement of a customer's credit in a currency that the mirror knows, each with the rate at which it is booked. */
function creditMovementsOf(rows: FactRows, zone: TimeZone, customerId: string, currency: string): CreditMovement[] {
  const movements: CreditMovement[] = [];
  for (const invoice of creditInvoicesOf(rows.database, customerId, currency)) {
    const appliedMinor = invoice.ending_balance_minor - invoice.starting_balance_minor;
    const bookedBy = invoiceBooking(invoice.id, zone.dateOf(invoice.finalised_at));
    movements.push({ id: creditMovementIds.applied(invoice.id), at: invoice.finalised_at, debitMinor: appliedMinor, bookedBy });
    // Credit that an invoice used comes back when it is voided, out of the invoice and so at its rate.
    if (invoice.voided_at !== null && appliedMinor > 0) movements.push({ id: creditMovementIds.returned(invoice.id), at: invoice.voided_at, debitMinor: -appliedMinor, bookedBy });
  }
  for (const note of creditNotesToBalanceOf(rows.database, customerId, currency)) {
    const given = creditMovementIds.given(note.id);
    const bookedBy = note.invoice_id === null || note.finalised_at === null ? creditBooking(given, zone.dateOf(note.created_at)) : invoiceBooking(note.invoice_id, zone.dateOf(note.finalised_at));
    movements.push({ id: given, at: note.created_at, debitMinor: -note.customer_balance_minor, bookedBy });
    if (note.voided_at !== null) movements.push({ id: creditMovementIds.takenBack(note.id), at: note.voided_at, debitMinor: note.customer_balance_minor, bookedBy, takesBack: given });
  }
  for (const move of balanceMovesOf(rows.database, customerId, currency)) {
    const entry = creditMovementIds.byHand(move.id);
    movements.push({ id: entry, at: move.created_at, debitMinor: move.amount_minor, bookedBy: creditBooking(entry, zone.dateOf(move.created_at)) });
  }
  return movements;
}

/** The parts of some movements by their ids; undefined in the ledger's own currency, where every portion is worth the same. */
function creditPartsIn(rows: FactRows, zone: TimeZone, customerId: string | null, currency: string, ids: readonly string[]): ((id: string) => readonly CreditPart[]) | undefined {
  if (customerId === null || currency === rows.functionalCurrency) return undefined;
  const movements = creditMovementsOf(rows, zone, customerId, currency);
  const known = new Set(movements.map(({ id }) => id));
  const parts = creditPartsOf(movements, new Set(ids.filter((id) => known.has(id))));
  return (id) => parts.get(id) ?? [];
}

type StoredTaxPart = readonly [amountMinor: number, rateId: string | null, country: string | null, state: string | null];

/**
 * Tax by jurisdiction. A rate that the object only names is looked up; parts that do not make the whole leave a rest nobody knows the jurisdiction of.
 * @param taxMinor what the parts must come to.
 */
function loadTaxes(rows: FactRows, stored: string | null, taxMinor: number, isGone: (id: string) => boolean): { readonly taxes: readonly TaxPart[] } | { readonly missing: MissingObject } {
  const parts = stored === null ? [] : (JSON.parse(stored) as StoredTaxPart[]);
  const sums = new Map<string | null, number>();
  for (const [amountMinor, rateId, country, state] of parts) {
    const rate = country !== null ? { country, state } : rateId === null ? undefined : rows.taxRate(rateId);
    if (rateId !== null && rate === undefined && !isGone(rateId)) return { missing: { list: 'tax_rates', id: rateId } };
    const jurisdiction = taxJurisdictionOf(rate?.country ?? null, rate?.state ?? null);
    sums.set(jurisdiction, (sums.get(jurisdiction) ?? 0) + amountMinor);
  }
  const rest = parts.reduce((left, [amountMinor]) => left - amountMinor, taxMinor);
  if (rest !== 0) sums.set(null, (sums.get(null) ?? 0) + rest);
  const taxes = [...sums].filter(([, amountMinor]) => amountMinor !== 0).map(([jurisdiction, amountMinor]): TaxPart => ({ jurisdiction, amountMinor })).sort((one, other) => ((one.jurisdiction ?? '') < (other.jurisdiction ?? '') ? -1 : 1));
  // Shares are taken of what is all charged or all given back; anything else cannot be shared out.
  const isShareable = taxes.every(({ amountMinor }) => amountMinor > 0) || taxes.every(({ amountMinor }) => amountMinor < 0);
  return { taxes: isShareable ? taxes : [{ jurisdiction: null, amountMinor: taxMinor }] };
}

/** The credit notes of an invoice that stood when it was voided, with their tax by jurisdiction where they say it. */
function loadNotesAtVoid(rows: FactRows, invoiceId: string, voidedAt: number, isGone: (id: string) => boolean): { readonly notesAtVoid: readonly NoteAtVoid[] } | { readonly missing: MissingObject } {
  const notesAtVoid: NoteAtVoid[] = [];
  for (const row of rows.database.all<{ tax_minor: number; tax_parts: string | null; post_payment_minor: number }>(listNotesAtVoid, [invoiceId, voidedAt])) {
    const taxes = row.tax_minor === 0 || row.tax_parts === null ? undefined : loadTaxes(rows, row.tax_parts, row.tax_minor, isGone);
    if (taxes && 'missing' in taxes) return taxes;
    notesAtVoid.push({ taxMinor: row.tax_minor, postPaymentMinor: row.post_payment_minor, ...taxes });
  }
  return { notesAtVoid };
}

/** All credit notes of an invoice, where it matters which of them took which part of its tax: in a foreign currency. */
function loadNotesOfInvoice(rows: FactRows, invoice: Pick<InvoiceFact, 'id' | 'currency' | 'taxMinor'>, isGone: (id: string) => boolean): { readonly notes?: readonly NoteOfInvoice[] } | { readonly missing: MissingObject } {
  if (invoice.currency === rows.functionalCurrency || invoice.taxMinor === 0) return {};
  const notes: NoteOfInvoice[] = [];
  for (const row of rows.database.all<{ id: string; created_at: number; voided_at: number | null; tax_minor: number; tax_parts: string | null }>(listNotesOfInvoice, [invoice.id])) {
    const taxes = row.tax_minor === 0 || row.tax_parts === null ? undefined : loadTaxes(rows, row.tax_parts, row.tax_minor, isGone);
    if (taxes && 'missing' in taxes) return taxes;
    notes.push({ id: row.id, createdAt: row.created_at, voidedAt: row.voided_at, taxMinor: row.tax_minor, ...taxes });
  }
  return { notes };
}

/** A draft brings nothing; a missing invoice is named, and so is a tax rate that it names and nobody has. */
export function loadInvoice(rows: FactRows, zone: TimeZone, id: string, isGone: (id: string) => boolean): Loaded<InvoiceFact> {
  const row = rows.invoice(id);
  if (!row) return { missing: { list: 'invoices', id } };
  if (row.finalised_at === null || row.status === 'draft') return { nothing: true };
  const taxes = row.tax_minor === 0 ? undefined : loadTaxes(rows, row.tax_parts, row.tax_minor, isGone);
  if (taxes && 'missing' in taxes) return taxes;
  const lines = rows.lines(id).toSorted((a, b) => a.line_index - b.line_index).map((line): InvoiceLineFact => ({
    amountMinor: line.amount_minor, discountMinor: line.discount_minor, ...(line.billing_credit_minor === 0 ? {} : { billingCreditMinor: line.billing_credit_minor }), inclusiveTaxMinor: line.inclusive_tax_minor, isForSubscription: line.subscription_id !== null,
    startOn: dayOrNull(zone, line.period_start_at), endOn: dayOrNull(zone, line.period_end_at),
  }));
  // Shipping is in the total and in no line: a one-off of its own, with its tax in it.
  if (row.shipping_minor !== 0) lines.push({ amountMinor: row.shipping_minor, discountMinor: 0, inclusiveTaxMinor: row.shipping_tax_minor, isForSubscription: false, startOn: null, endOn: null });
  const payments = inOrder(rows.payments(id)).map((payment): InvoicePaymentFact => {
    const paidAt = payment.paid_at ?? payment.created_at;
    return { id: payment.id, amountMinor: payment.amount_paid_minor ?? payment.amount_requested_minor, paymentIntentId: payment.payment_intent_id, chargeId: payment.charge_id, createdAt: payment.created_at, paidAt, paidOn: zone.dateOf(paidAt) };
  });
  const balanceAppliedMinor = row.ending_balance_minor === null ? 0 : row.ending_balance_minor - row.starting_balance_minor;
  // What is due says whether notes took from it.
  const hasNotes = row.total_minor - balanceAppliedMinor > row.amount_due_minor;
  const preNotes = hasNotes ? rows.database.all<{ pre_payment_minor: number; created_at: number }>(listPrePayments, [id]) : [];
  const { marked_uncollectible_at: givenUpAt } = row;
  const notesAfter = givenUpAt === null ? [] : preNotes.filter((note) => note.created_at > givenUpAt);
  const ofVoid = row.voided_at === null || row.tax_minor === 0 ? undefined : loadNotesAtVoid(rows, id, row.voided_at, isGone);
  if (ofVoid && 'missing' in ofVoid) return ofVoid;
  const ofNotes = row.voided_at === null ? {} : loadNotesOfInvoice(rows, { id, currency: row.currency, taxMinor: row.tax_minor }, isGone);
  if ('missing' in ofNotes) return ofNotes;
  const [applied, returned] = [creditMovementIds.applied(id), creditMovementIds.returned(id)];
  const creditOf = balanceAppliedMinor === 0 ? undefined : creditPartsIn(rows, zone, row.customer_id, row.currency, [applied, returned]);
  return {
    fact: {
      ...taxes,
      ...ofVoid,
      ...ofNotes,
      voidedAt: row.voided_at,
      ...(creditOf ? { credit: { applied: creditOf(applied), returned: creditOf(returned) } } : {}),
      id, customerId: row.customer_id, currency: row.currency, status: row.status ?? 'open', totalMinor: row.total_minor, taxMinor: row.tax_minor, amountDueMinor: row.amount_due_minor, amountPaidMinor: row.amount_paid_minor,
      balanceAppliedMinor, prePaymentNotesMinor: preNotes.map((note) => note.pre_payment_minor), ...(notesAfter.length === 0 ? {} : { notesAfterGivenUpMinor: notesAfter.map((note) => note.pre_payment_minor) }), finalisedOn: zone.dateOf(row.finalised_at), paidOn: dayOrNull(zone, row.paid_at), voidedOn: dayOrNull(zone, row.voided_at),
      uncollectibleAt: row.marked_uncollectible_at, uncollectibleOn: dayOrNull(zone, row.marked_uncollectible_at), lines, payments,
    },
  };
}

/** @param isInvoiceWanted with the first invoice it is tied to: where money goes back. */
function loadCharge(rows: FactRows, zone: TimeZone, id: string, isInvoiceWanted: boolean, isGone: (id: string) => boolean): { readonly fact: ChargeFact } | { readonly missing: MissingObject } {
  const row = rows.charge(id);
  if (!row) return { missing: { list: 'charges', id } };
  const byIntent = row.payment_intent_id === null ? [] : rows.tiesOfIntent(row.payment_intent_id);
  const tieRows = byIntent.length > 0 ? byIntent : rows.tiesOfCharge(id);
  const ties = inOrder(tieRows).map((tie): TieFact => {
    const tiedAt = Math.max(tie.created_at, tie.finalised_at);
    return { invoicePaymentId: tie.id, invoiceId: tie.invoice_id, invoiceFinalisedOn: zone.dateOf(tie.finalised_at), customerId: tie.customer_id, amountMinor: tie.amount_paid_minor ?? tie.amount_requested_minor, tiedAt, tiedOn: zone.dateOf(tiedAt) };
  });
  const checkout = ties.length > 0 || row.payment_intent_id === null ? undefined : inOrder(rows.checkouts(row.payment_intent_id))[0];
  const checkoutFact: CheckoutFact | null = checkout ? { sessionId: checkout.id, totalMinor: checkout.amount_total_minor ?? row.amount_minor, taxMinor: checkout.amount_tax_minor } : null;
  const loaded = isInvoiceWanted && ties[0] ? loadInvoice(rows, zone, ties[0].invoiceId, isGone) : undefined;
  if (loaded && 'missing' in loaded && loaded.missing.list === 'tax_rates') return loaded;
  const bookedBy = row.balance_transaction_id === null ? null : { entry: `balance_transaction/${row.balance_transaction_id}/payment`, on: (row.created_on as LocalDate | null) ?? zone.dateOf(row.created_at) };
  return {
    fact: { id, customerId: row.customer_id, amountMinor: row.amount_minor, authorisedMinor: row.authorised_minor ?? row.amount_minor, currency: row.currency, hasSucceeded: row.status === 'succeeded', bookedBy, ties, checkout: checkoutFact, invoice: loaded && 'fact' in loaded ? loaded.fact : null },
  };
}

/** @param isGone whether the gateway was asked for an object and does not have it. */
export function loadBalanceTransaction(rows: FactRows, zone: TimeZone, id: string, isGone: (id: string) => boolean): Loaded<BalanceTransactionFact> {
  const row = rows.transaction(id);
  if (!row) return { nothing: true };
  const base = {
    id, type: row.type, reportingCategory: row.reporting_category, amountMinor: row.amount_minor, feeMinor: row.fee_minor, netMinor: row.net_minor, currency: row.currency, createdAt: row.created_at, createdOn: row.created_on as LocalDate, sourceId: row.source_id,
    charge: null, refund: null, dispute: null,
  };
  const source = row.source_id;
  if (source === null || isGone(source)) return { fact: base };
  if (isChargeId(source)) {
    const loaded = loadCharge(rows, zone, source, false, isGone);
    return 'missing' in loaded ? loaded : { fact: { ...base, charge: loaded.fact } };
  }
  if (/^(re|pyr)_/.test(source)) return loadRefunded(rows, zone, base, source, isGone);
  if (/^(dp|du)_/.test(source)) return loadDisputed(rows, zone, base, source, isGone);
  return { fact: base };
}

/** Whether how a part of a payment is split depends on the parts that went before it: where there is tax, or more than one thing it was applied to. */
export function isSplitByParts({ charge, refund, dispute }: BalanceTransactionFact): boolean {
  const partMinor = refund?.amountMinor ?? dispute?.amountMinor;
  if (!charge || partMinor === undefined || partMinor >= charge.amountMinor) return false;
  return charge.ties.length > 1 || (charge.ties[0]?.amountMinor ?? charge.amountMinor) < charge.amountMinor || (charge.invoice?.taxMinor ?? 0) !== 0 || (charge.checkout?.taxMinor ?? 0) !== 0;
}

/** The refunds of a payment, oldest first. */
function refundsOfCharge(rows: FactRows, chargeId: string): RefundMove[] {
  const refunds = inOrder(rows.database.all<{ id: string; amount_minor: number; created_at: number; failed_at: number | null; announced: number }>(listRefundsOfCharge, [chargeId]));
  return refunds.map((refund) => ({ id: refund.id, amountMinor: refund.amount_minor, announcedMinor: refund.announced, at: refund.created_at, failedAt: refund.failed_at }));
}

/** @param movedAt with its own id, the place of the part among the refunds of its payment. */
function withEarlierRefunds(fact: BalanceTransactionFact, refunds: readonly RefundMove[], paidAnew: ReadonlyMap<string, number>, ownId: string, movedAt: number): BalanceTransactionFact {
  if (!isSplitByParts(fact)) return fact;
  const earlier = refunds.filter(({ id, at }) => id !== ownId && (at < movedAt || (at === movedAt && id < ownId)));
  return { ...fact, refundedBefore: earlier.map(({ id, amountMinor, announcedMinor, at }) => ({ amountMinor: Math.max(0, amountMinor - announcedMinor - (paidAnew.get(id) ?? 0)), at })) };
}

function loadRefunded(rows: FactRows, zone: TimeZone, base: BalanceTransactionFact, refundId: string, isGone: (id: string) => boolean): Loaded<BalanceTransactionFact> {
  const row = rows.database.get<{ charge_id: string | null; amount_minor: number; currency: string; created_at: number }>(findRefund, [refundId]);
  if (!row) return { missing: { list: 'refunds', id: refundId } };
  const loaded = row.charge_id === null || isGone(row.charge_id) ? undefined : loadCharge(rows, zone, row.charge_id, true, isGone);
  if (loaded && 'missing' in loaded) return loaded;
  const announced = rows.database.get<{ amount: number }>(sumAnnounced, [refundId, row.created_at])?.amount ?? 0;
  const charge = loaded?.fact ?? null;
  const refunds = charge === null ? [] : refundsOfCharge(rows, charge.id);
  const paidAnew = refundsPaidAnew(refunds, charge?.amountMinor ?? 0);
  const again = paidAnew.get(refundId);
  const fact: BalanceTransactionFact = { ...base, charge, refund: { id: refundId, amountMinor: row.amount_minor, currency: row.currency, announcedMinor: announced, ...(again === undefined ? {} : { paidAnewMinor: again }) } };
  return { fact: withEarlierRefunds(fact, refunds, paidAnew, refundId, base.createdAt) };
}

function loadDisputed(rows: FactRows, zone: TimeZone, base: BalanceTransactionFact, disputeId: string, isGone: (id: string) => boolean): Loaded<BalanceTransactionFact> {
  const row = rows.database.get<{ charge_id: string | null; amount_minor: number; currency: string; created_at: number }>(findDispute, [disputeId]);
  if (!row) return { missing: { list: 'disputes', id: disputeId } };
  const loaded = row.charge_id === null || isGone(row.charge_id) ? undefined : loadCharge(rows, zone, row.charge_id, true, isGone);
  if (loaded && 'missing' in loaded) return loaded;
  const charge = loaded?.fact ?? null;
  const returnedMinor = base.amountMinor > 0 && row.currency !== base.currency ? returnedOfDispute(rows, base, disputeId, row.amount_minor) : row.amount_minor;
  const fact: BalanceTransactionFact = { ...base, charge, dispute: { id: disputeId, amountMinor: row.amount_minor, currency: row.currency, createdOn: zone.dateOf(row.created_at), ...(returnedMinor === row.amount_minor ? {} : { returnedMinor }) } };
  // What a reinstatement returns is split as it was on the day of the dispute.
  const refunds = charge !== null && isSplitByParts(fact) ? refundsOfCharge(rows, charge.id) : [];
  const withRefunds = withEarlierRefunds(fact, refunds, refundsPaidAnew(refunds, charge?.amountMinor ?? 0), disputeId, row.created_at);
  const returnedBefore = base.amountMinor > 0 ? returnedBeforeOf(rows, base, disputeId, row) : 0;
  // What an earlier reinstatement returned is not returned again: this one goes on where that one ended.
  return { fact: returnedBefore === 0 ? withRefunds : { ...withRefunds, refundedBefore: [...(withRefunds.refundedBefore ?? []), { amountMinor: returnedBefore, at: base.createdAt }] } };
}

/** In the dispute's own currency, what its reinstatements before this one returned of it. */
function returnedBeforeOf(rows: FactRows, { id, currency }: Pick<BalanceTransactionFact, 'id' | 'currency'>, disputeId: string, dispute: { readonly amount_minor: number; readonly currency: string }): number {
  const moves = rows.database.all<{ id: string; amount_minor: number }>(listDisputeMoves, [disputeId, currency]);
  const earlier = moves.slice(0, Math.max(0, moves.findIndex((move) => move.id === id))).filter((move) => move.amount_minor > 0);
  return earlier.reduce((sum, move) => sum + (dispute.currency === currency ? move.amount_minor : returnedOfDispute(rows, { id: move.id, currency }, disputeId, dispute.amount_minor)), 0);
}

/** In the dispute's own currency, what a reinstatement in the currency of the balance returns of it. */
function returnedOfDispute(rows: FactRows, { id, currency }: Pick<BalanceTransactionFact, 'id' | 'currency'>, disputeId: string, disputeMinor: number): number {
  const moves = rows.database.all<{ id: string; amount_minor: number; exchange_rate: string | null }>(listDisputeMoves, [disputeId, currency]);
  const toMove = (row: (typeof moves)[number] | undefined) => row && { amountMinor: Math.abs(row.amount_minor), exchangeRate: row.exchange_rate };
  const returned = toMove(moves.find((move) => move.id === id));
  return returned ? partReturned(disputeMinor, toMove(moves.find((move) => move.amount_minor < 0)), returned) : disputeMinor;
}

interface CreditNoteRow {
  readonly invoice_id: string;
  readonly customer_id: string | null;
  readonly currency: string;
  readonly total_minor: number;
  readonly tax_minor: number;
  readonly pre_payment_minor: number;
  readonly out_of_band_minor: number;
  readonly customer_balance_minor: number;
  readonly voided_at: number | null;
  readonly created_at: number;
  readonly tax_parts: string | null;
}

export function loadCreditNote(rows: FactRows, zone: TimeZone, id: string, isGone: (id: string) => boolean): Loaded<CreditNoteFact> {
  const row = rows.database.get<CreditNoteRow>(findCreditNote, [id]);
  if (!row) return { nothing: true };
  const loaded = loadInvoice(rows, zone, row.invoice_id, isGone);
  if ('missing' in loaded && !isGone(loaded.missing.id)) return loaded;
  const taxes = row.tax_minor === 0 || row.tax_parts === null ? undefined : loadTaxes(rows, row.tax_parts, row.tax_minor, isGone);
  if (taxes && 'missing' in taxes) return taxes;
  const ofNotes = 'fact' in loaded ? loadNotesOfInvoice(rows, loaded.fact, isGone) : {};
  if ('missing' in ofNotes) return ofNotes;
  const unknownRefund = rows.database.all<{ refund_id: string }>(findUnknownRefund, [id]).find((row) => !isGone(row.refund_id));
  if (unknownRefund) return { missing: { list: 'refunds', id: unknownRefund.refund_id } };
  const refunds = rows.database.get<{ later: number; earlier: number }>(sumNoteRefunds, [row.created_at, row.created_at, id]) ?? { later: 0, earlier: 0 };
  const [given, takenBack] = [creditMovementIds.given(id), creditMovementIds.takenBack(id)];
  const creditOf = row.customer_balance_minor === 0 ? undefined : creditPartsIn(rows, zone, row.customer_id, row.currency, [given, takenBack]);
  return {
    fact: {
      ...taxes,
      ...(creditOf ? { credit: { given: creditOf(given), takenBack: creditOf(takenBack) } } : {}),
      id, customerId: row.customer_id, currency: row.currency, totalMinor: row.total_minor, taxMinor: row.tax_minor, prePaymentMinor: row.pre_payment_minor, outOfBandMinor: row.out_of_band_minor, customerBalanceMinor: row.customer_balance_minor,
      refundedMinor: refunds.later, earlierRefundsMinor: refunds.earlier, createdAt: row.created_at, createdOn: zone.dateOf(row.created_at), voidedOn: dayOrNull(zone, row.voided_at), invoice: 'fact' in loaded ? { ...loaded.fact, ...ofNotes } : null,
    },
  };
}

interface BalanceMoveRow {
  readonly customer_id: string;
  readonly currency: string;
  readonly type: string;
  readonly amount_minor: number;
  readonly description: string | null;
  readonly created_at: number;
}

export function loadCustomerBalance(rows: FactRows, zone: TimeZone, id: string): Loaded<CustomerBalanceFact> {
  const row = rows.database.get<BalanceMoveRow>(findBalanceMove, [id]);
  if (!row) return { nothing: true };
  const entry = creditMovementIds.byHand(id);
  const partsOf = creditPartsIn(rows, zone, row.customer_id, row.currency, [entry]);
  return { fact: { id, customerId: row.customer_id, currency: row.currency, type: row.type, amountMinor: row.amount_minor, description: row.description, createdOn: zone.dateOf(row.created_at), ...(partsOf ? { parts: partsOf(entry) } : {}) } };
}
