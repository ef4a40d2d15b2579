/** All SQL of recognition: deferrals as the journal booked them, shaped by the lines of the mirror (migration 0011). */
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';

const deferred = accountCodes.deferredRevenue;
const signedMinor = "CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END";
const signedFunctional = "CASE p.direction WHEN 'debit' THEN p.functional_amount_minor ELSE -p.functional_amount_minor END";

const listServed = sql('recognition.served', 'SELECT DISTINCT invoice_id FROM stripe_invoice_lines WHERE period_end_at > :from AND period_end_at > period_start_at AND period_start_at < :before');
/** Invoices of the entries that moved deferred revenue between two days. Here and below CROSS JOIN and the plus: from an entry to its own few postings, never through all postings of the account. */
const listMoved = sql(
  'recognition.moved',
  `WITH moved AS MATERIALIZED (
     SELECT DISTINCT e.source_type, e.source_id FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
     WHERE e.entry_date >= :from AND e.entry_date < :before AND +p.account_code = '${deferred}' AND e.source_type <> 'recognition')
   SELECT source_id AS invoice_id FROM moved WHERE source_type = 'stripe-invoice'
   UNION SELECT ip.invoice_id FROM moved CROSS JOIN stripe_invoice_payments AS ip ON ip.id = moved.source_id WHERE source_type = 'stripe-invoice-payment'
   UNION SELECT n.invoice_id FROM moved CROSS JOIN stripe_credit_notes AS n ON n.id = moved.source_id WHERE source_type = 'stripe-credit-note'
   UNION SELECT ip.invoice_id FROM moved CROSS JOIN stripe_balance_transactions AS t ON t.id = moved.source_id
         LEFT JOIN stripe_refunds AS r ON r.id = t.source_id LEFT JOIN stripe_disputes AS d ON d.id = t.source_id
         JOIN stripe_charges AS c ON c.id = coalesce(r.charge_id, d.charge_id)
         JOIN stripe_invoice_payments AS ip ON ip.payment_intent_id = c.payment_intent_id OR ip.charge_id = c.id
    WHERE source_type = 'stripe-balance-transaction'`,
);

const listLines = sql(
  'recognition.lines',
  `SELECT l.id, l.invoice_id AS invoiceId, l.amount_minor - l.discount_minor - l.billing_credit_minor - l.inclusive_tax_minor AS netMinor, l.subscription_id AS subscriptionId, l.period_start_at AS startAt, l.period_end_at AS endAt,
          pr.usage_type AS usageType
     FROM json_each(:ids) AS wanted CROSS JOIN stripe_invoice_lines AS l ON l.invoice_id = wanted.value LEFT JOIN stripe_prices AS pr ON pr.id = l.price_id
    WHERE l.period_end_at > l.period_start_at ORDER BY l.invoice_id, l.line_index`,
);
const listInvoices = sql('recognition.invoices', 'SELECT i.id, i.customer_id AS customerId, i.currency FROM json_each(:ids) AS wanted CROSS JOIN stripe_invoices AS i ON i.id = wanted.value');

/** Rows of one deferral or of what moved it; `splitAt` or `splitOn` is the moment of the split. */
const movementColumns = `e.kind, e.entry_date AS bookedOn, coalesce(${signedMinor}, 0) AS takenMinor, coalesce(${signedFunctional}, 0) AS takenFunctionalMinor`;
const listInvoiceMovements = sql(
  'recognition.invoice-movements',
  `SELECT e.source_id AS invoiceId, ${movementColumns}, (SELECT q.rate FROM posting_lines AS q WHERE q.ledger_sequence = e.ledger_sequence AND q.rate IS NOT NULL LIMIT 1) AS rate, CASE WHEN e.kind = 'invoice-voided' THEN i.voided_at WHEN e.kind IN ('invoice-uncollectible', 'bad-debt-recovered') THEN i.marked_uncollectible_at ELSE i.finalised_at END AS splitAt, NULL AS splitOn
     FROM json_each(:ids) AS wanted CROSS JOIN journal_entries AS e ON e.source_type = 'stripe-invoice' AND e.source_id = wanted.value JOIN stripe_invoices AS i ON i.id = e.source_id
     LEFT JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND +p.account_code = '${deferred}'
    WHERE e.kind = 'invoice-finalised' OR p.ledger_sequence IS NOT NULL ORDER BY e.ledger_sequence`,
);
/** A payment after the invoice was given up brings back what that took, as on the day of giving up. */
const listRecoveries = sql(
  'recognition.recoveries',
  `SELECT ip.invoice_id AS invoiceId, ${movementColumns}, i.marked_uncollectible_at AS splitAt, NULL AS splitOn
     FROM json_each(:ids) AS wanted CROSS JOIN stripe_invoices AS i ON i.id = wanted.value AND i.marked_uncollectible_at IS NOT NULL CROSS JOIN stripe_invoice_payments AS ip ON ip.invoice_id = i.id
     CROSS JOIN journal_entries AS e ON e.source_type = 'stripe-invoice-payment' AND e.source_id = ip.id CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND +p.account_code = '${deferred}' ORDER BY e.ledger_sequence`,
);
const listNoteMovements = sql(
  'recognition.note-movements',
  `SELECT n.invoice_id AS invoiceId, ${movementColumns}, CASE WHEN e.kind IN ('bad-debt-recovered', 'bad-debt-given-up-again') THEN (SELECT i.marked_uncollectible_at FROM stripe_invoices AS i WHERE i.id = n.invoice_id) ELSE n.created_at END AS splitAt, NULL AS splitOn
     FROM json_each(:ids) AS wanted CROSS JOIN stripe_credit_notes AS n ON n.invoice_id = wanted.value CROSS JOIN journal_entries AS e ON e.source_type = 'stripe-credit-note' AND e.source_id = n.id
     CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND +p.account_code = '${deferred}' ORDER BY e.ledger_sequence`,
);
/** Money that went back or came back, on the invoice its payment was tied to first. */
const listMoneyMovements = sql(
  'recognition.money-movements',
  `WITH paid AS MATERIALIZED (
     SELECT ip.invoice_id, ip.payment_intent_id, ip.charge_id FROM json_each(:ids) AS wanted CROSS JOIN stripe_invoice_payments AS ip ON ip.invoice_id = wanted.value
      WHERE ip.status <> 'canceled' AND NOT EXISTS (
        SELECT 1 FROM stripe_invoice_payments AS o JOIN stripe_invoices AS oi ON oi.id = o.invoice_id
         WHERE o.payment_intent_id = ip.payment_intent_id AND o.status <> 'canceled' AND oi.finalised_at IS NOT NULL AND (o.created_at < ip.created_at OR (o.created_at = ip.created_at AND o.id < ip.id)))),
   charged AS (
     SELECT paid.invoice_id, c.id FROM paid JOIN stripe_charges AS c ON c.payment_intent_id = paid.payment_intent_id
     UNION SELECT invoice_id, charge_id FROM paid WHERE charge_id IS NOT NULL),
   returned AS (
     SELECT charged.invoice_id, r.id AS source_id, NULL AS disputed_at FROM charged JOIN stripe_refunds AS r ON r.charge_id = charged.id
     UNION ALL SELECT charged.invoice_id, d.id, d.created_at FROM charged JOIN stripe_disputes AS d ON d.charge_id = charged.id)
   SELECT returned.invoice_id AS invoiceId, ${movementColumns}, returned.disputed_at AS splitAt, t.created_on AS splitOn
     FROM returned CROSS JOIN stripe_balance_transactions AS t ON t.source_id = returned.source_id CROSS JOIN journal_entries AS e ON e.source_type = 'stripe-balance-transaction' AND e.source_id = t.id
     CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND +p.account_code = '${deferred}' ORDER BY e.ledger_sequence`,
);
const listRecognised = sql(
  'recognition.recognised',
  `SELECT e.source_id AS lineId, e.idempotency_key AS key, e.entry_date AS bookedOn, ${signedMinor} AS minor, ${signedFunctional} AS functionalMinor
     FROM json_each(:ids) AS wanted CROSS JOIN journal_entries AS e ON e.source_type = 'recognition' AND e.source_id = wanted.value CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence AND +p.account_code = '${deferred}' ORDER BY e.ledger_sequence`,
);

const firstMovedDay = sql('recognition.first-day', `SELECT e.entry_date AS day FROM journal_entries AS e WHERE EXISTS (SELECT 1 FROM posting_lines AS p WHERE p.ledger_sequence = e.ledger_sequence AND +p.account_code = '${deferred}') ORDER BY e.entry_date, e.ledger_sequence LIMIT 1`);
const findAny = sql('recognition.any', `SELECT 1 AS found FROM posting_lines WHERE account_code = '${deferred}' LIMIT 1`);
const findHead = sql('recognition.head', 'SELECT coalesce(max(ledger_sequence), 0) AS sequence FROM journal_entries');
const findMark = sql('recognition.mark', 'SELECT ledger_sequence AS sequence FROM recognised_months WHERE month = ?');
const saveMark = sql('recognition.save-mark', 'INSERT INTO recognised_months (month, ledger_sequence, recognised_at) VALUES (?, ?, ?) ON CONFLICT (month) DO UPDATE SET ledger_sequence = excluded.ledger_sequence, recognised_at = excluded.recognised_at');
const findMovedSince = sql(
  'recognition.moved-since',
  `SELECT min(e.entry_date) AS day FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence WHERE e.ledger_sequence > ? AND e.source_type <> 'recognition' AND +p.account_code = '${deferred}'`,
);
const findRecognisedIn = sql('recognition.recognised-in', "SELECT 1 AS found FROM journal_entries WHERE entry_date >= ? AND entry_date < ? AND source_type = 'recognition' LIMIT 1");
const listMarks = sql('recognition.marks', 'SELECT month, ledger_sequence AS sequence FROM recognised_months');
const findClosed = sql('recognition.closed', "SELECT 1 AS found FROM ledger_periods WHERE month >= ? AND state = 'closed' LIMIT 1");
const findLastClosed = sql('recognition.last-closed', "SELECT max(month) AS month FROM ledger_periods WHERE state = 'closed'");
const countPending = sql('recognition.pending', 'SELECT count(*) AS count FROM provisional_entries WHERE entry_date < ? AND reason_code IS NULL');

export interface LineRow {
  readonly id: string;
  readonly invoiceId: string;
  readonly netMinor: number;
  readonly subscriptionId: string | null;
  readonly startAt: number;
  readonly endAt: number;
  readonly usageType: string | null;
}

export interface InvoiceRow {
  readonly id: string;
  readonly customerId: string | null;
  readonly currency: string;
}

export interface MovementRow {
  readonly invoiceId: string;
  readonly kind: string;
  readonly bookedOn: LocalDate;
  readonly takenMinor: number;
  readonly takenFunctionalMinor: number;
  /** Of an invoice's own entries. */
  readonly rate?: string | null;
  readonly splitAt: number | null;
  readonly splitOn: LocalDate | null;
}

export interface RecognisedRow {
  readonly lineId: string;
  readonly key: string;
  readonly bookedOn: LocalDate;
  readonly minor: number;
  readonly functionalMinor: number;
}

const asList = (ids: readonly string[]): { ids: string } => ({ ids: JSON.stringify(ids) });

/** Invoices that may have something to recognise in a month: by service, or because deferred revenue moved. Sorted. */
export function invoicesOfMonth(database: ReadableDatabase, bounds: { readonly startAt: number; readonly endAt: number; readonly from: LocalDate; readonly before: LocalDate }): string[] {
  const found = new Set<string>();
  for (const row of database.all<{ invoice_id: string }>(listServed, { from: bounds.startAt, before: bounds.endAt })) found.add(row.invoice_id);
  for (const row of database.all<{ invoice_id: string }>(listMoved, { from: bounds.from, before: bounds.before })) found.add(row.invoice_id);
  return [...found].sort();
}

export const linesOfInvoices = (database: ReadableDatabase, invoiceIds: readonly string[]): LineRow[] => database.all<LineRow>(listLines, asList(invoiceIds));
export const invoicesById = (database: ReadableDatabase, invoiceIds: readonly string[]): InvoiceRow[] => database.all<InvoiceRow>(listInvoices, asList(invoiceIds));
export const movementsOfInvoices = (database: ReadableDatabase, invoiceIds: readonly string[]): MovementRow[] => [listInvoiceMovements, listRecoveries, listNoteMovements, listMoneyMovements].flatMap((statement) => database.all<MovementRow>(statement, asList(invoiceIds)));
export const recognisedOfLines = (database: ReadableDatabase, lineIds: readonly string[]): RecognisedRow[] => database.all<RecognisedRow>(listRecognised, asList(lineIds));

/** The first day on which deferred revenue moved; null in a ledger without any. */
export function firstDeferralDay(database: ReadableDatabase): LocalDate | null {
  // Asked first, by the account: without any, the walk over the days would go through all of the books.
  if (database.get(findAny) === undefined) return null;
  return database.get<{ day: LocalDate | null }>(firstMovedDay)?.day ?? null;
}
export const headSequence = (database: ReadableDatabase): number => database.get<{ sequence: number }>(findHead)?.sequence ?? 0;
export const markOfMonth = (database: ReadableDatabase, month: Month): number | undefined => database.get<{ sequence: number }>(findMark, [month])?.sequence;
/** The earliest day on which deferred revenue was moved by an entry after a place in the chain, recognition left out; null when none was. */
export const earliestMoveSince = (database: ReadableDatabase, sequence: number): LocalDate | null => database.get<{ day: LocalDate | null }>(findMovedSince, [sequence])?.day ?? null;
/** Up to which entry each recognised month was looked at. */
/** Whether anything is recognised on a day of [from, before). */
export const isAnyRecognisedIn = (database: ReadableDatabase, from: string, before: string): boolean => database.get(findRecognisedIn, [from, before]) !== undefined;
export const marksOfMonths = (database: ReadableDatabase): Map<Month, number> => new Map(database.all<{ month: Month; sequence: number }>(listMarks).map((row) => [row.month, row.sequence]));
/** What lies before a closed month is closed with it. */
export const isClosedMonth = (database: ReadableDatabase, month: Month): boolean => database.get(findClosed, [month]) !== undefined;
export const lastClosedMonth = (database: ReadableDatabase): Month | null => database.get<{ month: Month | null }>(findLastClosed)?.month ?? null;
export const pendingBefore = (database: ReadableDatabase, before: LocalDate): number => database.get<{ count: number }>(countPending, [before])?.count ?? 0;

export function markMonth(database: WritableDatabase, month: Month, sequence: number, at: number): void {
  database.run(saveMark, [month, sequence, at]);
}
