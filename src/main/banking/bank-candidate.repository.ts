/** What can be on a bank statement, as the mirror, the invoices and the receipts on this desk say. Read only. */
import { localDate } from '../../shared/calendar/local-date.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { arrivalKinds, arrivalSource } from './bank-match-postings.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { waitsInTransit, type CandidateKind, type MatchCandidate } from './match-candidate.ts';

interface CandidateRow {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly expectedOn: string;
  readonly earliestOn: string;
  readonly reference: string | null;
  readonly trace: string | null;
  readonly name: string | null;
  readonly legalName: string | null;
  readonly partyId: string;
  readonly isArrived: number;
}

// A payout's arrival is a day of UTC. One that another desk has matched stands cleared in the books that were copied from it: here it can still be tied to its line.
const clearedInBooks = (id: string): string => `(SELECT coalesce(sum(CASE line.direction WHEN 'debit' THEN line.amount_minor ELSE -line.amount_minor END), 0)
     FROM journal_entries AS arrival CROSS JOIN posting_lines AS line ON line.ledger_sequence = arrival.ledger_sequence
    WHERE arrival.source_id = ${id} AND arrival.source_type = '${arrivalSource}' AND line.account_code = '${accountCodes.cashInTransit}')`;
const payoutColumns = `payout.id, payout.amount_minor AS "amountMinor", payout.currency, date(payout.arrival_at / 1000, 'unixepoch') AS "expectedOn", date(payout.created_at / 1000, 'unixepoch', '-1 day') AS "earliestOn",
    NULL AS reference, json_extract(payout.raw, '$.trace_id.value') AS trace, 'STRIPE' AS name, json_extract(payout.raw, '$.statement_descriptor') AS "legalName", 'stripe' AS "partyId", ${clearedInBooks('payout.id')} <> 0 AS "isArrived"`;
const isOpenPayout = `payout.status NOT IN ('failed', 'canceled') AND payout.amount_minor <> 0
   AND NOT EXISTS (SELECT 1 FROM bank_matched_objects AS taken WHERE taken.kind = 'payout' AND taken.object_id = payout.id)`;
const selectPayouts = sql('bank-candidates.payouts', `SELECT ${payoutColumns} FROM stripe_payouts AS payout WHERE payout.arrival_at >= :fromAt AND payout.arrival_at < :toAt AND ${isOpenPayout} ORDER BY payout.arrival_at, payout.id LIMIT :limit`);
const selectPayout = sql('bank-candidates.payout', `SELECT ${payoutColumns} FROM stripe_payouts AS payout WHERE payout.id = ? AND ${isOpenPayout}`);

// A customer may pay before the invoice is written.
const invoiceColumns = `id, amount_due_minor AS "amountMinor", currency, coalesce(due_date, issue_date) AS "expectedOn", date(issue_date, '-7 days') AS "earliestOn", invoice_number AS reference, NULL AS trace,
    json_extract(customer_snapshot, '$.customer.name') AS name, json_extract(customer_snapshot, '$.customer.legalName') AS "legalName", coalesce(partner_id, user_id, id) AS "partyId", 0 AS "isArrived"`;
const isOpenInvoice = "status IN ('finalised', 'sent', 'partly_paid') AND amount_due_minor > 0 AND issue_date IS NOT NULL";
const selectInvoices = sql('bank-candidates.invoices', `SELECT ${invoiceColumns} FROM invoices WHERE ${isOpenInvoice} AND issue_date < :to ORDER BY issue_date, id LIMIT :limit`);
const selectInvoice = sql('bank-candidates.invoice', `SELECT ${invoiceColumns} FROM invoices WHERE id = ? AND ${isOpenInvoice}`);

const receiptColumns = `act.id, act.amount_minor AS "amountMinor", act.currency, act.acted_on AS "expectedOn", date(act.acted_on, '-10 days') AS "earliestOn", act.reference, NULL AS trace,
    coalesce((SELECT name FROM partners WHERE partners.id = act.party_id), act.party_id) AS name, NULL AS "legalName", act.party_id AS "partyId", 0 AS "isArrived"`;
const isOpenReceipt = `act.kind = 'receipt' AND NOT EXISTS (SELECT 1 FROM receivable_acts AS back WHERE back.reverses = act.id)
   AND NOT EXISTS (SELECT 1 FROM bank_matched_objects AS taken WHERE taken.kind = 'receipt' AND taken.object_id = act.id)`;
const selectReceipts = sql('bank-candidates.receipts', `SELECT ${receiptColumns} FROM receivable_acts AS act WHERE ${isOpenReceipt} AND act.acted_on >= :from AND act.acted_on < :to ORDER BY act.acted_on, act.id LIMIT :limit`);
const selectReceipt = sql('bank-candidates.receipt', `SELECT ${receiptColumns} FROM receivable_acts AS act WHERE act.id = ? AND ${isOpenReceipt}`);

// Money paid to a customer stands on bank already, as a receipt does; the bank signs it as money out.
const repaymentColumns = receiptColumns.replace('act.amount_minor AS', '-act.amount_minor AS');
const isOpenRepayment = `act.kind IN ('credit-payment', 'refund-payment') AND NOT EXISTS (SELECT 1 FROM receivable_acts AS back WHERE back.reverses = act.id)
   AND NOT EXISTS (SELECT 1 FROM bank_matched_objects AS taken WHERE taken.kind = 'repayment' AND taken.object_id = act.id)`;
const selectRepayments = sql('bank-candidates.repayments', `SELECT ${repaymentColumns} FROM receivable_acts AS act WHERE ${isOpenRepayment} AND act.acted_on >= :from AND act.acted_on < :to ORDER BY act.acted_on, act.id LIMIT :limit`);
const selectRepayment = sql('bank-candidates.repayment', `SELECT ${repaymentColumns} FROM receivable_acts AS act WHERE act.id = ? AND ${isOpenRepayment}`);

// An invoice that was paid outside Stripe, in one or as a record tells of a part, and a credit note that was paid back outside: what its entry put on cash in transit, or took from there. Somebody often tells Stripe when the money has been seen, so the line may be older.
const outsideMinor = (column: string): string => `CASE p.direction WHEN 'debit' THEN p.${column} ELSE -p.${column} END`;
const outsideColumns = `e.source_id AS id, ${outsideMinor('amount_minor')} AS "amountMinor", p.currency, e.entry_date AS "expectedOn", date(e.entry_date, '-60 days') AS "earliestOn", coalesce(note.number, invoice.number) AS reference, NULL AS trace, customer.name, NULL AS "legalName",
    coalesce(invoice.customer_id, invoice.id) AS "partyId", ${clearedInBooks('e.source_id')} <> 0 AS "isArrived"`;
const outsideFrom = `journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code = '${accountCodes.cashInTransit}'
   LEFT JOIN stripe_invoice_payments AS record ON e.source_type = 'stripe-invoice-payment' AND record.id = e.source_id LEFT JOIN stripe_credit_notes AS note ON e.source_type = 'stripe-credit-note' AND note.id = e.source_id
   JOIN stripe_invoices AS invoice ON invoice.id = coalesce(record.invoice_id, note.invoice_id, e.source_id) LEFT JOIN stripe_customers AS customer ON customer.id = invoice.customer_id
  WHERE ((e.source_type IN ('stripe-invoice', 'stripe-invoice-payment') AND e.kind = 'invoice-paid-out-of-band') OR (e.source_type = 'stripe-credit-note' AND e.kind = 'credit-note-issued' AND note.voided_at IS NULL))`;
const isOpenOutside = `NOT EXISTS (SELECT 1 FROM journal_entries AS r WHERE r.reverses_entry_id = e.id) AND NOT EXISTS (SELECT 1 FROM bank_matched_objects AS taken WHERE taken.kind = 'outside-payment' AND taken.object_id = e.source_id)`;
const selectOutside = sql('bank-candidates.outside-payments', `SELECT ${outsideColumns} FROM ${outsideFrom} AND e.entry_date >= :from AND e.entry_date < :to AND ${isOpenOutside} ORDER BY e.entry_date, e.source_id LIMIT :limit`);
const selectOneOutside = sql('bank-candidates.outside-payment', `SELECT ${outsideColumns} FROM ${outsideFrom} AND e.source_id = ? AND ${isOpenOutside}`);
const transitOfOutside = sql(
  'bank-candidates.outside-transit',
  `SELECT ${outsideMinor('amount_minor')} AS minor, ${outsideMinor('functional_amount_minor')} AS functional, p.currency, p.rate FROM ${outsideFrom} AND e.source_id = ? AND NOT EXISTS (SELECT 1 FROM journal_entries AS r WHERE r.reverses_entry_id = e.id)`,
);

const transitOfPayout = sql(
  'bank-candidates.transit',
  `SELECT coalesce(sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END), 0) AS minor, coalesce(sum(CASE p.direction WHEN 'debit' THEN p.functional_amount_minor ELSE -p.functional_amount_minor END), 0) AS functional, p.currency, max(p.rate) AS rate
     FROM stripe_payouts AS payout JOIN journal_entries AS e ON e.source_id = payout.balance_transaction_id AND e.source_type = 'stripe-balance-transaction' JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE payout.id = ? AND p.account_code = '${accountCodes.cashInTransit}' GROUP BY p.currency`,
);
const countArrivals = sql('bank-candidates.arrivals', `SELECT count(*) AS count FROM journal_entries WHERE source_type = '${arrivalSource}' AND source_id = ? AND kind IN ('${arrivalKinds.payout}', '${arrivalKinds['outside-payment']}')`);
// What a customer has with us and may be paid. A credit is as old as it is; of receipts those near the lines are looked at.
const customerName = (party: string): string => `coalesce((SELECT name FROM partners WHERE partners.id = ${party}), ${party}) AS name, NULL AS "legalName", ${party} AS "partyId", 0 AS "isArrived"`;
const creditFrom = `customer_credits AS credit CROSS JOIN receivable_acts AS origin ON origin.credit_id = credit.id AND origin.kind IN ('credit-note', 'credit-carried')
  WHERE credit.remaining_minor > 0 AND NOT EXISTS (SELECT 1 FROM receivable_acts AS back WHERE back.reverses = origin.id)`;
const creditColumns = `credit.id, -credit.remaining_minor AS "amountMinor", credit.currency, origin.acted_on AS "expectedOn", origin.acted_on AS "earliestOn", coalesce(origin.document_number, (SELECT invoice_number FROM invoices WHERE invoices.id = origin.invoice_id)) AS reference, NULL AS trace,
    ${customerName('credit.account')}`;
const selectCredits = sql('bank-candidates.credits', `SELECT ${creditColumns} FROM ${creditFrom} AND origin.acted_on < :to ORDER BY origin.acted_on, credit.id LIMIT :limit`);
const selectCredit = sql('bank-candidates.credit', `SELECT ${creditColumns} FROM ${creditFrom} AND credit.id = ?`);
const leftOfReceipt = `act.amount_minor - coalesce((SELECT sum(used.amount_minor) FROM receivable_acts AS used WHERE used.receipt_id = act.id AND used.kind IN ('allocation', 'credit-payment') AND NOT EXISTS (SELECT 1 FROM receivable_acts AS back WHERE back.reverses = used.id)), 0)`;
const overpaymentFrom = `(SELECT act.id, act.currency, act.acted_on, act.reference, act.party_id, ${leftOfReceipt} AS left_minor FROM receivable_acts AS act WHERE act.kind = 'receipt' AND NOT EXISTS (SELECT 1 FROM receivable_acts AS back WHERE back.reverses = act.id)`;
const overpaymentColumns = `over.id, -over.left_minor AS "amountMinor", over.currency, over.acted_on AS "expectedOn", over.acted_on AS "earliestOn", over.reference, NULL AS trace, ${customerName('over.party_id')}`;
const selectOverpayments = sql('bank-candidates.overpayments', `SELECT ${overpaymentColumns} FROM ${overpaymentFrom} AND act.acted_on >= :from AND act.acted_on < :to) AS over WHERE over.left_minor > 0 ORDER BY over.acted_on, over.id LIMIT :limit`);
const selectOverpayment = sql('bank-candidates.overpayment', `SELECT ${overpaymentColumns} FROM ${overpaymentFrom} AND act.id = ?) AS over WHERE over.left_minor > 0`);

const isReversed = sql('bank-candidates.is-act-reversed', 'SELECT 1 AS found FROM receivable_acts WHERE reverses = ?');
const actRate = sql('bank-candidates.act-rate', 'SELECT functional_rate AS rate FROM receivable_acts WHERE id = ?');

/** More than this of one kind is not looked through at once. */
export const mostCandidates = 20_000;

export interface CandidateRange {
  /** Expected on from ≤ day < to; invoices of any age. */
  readonly from: string;
  readonly to: string;
}

const msOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

export function listCandidates(database: ReadableDatabase, { from, to }: CandidateRange): MatchCandidate[] {
  const limit = mostCandidates;
  return [
    ...database.all<CandidateRow>(selectPayouts, { fromAt: msOf(from), toAt: msOf(to), limit }).map((row) => toCandidate('payout', row)),
    ...database.all<CandidateRow>(selectReceipts, { from, to, limit }).map((row) => toCandidate('receipt', row)),
    ...database.all<CandidateRow>(selectRepayments, { from, to, limit }).map((row) => toCandidate('repayment', row)),
    ...database.all<CandidateRow>(selectOutside, { from, to, limit }).map((row) => toCandidate('outside-payment', row)),
    ...database.all<CandidateRow>(selectCredits, { to, limit }).map((row) => toCandidate('credit', row)),
    ...database.all<CandidateRow>(selectOverpayments, { from, to, limit }).map((row) => toCandidate('overpayment', row)),
    ...database.all<CandidateRow>(selectInvoices, { to, limit }).map((row) => toCandidate('invoice', row)),
  ];
}

const oneOf: Readonly<Record<CandidateKind, typeof selectPayout>> = { payout: selectPayout, invoice: selectInvoice, receipt: selectReceipt, repayment: selectRepayment, 'outside-payment': selectOneOutside, credit: selectCredit, overpayment: selectOverpayment };

/** Undefined when there is none, or none that is still open. */
export function findCandidate(database: ReadableDatabase, kind: CandidateKind, id: string): MatchCandidate | undefined {
  const row = database.get<CandidateRow>(oneOf[kind], [id]);
  return row && toCandidate(kind, row);
}

export interface TransitBooking {
  readonly minor: number;
  readonly functional: number;
  readonly currency: string;
  readonly rate: string | null;
}

/** What the entry of a payout, or of a payment outside Stripe, put on cash in transit; undefined while it is not in the books. */
export const findTransitBooking = (database: ReadableDatabase, { kind, id }: Pick<MatchCandidate, 'kind' | 'id'>): TransitBooking | undefined => database.get<TransitBooking>(kind === 'payout' ? transitOfPayout : transitOfOutside, [id]);
/** How often the books say that it arrived, those included that were taken back. */
export const countArrivalsOf = (database: ReadableDatabase, payoutId: string): number => database.get<{ count: number }>(countArrivals, [payoutId])?.count ?? 0;
/** Whether a receipt, or a payment to a customer, was taken back. */
export const isActReversed = (database: ReadableDatabase, actId: string): boolean => database.get(isReversed, [actId]) !== undefined;
/** The rate at which a receipt, or a payment to a customer, was booked; null in functional currency. */
export const findActRate = (database: ReadableDatabase, actId: string): string | null => database.get<{ rate: string | null }>(actRate, [actId])?.rate ?? null;

function toCandidate(kind: CandidateKind, row: CandidateRow): MatchCandidate {
  const given = [row.reference, row.trace].filter((text): text is string => text !== null && text !== '');
  return {
    kind, id: row.id, amountMinor: row.amountMinor, currency: row.currency, expectedOn: localDate(row.expectedOn), earliestOn: localDate(row.earliestOn), // The transfer that came in carried a receipt's reference; the one that pays it back does not.
    references: waitsInTransit(kind) ? [row.id, ...given] : kind === 'overpayment' ? [] : given,
    names: [row.name, row.legalName].filter((text): text is string => text !== null && text.trim() !== ''), partyId: row.partyId, label: kind === 'payout' ? row.id : (row.reference ?? row.id), isArrived: row.isArrived === 1,
  };
}
