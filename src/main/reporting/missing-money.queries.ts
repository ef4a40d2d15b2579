/**
 * Money that may be lost without anybody noticing: what was missed, not billed, not sent, not credited or not written off, with what it comes to and what to do about it.
 */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { StrandedUsage, UninvoicedMonth } from '../billing/unbilled-usage.ts';
import { minorUnits, mulDiv } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { BankLines } from '../reconciliation/bank-lines.ports.ts';
import { accountToMatchSql, linkOfPayoutToMatch } from './bank-lines.queries.ts';
import type { MoneyRow } from './reconciliation.queries.ts';

export type MissingMoneyKind = 'missed-webhook' | 'unrecorded-payment' | 'unbilled-usage' | 'uninvoiced-month' | 'payout-without-bank-line' | 'refund-without-credit-note' | 'invoice-never-sent' | 'lost-dispute';

/** What a credit note at Stripe has to say so that a refund is covered; amounts in minor units. */
export interface CreditNoteDraft {
  readonly refundId: string;
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly customerName: string;
  readonly amount: MoneyRow;
  /** Of the amount, as the invoice has tax in its total. */
  readonly taxMinor: number;
  readonly refundedOn: LocalDate;
}

/**
 * `job`: it is started at once; `link`: the place with the one thing chosen; `send`: the dialog that sends these invoices; `credit-note`: the draft of what Stripe has to issue, as its invoices
 * and their notes are Stripe's to write.
 */
export type Remedy =
  | { readonly kind: 'job'; readonly job: string; readonly period: string | null; readonly label: string }
  | { readonly kind: 'link'; readonly to: string; readonly label: string }
  | { readonly kind: 'send'; readonly invoices: readonly { readonly id: string; readonly number: string; readonly customerName: string }[]; readonly label: string }
  | { readonly kind: 'credit-note'; readonly drafts: readonly CreditNoteDraft[]; readonly label: string };

export interface MissingMoneyItem {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly amount: MoneyRow | null;
  readonly on: string | null;
  readonly link: string;
  /** Where it has one of its own; null: that of all of them. */
  readonly remedy: Remedy | null;
}

export interface MissingMoneyFinding {
  readonly kind: MissingMoneyKind;
  readonly count: number;
  /** Per currency, without signs. What has no amount yet (usage nobody can rate) is counted, not summed. */
  readonly atRisk: readonly MoneyRow[];
  readonly remedy: Remedy;
  /** The biggest first, at most {@link itemsShown}. */
  readonly items: readonly MissingMoneyItem[];
}

export interface MissingMoneyQuestion {
  readonly zone: TimeZone;
  readonly today: LocalDate;
  readonly bank: BankLines;
  readonly unbilled: { readonly months: readonly UninvoicedMonth[]; readonly usage: readonly Omit<StrandedUsage, 'since'>[] };
}

export const itemsShown = 20;
/** So many invoices go into one dialog; the others are found again when those were sent. */
const sentAtOnce = 200;
/** An invoice may wait so long before it counts as forgotten, and a payout before its line is missed. */
const graceDays = 3;
/** Refunds and disputes of this many days are looked at. */
const lookBackDays = 400;

interface Row {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly at: number;
  readonly link: string;
}

const part = (column: string): string => `'/invoices/payments/' || ${column}`;
const ofReason = (name: string, title: string) => sql(
  `missing-money.${name}`,
  `SELECT id, object_id AS title, '${title}' || occurred_on AS detail, abs(amount_minor) AS "amountMinor", currency, first_seen_at AS at, '/reconciliation/' || id AS link FROM discrepancies WHERE status IN ('open', 'assigned', 'on-hold') AND reason = :reason ORDER BY abs(amount_minor) DESC, id`,
);
const missedFacts = ofReason('missed-webhook', 'Stripe has it, the books do not, since ');
const unrecorded = ofReason('unrecorded-payment', 'Stripe has it, the company’s records do not, since ');
// What the notes of an invoice cover is used up by its refunds, the oldest first; a note that names its refund covers no other.
const refundsWithoutNote = sql(
  'missing-money.refunds',
  `SELECT r.id, coalesce(i.number, i.id) AS title, 'refunded by ' || r.id || ', no credit note' AS detail, r.amount_minor AS "amountMinor", r.currency, r.created_at AS at, ${part('r.id')} AS link,
          i.id AS "invoiceId", i.tax_minor AS "taxMinor", i.total_minor AS "totalMinor", coalesce((SELECT coalesce(name, email) FROM stripe_customers AS c WHERE c.id = i.customer_id), i.customer_id, '') AS "customerName"
     FROM stripe_refunds AS r JOIN stripe_invoice_payments AS p ON p.id = (SELECT id FROM stripe_invoice_payments AS q WHERE (q.charge_id = r.charge_id OR q.payment_intent_id = r.payment_intent_id) AND q.status = 'paid' ORDER BY id LIMIT 1) JOIN stripe_invoices AS i ON i.id = p.invoice_id
    WHERE r.created_at >= :since AND coalesce(r.status, 'succeeded') = 'succeeded' AND NOT EXISTS (SELECT 1 FROM stripe_credit_note_refunds AS n WHERE n.refund_id = r.id)
      AND coalesce((SELECT sum(c.total_minor - coalesce((SELECT sum(l.amount_minor) FROM stripe_credit_note_refunds AS l WHERE l.credit_note_id = c.id), 0)) FROM stripe_credit_notes AS c WHERE c.invoice_id = i.id AND c.status = 'issued' AND c.post_payment_minor > 0), 0)
        < (SELECT sum(paid.amount_minor) FROM stripe_refunds AS paid WHERE (paid.charge_id = r.charge_id OR paid.id = r.id) AND coalesce(paid.status, 'succeeded') = 'succeeded' AND (paid.created_at, paid.id) <= (r.created_at, r.id)
            AND NOT EXISTS (SELECT 1 FROM stripe_credit_note_refunds AS n WHERE n.refund_id = paid.id))
    ORDER BY r.amount_minor DESC, r.id`,
);
const unsentInvoices = sql(
  'missing-money.unsent',
  `SELECT invoice.id, invoice.invoice_number AS title, coalesce(partner.name, invoice.user_id, '') AS "customerName", coalesce(partner.name, invoice.user_id, '') || ' · finalised, not sent' AS detail, invoice.amount_due_minor AS "amountMinor", invoice.currency, coalesce(invoice.finalised_at, invoice.created_at) AS at, '/invoices/' || invoice.id AS link
     FROM invoices AS invoice LEFT JOIN partners AS partner ON partner.id = invoice.partner_id
    WHERE invoice.status = 'finalised' AND invoice.sent_at IS NULL AND invoice.amount_due_minor > 0 AND coalesce(invoice.finalised_at, invoice.created_at) < :before
      AND NOT EXISTS (SELECT 1 FROM mail_outbox AS mail WHERE mail.invoice_id = invoice.id AND mail.state IN ('waiting', 'claimed', 'sending', 'in-doubt', 'sent')) ORDER BY invoice.amount_due_minor DESC, invoice.id`,
);
// From the dispute to its transactions to their entries, each by its own index: left to itself, SQLite walks every entry of that source for each dispute.
// A lost dispute is a cost once the transaction that took the money is in the books as one: an entry that parks the money on unapplied receipts or suspense says only that nobody knows yet.
const takenBy = "stripe_balance_transactions AS t CROSS JOIN journal_entries AS e ON e.source_id = t.id AND +e.source_type = 'stripe-balance-transaction'";
const lostDisputes = sql(
  'missing-money.lost-disputes',
  `WITH lost AS (SELECT d.id, d.amount_minor, d.currency, d.created_at, EXISTS (SELECT 1 FROM ${takenBy} WHERE t.source_id = d.id AND t.amount_minor < 0) AS is_posted,
       coalesce((SELECT sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) FROM ${takenBy} CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND p.account_code IN ('${accountCodes.unappliedReceipts}', '${accountCodes.suspense}') WHERE t.source_id = d.id), 0) AS held_minor,
       (SELECT x.id FROM discrepancies AS x WHERE x.object_id = d.id AND x.reason = 'dispute-without-write-off' AND x.status IN ('open', 'assigned', 'on-hold')) AS work
     FROM stripe_disputes AS d WHERE d.status = 'lost' AND d.created_at >= :since AND NOT EXISTS (SELECT 1 FROM discrepancies AS x WHERE x.object_id = d.id AND x.marked_as IN ('written-off', 'adjusted', 'linked')))
   SELECT id, id AS title, iif(is_posted, 'lost, its money still waits to be written off', 'lost, not written off in the books') AS detail, iif(is_posted, held_minor, amount_minor) AS "amountMinor", currency, created_at AS at, coalesce('/reconciliation/' || work, ${part('id')}) AS link, work
     FROM lost WHERE is_posted = 0 OR held_minor > 0 ORDER BY amount_minor DESC, id`,
);
// One that a bank line names with another amount has arrived: the inbox says by how much it differs.
const paidPayouts = sql(
  'missing-money.payouts',
  `SELECT id, id AS title, 'paid out, no line of a bank statement' AS detail, amount_minor AS "amountMinor", currency, arrival_at AS at, '/ledger/entries?sourceId=' || coalesce(balance_transaction_id, id) AS link,
          (${accountToMatchSql('stripe_payouts.currency')}) AS "accountId" FROM stripe_payouts
    WHERE status = 'paid' AND arrival_at >= :since AND arrival_at < :before
      AND NOT EXISTS (SELECT 1 FROM discrepancies AS x WHERE x.object_id = stripe_payouts.id AND x.level = 'bank' AND x.reason = 'amount-differs' AND x.status IN ('open', 'assigned', 'on-hold')) ORDER BY amount_minor DESC, id`,
);

/** Only kinds of which something was found, in the order of {@link MissingMoneyKind}. */
export function readMissingMoney(database: ReadableDatabase, question: MissingMoneyQuestion): MissingMoneyFinding[] {
  const { zone, today, bank, unbilled } = question;
  const since = zone.startOf(addDays(today, -lookBackDays));
  const before = zone.startOf(addDays(today, -graceDays));
  const rows = (statement: typeof missedFacts, values: Record<string, string | number>): MissingMoneyItem[] => database.all<Row>(statement, values).map((row) => itemOf(row, zone));
  const oldest = unbilled.months.map((each) => each.month).toSorted()[0];
  const refunds = database.all<RefundRow>(refundsWithoutNote, { since });
  const unsent = database.all<UnsentRow>(unsentInvoices, { before });
  const payouts = payoutsWithoutLine(database, bank, { since, before });
  const findings = [
    finding('missed-webhook', rows(missedFacts, { reason: 'missing-in-ledger' }), { kind: 'job', job: 'fetch-missing', period: null, label: 'Fetch from Stripe' }),
    finding('unrecorded-payment', rows(unrecorded, { reason: 'missing-in-payment-history' }), { kind: 'link', to: '/reconciliation?status=unsettled&reason=missing-in-payment-history', label: 'Work on them' }),
    finding('unbilled-usage', unbilled.usage.map(usageItem), { kind: 'link', to: '/invoices/run-sheet', label: 'Open the run sheet' }),
    finding('uninvoiced-month', unbilled.months.map(monthItem), oldest ? { kind: 'job', job: 'partner-billing', period: oldest, label: `Make the drafts of ${oldest}` } : { kind: 'link', to: '/invoices/run-sheet', label: 'Open the run sheet' }),
    finding('payout-without-bank-line', payouts.map((row) => itemOf(row, zone, toMatch(row, zone, 'Match it'))), payouts[0] ? toMatch(payouts[0], zone, payouts.length === 1 ? 'Match it' : 'Match the largest') : { kind: 'link', to: '/reconciliation/bank', label: 'Match bank lines' }),
    finding('refund-without-credit-note', refunds.map((row) => itemOf(row, zone, { kind: 'credit-note', drafts: [draftOf(row, zone)], label: 'Draft the credit note' })), { kind: 'credit-note', drafts: refunds.slice(0, itemsShown).map((row) => draftOf(row, zone)), label: refunds.length === 1 ? 'Draft the credit note' : 'Draft the credit notes' }),
    finding('invoice-never-sent', unsent.map((row) => itemOf(row, zone, { kind: 'send', invoices: [toSend(row)], label: 'Send it' })), { kind: 'send', invoices: unsent.slice(0, sentAtOnce).map(toSend), label: unsent.length === 1 ? 'Send it' : 'Send them' }),
    lostDisputesFinding(database.all<DisputeRow>(lostDisputes, { since }), zone),
  ];
  return findings.filter((found) => found.count > 0);
}

const syncAndPost: Remedy = { kind: 'job', job: 'stripe-sync', period: null, label: 'Sync Stripe and post' };

/** What is parked is written off where its discrepancy is worked; what is not in the books yet comes with a sync. */
function lostDisputesFinding(disputes: readonly DisputeRow[], zone: TimeZone): MissingMoneyFinding {
  const remedyOf = ({ work, link }: DisputeRow): Remedy => (work === null ? syncAndPost : { kind: 'link', to: link, label: 'Write off' });
  const parked = disputes.filter(({ work }) => work !== null);
  const [first] = parked;
  const ofAll: Remedy = !first ? syncAndPost : parked.length === 1 ? remedyOf(first) : { kind: 'link', to: '/reconciliation?reason=dispute-without-write-off', label: 'Write off' };
  return finding('lost-dispute', disputes.map((row) => itemOf(row, zone, remedyOf(row))), ofAll);
}

function payoutsWithoutLine(database: ReadableDatabase, bank: BankLines, days: { readonly since: number; readonly before: number }): PayoutRow[] {
  if (!bank.hasStatements()) return []; // nothing can be missed in a bank that nobody read
  const paid = database.all<PayoutRow>(paidPayouts, days);
  const missed = new Set(bank.payoutsWithoutLine(paid.map((row) => row.id)));
  return paid.filter((row) => missed.has(row.id));
}

interface DisputeRow extends Row {
  /** The discrepancy it is written off by; null: none is open. */
  readonly work: string | null;
}

interface RefundRow extends Row {
  readonly invoiceId: string;
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly customerName: string;
}

interface UnsentRow extends Row {
  readonly customerName: string;
}

interface PayoutRow extends Row {
  /** The bank account of its currency with the most lines that nobody has said anything of. */
  readonly accountId: string | null;
}

const toMatch = ({ id, currency, at, accountId }: PayoutRow, zone: TimeZone, label: string): Remedy => ({ kind: 'link', to: linkOfPayoutToMatch({ id, currency, on: zone.dateOf(at), accountId }), label });
const toSend = ({ id, title, customerName }: UnsentRow) => ({ id, number: title, customerName });

/** A part of an invoice is given back with the same part of its tax; rounded half away from zero, as its lines are. */
function draftOf({ id, invoiceId, title, customerName, amountMinor, currency, taxMinor, totalMinor, at }: RefundRow, zone: TimeZone): CreditNoteDraft {
  return { refundId: id, invoiceId, invoiceNumber: title, customerName, amount: { amount: amountMinor, currency }, taxMinor: totalMinor === 0 ? 0 : mulDiv(minorUnits(amountMinor), taxMinor, totalMinor, 'half-away-from-zero'), refundedOn: zone.dateOf(at) };
}

function itemOf(row: Row, zone: TimeZone, remedy: Remedy | null = null): MissingMoneyItem {
  return { id: row.id, title: row.title, detail: row.detail, amount: row.amountMinor === 0 ? null : { amount: row.amountMinor, currency: row.currency }, on: zone.dateOf(row.at), link: row.link, remedy };
}

const usageItem = (usage: MissingMoneyQuestion['unbilled']['usage'][number]): MissingMoneyItem => ({ id: usage.id, title: usage.partnerName ?? usage.id, detail: usage.detail, amount: usage.totalMinor === null || usage.currency === null ? null : { amount: usage.totalMinor, currency: usage.currency }, on: null, link: usage.partnerName === null ? '/partners/contracts' : `/invoices/run-sheet/${encodeURIComponent(usage.id)}`, remedy: null });
const monthItem = (month: UninvoicedMonth): MissingMoneyItem => ({
  id: `${month.contractId}/${month.month}`, title: month.partnerName, detail: month.problem ?? `no invoice for ${month.month}`, amount: month.totalMinor === null || month.currency === null ? null : { amount: month.totalMinor, currency: month.currency }, on: `${month.month}-01`, link: `/partners/${encodeURIComponent(month.partnerId)}`, remedy: null,
});

function finding(kind: MissingMoneyKind, items: readonly MissingMoneyItem[], remedy: Remedy): MissingMoneyFinding {
  const sums = new Map<string, number>();
  for (const { amount } of items) if (amount) sums.set(amount.currency, (sums.get(amount.currency) ?? 0) + Math.abs(amount.amount));
  return { kind, count: items.length, atRisk: [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency })), remedy, items: items.slice(0, itemsShown) };
}
