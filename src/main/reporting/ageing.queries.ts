/** Movements of our own invoices' receivable, and what the account says, as ageing and statements read them. A posted act counts on the day of its entry, which a closed month moves. */
import { localDate, type LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { readAccountBalances } from './account-totals.queries.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { OwedMovement, OwedToCustomer, ReceivableMovement } from '../receivables/ageing-calculation.ts';

const party = 'coalesce(i.partner_id, i.user_id, i.id)';
const invoiceColumns = `i.id AS invoiceId, i.invoice_number AS invoiceNumber, i.due_date AS dueOn, ${party} AS partyId, coalesce(p.name, json_extract(i.customer_snapshot, '$.customer.name'), '') AS customerName, i.currency AS currency`;
/** What an act takes of the receivable: `receivableMinorOf` of receivables/receivable-postings.ts. */
const taken = (act: string): string => `CASE ${act}.kind WHEN 'allocation' THEN CASE WHEN ${act}.recovered_minor > 0 THEN 0 ELSE ${act}.amount_minor END WHEN 'credit-carried' THEN -${act}.amount_minor WHEN 'credit-note' THEN ${act}.offset_minor WHEN 'withholding-certificate' THEN ${act}.unforeseen_minor
  WHEN 'credit-application' THEN ${act}.amount_minor WHEN 'uncollectible' THEN ${act}.amount_minor WHEN 'write-off' THEN ${act}.amount_minor ELSE 0 END`;

const listInvoices = sql(
  'ageing.invoices',
  `SELECT ${invoiceColumns}, i.total_minor - i.withholding_minor AS amountMinor, coalesce(e.entry_date, i.issue_date) AS issuedOn, i.voided_at AS voidedAt, v.entry_date AS voidedOn
   FROM invoices i LEFT JOIN partners p ON p.id = i.partner_id LEFT JOIN journal_entries e ON e.source_id = i.id AND +e.idempotency_key = 'partner-invoice/' || i.id || '/finalised' LEFT JOIN journal_entries v ON v.source_id = i.id AND +v.idempotency_key = 'partner-invoice/' || i.id || '/void'
   WHERE i.invoice_number IS NOT NULL AND i.issue_date IS NOT NULL AND (:partyId IS NULL OR ${party} = :partyId)`,
);
const listActs = sql(
  'ageing.acts',
  `SELECT ${invoiceColumns}, coalesce(e.entry_date, a.acted_on) AS "on", CASE WHEN o.id IS NULL THEN a.kind ELSE o.kind || '-reversed' END AS kind,
     coalesce(a.document_number, o.document_number, r.reference, a.reference, o.reference, i.invoice_number) AS document, CASE WHEN o.id IS NULL THEN -(${taken('a')}) ELSE ${taken('o')} END AS amountMinor
   FROM receivable_acts a JOIN invoices i ON i.id = a.invoice_id LEFT JOIN partners p ON p.id = i.partner_id LEFT JOIN receivable_acts o ON o.id = a.reverses LEFT JOIN receivable_acts r ON r.id = a.receipt_id
     LEFT JOIN journal_entries e ON e.source_id IN (a.invoice_id, a.receipt_id, a.id, a.reverses) AND +e.idempotency_key = 'receivable-act/' || a.id
   WHERE (:partyId IS NULL OR a.party_id = :partyId) ORDER BY a.sequence`,
);
const listBalances = sql(
  'ageing.balances',
  `SELECT l.currency, sum(CASE l.direction WHEN 'debit' THEN l.amount_minor ELSE -l.amount_minor END) AS balanceMinor FROM postings l JOIN journal_entries e ON e.id = l.entry_id
   WHERE l.account_code = :account AND e.entry_date <= :asOf AND l.party_id IN (SELECT ${party} FROM invoices i WHERE i.invoice_number IS NOT NULL AND (:partyId IS NULL OR ${party} = :partyId)) GROUP BY l.currency ORDER BY l.currency`,
);
const listUnapplied = sql(
  'ageing.unapplied',
  `SELECT a.party_id AS partyId, a.currency, sum(CASE WHEN o.id IS NULL THEN 1 ELSE -1 END * CASE coalesce(o.kind, a.kind) WHEN 'receipt' THEN a.amount_minor WHEN 'allocation' THEN -a.amount_minor WHEN 'credit-payment' THEN CASE WHEN a.receipt_id IS NULL THEN 0 ELSE -a.amount_minor END ELSE 0 END) AS amountMinor
   FROM receivable_acts a LEFT JOIN receivable_acts o ON o.id = a.reverses LEFT JOIN journal_entries e ON e.source_id IN (a.invoice_id, a.receipt_id, a.id, a.reverses) AND +e.idempotency_key = 'receivable-act/' || a.id
   WHERE coalesce(e.entry_date, a.acted_on) <= :asOf AND (:partyId IS NULL OR a.party_id = :partyId) GROUP BY a.party_id, a.currency HAVING amountMinor <> 0`,
);

const listCredits = sql(
  'ageing.credits',
  `SELECT l.party_id AS partyId, l.currency, sum(CASE l.direction WHEN 'credit' THEN l.amount_minor ELSE -l.amount_minor END) AS amountMinor FROM postings l JOIN journal_entries e ON e.id = l.entry_id
   WHERE l.account_code = :account AND e.entry_date <= :asOf AND l.party_id IN (SELECT ${party} FROM invoices i WHERE i.invoice_number IS NOT NULL AND (:partyId IS NULL OR ${party} = :partyId)) GROUP BY l.party_id, l.currency HAVING amountMinor <> 0`,
);

const listOwed = sql(
  'ageing.owed-movements',
  `SELECT coalesce(e.entry_date, a.acted_on) AS "on", a.currency, CASE WHEN o.id IS NULL THEN a.kind ELSE o.kind || '-reversed' END AS kind, coalesce(a.receipt_id, CASE WHEN a.kind = 'receipt' THEN a.id END) AS receiptId,
     coalesce(a.document_number, o.document_number, CASE WHEN coalesce(o.kind, a.kind) IN ('credit-application', 'credit-carried') THEN i.invoice_number END, a.reference, o.reference, r.reference, i.invoice_number, '') AS document,
     CASE WHEN o.id IS NULL THEN 1 ELSE -1 END * CASE coalesce(o.kind, a.kind) WHEN 'receipt' THEN a.amount_minor WHEN 'credit-carried' THEN a.amount_minor WHEN 'credit-note' THEN CASE WHEN a.credit_id IS NULL THEN 0 ELSE coalesce(o.rest_minor, a.rest_minor) END
       WHEN 'allocation' THEN -a.amount_minor WHEN 'credit-application' THEN -a.amount_minor WHEN 'credit-payment' THEN -a.amount_minor ELSE 0 END AS amountMinor
   FROM receivable_acts a LEFT JOIN receivable_acts o ON o.id = a.reverses LEFT JOIN receivable_acts r ON r.id = a.receipt_id LEFT JOIN invoices i ON i.id = a.invoice_id LEFT JOIN journal_entries e ON e.source_id IN (a.invoice_id, a.receipt_id, a.id, a.reverses) AND +e.idempotency_key = 'receivable-act/' || a.id
   WHERE a.party_id = :partyId ORDER BY a.sequence`,
);

interface InvoiceRow extends Omit<ReceivableMovement, 'on' | 'kind' | 'document' | 'dueOn'> {
  readonly dueOn: string;
  readonly issuedOn: string;
  readonly voidedAt: number | null;
  readonly voidedOn: string | null;
}

/** @param partyId null: every customer. */
export function readReceivableMovements(database: ReadableDatabase, partyId: string | null, timeZone: TimeZone): ReceivableMovement[] {
  const ofInvoices = database.all<InvoiceRow>(listInvoices, { partyId }).flatMap(({ issuedOn, voidedAt, voidedOn, ...row }): ReceivableMovement[] => {
    const invoice = { ...row, dueOn: localDate(row.dueOn), document: row.invoiceNumber };
    const issued = { ...invoice, on: localDate(issuedOn), kind: 'invoice' };
    if (voidedAt === null) return [issued];
    return [issued, { ...invoice, on: voidedOn === null ? timeZone.dateOf(voidedAt) : localDate(voidedOn), kind: 'void', amountMinor: -row.amountMinor }];
  });
  const ofActs = database.all<Omit<ReceivableMovement, 'on' | 'dueOn'> & { on: string; dueOn: string }>(listActs, { partyId }).filter((row) => row.amountMinor !== 0);
  return [...ofInvoices, ...ofActs.map((row): ReceivableMovement => ({ ...row, on: localDate(row.on), dueOn: localDate(row.dueOn) }))].filter((movement) => movement.amountMinor !== 0);
}

/** The balance of accounts receivable with the customers of our own invoices, by currency. */
export function readReceivableBalances(database: ReadableDatabase, partyId: string | null, asOf: LocalDate): { readonly currency: string; readonly balanceMinor: number }[] {
  return database.all(listBalances, { partyId, asOf, account: accountCodes.receivable });
}

/** The balance of the whole account, by currency: with the customers of our own invoices and with those of Stripe's, which Stripe collects. */
export function readReceivableAccount(database: ReadableDatabase, asOf: LocalDate): { readonly currency: string; readonly balanceMinor: number }[] {
  return readAccountBalances(database, asOf).flatMap(({ accountCode, currency, debitMinor, creditMinor }) => (accountCode === accountCodes.receivable ? [{ currency, balanceMinor: debitMinor - creditMinor }] : []));
}

/** What of receipts no invoice has taken, by customer and currency. */
export function readUnapplied(database: ReadableDatabase, partyId: string | null, asOf: LocalDate): OwedToCustomer[] {
  return database.all(listUnapplied, { partyId, asOf });
}

/** What the books keep as credit of the customers of our own invoices, by customer and currency. */
export function readCustomerCredits(database: ReadableDatabase, partyId: string | null, asOf: LocalDate): OwedToCustomer[] {
  return database.all(listCredits, { partyId, asOf, account: accountCodes.customerCreditBalance });
}

/** What moved a customer's credit and unapplied receipts, in the order of the acts; each on the day of its entry. */
export function readOwedMovements(database: ReadableDatabase, partyId: string): OwedMovement[] {
  return database.all<Omit<OwedMovement, 'on'> & { on: string }>(listOwed, { partyId }).filter((row) => row.amountMinor !== 0).map((row) => ({ ...row, on: localDate(row.on) }));
}
