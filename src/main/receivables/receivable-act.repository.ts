/** All SQL of acts on receivables and of customers' credits on this desk. */
import { localDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type SqlValue, type WritableDatabase } from '../database/handles.ts';
import type { CreditedLine, CustomerCredit, ReceivableAct, ReceivableActKind, Settlement } from './receivable-act.ts';

interface ActRow {
  readonly id: string;
  readonly sequence: number;
  readonly kind: ReceivableActKind;
  readonly invoice_id: string | null;
  readonly receipt_id: string | null;
  readonly credit_id: string | null;
  readonly credit_note_id: string | null;
  readonly reverses: string | null;
  readonly document_number: string | null;
  readonly party_id: string;
  readonly currency: string;
  readonly amount_minor: number;
  readonly offset_minor: number;
  readonly rest_minor: number;
  readonly recovered_minor: number;
  readonly unforeseen_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
  readonly withholding_minor: number;
  readonly settlement: Settlement | null;
  readonly lines: string | null;
  readonly acted_on: string;
  readonly functional_rate: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly request_id: string;
  readonly actor: string;
  readonly recorded_at: number;
}

const columns = [
  'id', 'sequence', 'kind', 'invoice_id', 'receipt_id', 'credit_id', 'credit_note_id', 'reverses', 'document_number', 'party_id', 'currency', 'amount_minor', 'offset_minor', 'rest_minor', 'recovered_minor', 'unforeseen_minor', 'net_minor', 'tax_minor',
  'withholding_minor', 'settlement', 'lines', 'acted_on', 'functional_rate', 'reference', 'reason', 'request_id', 'actor', 'recorded_at',
] as const;
const list = columns.join(', ');

const findById = sql('acts.find', `SELECT ${list} FROM receivable_acts WHERE id = ?`);
const findByNumber = sql('acts.find-number', `SELECT ${list} FROM receivable_acts WHERE document_number = ?`);
const listNumbered = sql('acts.numbered-credit-notes', `SELECT ${list} FROM receivable_acts WHERE kind = 'credit-note' AND document_number IS NOT NULL ORDER BY sequence`);
const ofInvoice = sql('acts.of-invoice', `SELECT ${list} FROM receivable_acts WHERE invoice_id = ? ORDER BY sequence`);
const ofReceipt = sql('acts.of-receipt', `SELECT ${list} FROM receivable_acts WHERE receipt_id = ? ORDER BY sequence`);
const ofCreditNote = sql('acts.of-credit-note', `SELECT ${list} FROM receivable_acts WHERE credit_note_id = ? ORDER BY sequence`);
const ofCredit = sql('acts.of-credit', `SELECT ${list} FROM receivable_acts WHERE credit_id = ? ORDER BY sequence`);
const ofRequest = sql('acts.of-request', `SELECT ${list} FROM receivable_acts WHERE request_id = ? ORDER BY sequence`);
const ofParty = sql('acts.of-party', `SELECT ${list} FROM receivable_acts WHERE party_id = ? ORDER BY sequence`);
const reversalOfAct = sql('acts.reversal', 'SELECT id FROM receivable_acts WHERE reverses = ?');
const lastSequence = sql('acts.last-sequence', 'SELECT coalesce(max(sequence), 0) AS last FROM receivable_acts');
const lastOfParty = sql('acts.last-of-party', 'SELECT coalesce(max(sequence), 0) AS last FROM receivable_acts WHERE party_id = ?');
const listReceiptRows = sql(
  'acts.receipts',
  `SELECT ${list} FROM receivable_acts WHERE kind = 'receipt' AND (:partyId IS NULL OR party_id = :partyId) AND (:invoiceId IS NULL OR id IN (SELECT receipt_id FROM receivable_acts WHERE invoice_id = :invoiceId)) ORDER BY acted_on DESC, sequence DESC LIMIT :limit`,
);
const listNoteRows = sql('acts.credit-notes', `SELECT ${list} FROM receivable_acts WHERE kind = 'credit-note' AND (:invoiceId IS NULL OR invoice_id = :invoiceId) ORDER BY sequence DESC LIMIT :limit`);
/** What moves nothing in the books is left out: sent, and certificates of what the invoice foresaw, with what takes them back. */
// Entries are found by what they are about; a key alone has no index.
const listUnposted = sql(
  'acts.unposted',
  `SELECT ${list} FROM receivable_acts a WHERE kind <> 'sent' AND NOT EXISTS (SELECT 1 FROM journal_entries WHERE source_id IN (a.invoice_id, a.receipt_id, a.id, a.reverses) AND idempotency_key = 'receivable-act/' || a.id)
     AND NOT EXISTS (SELECT 1 FROM receivable_acts c WHERE c.id = coalesce(a.reverses, a.id) AND c.kind = 'withholding-certificate' AND c.unforeseen_minor = 0)
   ORDER BY sequence`,
);
const insertAct = sql('acts.insert', `INSERT INTO receivable_acts (${list}) VALUES (${columns.map((column) => `:${column}`).join(', ')}) ON CONFLICT (id) DO NOTHING`);

const creditColumns = 'id, account, amount_minor AS "amountMinor", remaining_minor AS "remainingMinor", currency, reason, expires_on AS "expiresOn", created_by AS "createdBy", created_at AS "createdAt", version';
const findCreditById = sql('credits.find', `SELECT ${creditColumns} FROM customer_credits WHERE id = ?`);
const listUsableCredits = sql('credits.usable', `SELECT ${creditColumns} FROM customer_credits WHERE account = ? AND currency = ? AND remaining_minor > 0 AND (expires_on IS NULL OR expires_on >= ?) ORDER BY expires_on IS NULL, expires_on, created_at, id`);
const listCreditRows = sql(
  'credits.list',
  `SELECT ${creditColumns} FROM customer_credits WHERE (:partyId IS NULL OR account = :partyId) AND (:find IS NULL OR id = :find OR id IN (
       SELECT a.credit_id FROM receivable_acts a LEFT JOIN invoices i ON i.id = a.invoice_id WHERE a.kind = 'credit-note' AND a.document_number = :find OR a.kind = 'credit-carried' AND i.invoice_number = :find)) AND (:onlyLeft = 0 OR remaining_minor > 0)
     AND (:invoiceId IS NULL OR id IN (SELECT credit_id FROM receivable_acts WHERE invoice_id = :invoiceId AND kind IN ('credit-note', 'credit-carried'))) ORDER BY created_at DESC, id DESC LIMIT :limit`,
);
const upsertCredit = sql(
  'credits.save',
  `INSERT INTO customer_credits (id, account, amount_minor, remaining_minor, currency, reason, expires_on, created_by, created_at, version) VALUES (:id, :account, :amountMinor, :remainingMinor, :currency, :reason, :expiresOn, :createdBy, :createdAt, :version)
   ON CONFLICT (id) DO UPDATE SET remaining_minor = excluded.remaining_minor, version = excluded.version WHERE excluded.version > customer_credits.version`,
);
const findLimit = sql('acts.write-off-limit', "SELECT value FROM ledger_settings WHERE name = 'write_off_limit_minor'");
const findName = sql(
  'acts.customer-name',
  `SELECT coalesce((SELECT name FROM partners WHERE id = :party), (SELECT json_extract(customer_snapshot, '$.customer.name') FROM invoices WHERE user_id = :party OR id = :party LIMIT 1), :party) AS name`,
);
const findNumber = sql('acts.invoice-number', 'SELECT invoice_number AS number FROM invoices WHERE id = ?');

export const findAct = (database: ReadableDatabase, id: string): ReceivableAct | null => {
  const row = database.get<ActRow>(findById, [id]);
  return row ? toAct(row) : null;
};
export const findActByNumber = (database: ReadableDatabase, number: string): ReceivableAct | null => {
  const row = database.get<ActRow>(findByNumber, [number]);
  return row ? toAct(row) : null;
};
export const listNumberedCreditNotes = (database: ReadableDatabase): ReceivableAct[] => database.all<ActRow>(listNumbered).map(toAct);
export const listActsOfInvoice = (database: ReadableDatabase, invoiceId: string): ReceivableAct[] => database.all<ActRow>(ofInvoice, [invoiceId]).map(toAct);
/** Allocations of a receipt and what took them back, and the reversal of the receipt itself. */
export const listActsOfReceipt = (database: ReadableDatabase, receiptId: string): ReceivableAct[] => database.all<ActRow>(ofReceipt, [receiptId]).map(toAct);
export const listActsOfCreditNote = (database: ReadableDatabase, id: string): ReceivableAct[] => database.all<ActRow>(ofCreditNote, [id]).map(toAct);
/** The note that made the credit, its uses, and what took them back. */
export const listActsOfCredit = (database: ReadableDatabase, creditId: string): ReceivableAct[] => database.all<ActRow>(ofCredit, [creditId]).map(toAct);
export const listActsOfRequest = (database: ReadableDatabase, requestId: string): ReceivableAct[] => database.all<ActRow>(ofRequest, [requestId]).map(toAct);
export const listActsOfParty = (database: ReadableDatabase, partyId: string): ReceivableAct[] => database.all<ActRow>(ofParty, [partyId]).map(toAct);
export const listUnpostedActs = (database: ReadableDatabase): ReceivableAct[] => database.all<ActRow>(listUnposted).map(toAct);
export const findReversalOf = (database: ReadableDatabase, actId: string): string | null => database.get<{ id: string }>(reversalOfAct, [actId])?.id ?? null;
export const nextSequence = (database: ReadableDatabase): number => (database.get<{ last: number }>(lastSequence)?.last ?? 0) + 1;
export const lastSequenceOfParty = (database: ReadableDatabase, partyId: string): number => database.get<{ last: number }>(lastOfParty, [partyId])?.last ?? 0;

export function listReceiptActs(database: ReadableDatabase, filter: { readonly partyId?: string | undefined; readonly invoiceId?: string | undefined; readonly limit: number }): ReceivableAct[] {
  return database.all<ActRow>(listReceiptRows, { partyId: filter.partyId ?? null, invoiceId: filter.invoiceId ?? null, limit: filter.limit }).map(toAct);
}

export function listCreditNoteActs(database: ReadableDatabase, filter: { readonly invoiceId?: string | undefined; readonly limit: number }): ReceivableAct[] {
  return database.all<ActRow>(listNoteRows, { invoiceId: filter.invoiceId ?? null, limit: filter.limit }).map(toAct);
}

/** Written once; an act is never changed. @returns whether it was new. */
export function saveAct(database: WritableDatabase, act: ReceivableAct): boolean {
  const row: Record<keyof ActRow, SqlValue> = {
    id: act.id, sequence: act.sequence, kind: act.kind, invoice_id: act.invoiceId, receipt_id: act.receiptId, credit_id: act.creditId, credit_note_id: act.creditNoteId, reverses: act.reverses, document_number: act.documentNumber,
    party_id: act.partyId, currency: act.currency, amount_minor: act.amountMinor, offset_minor: act.offsetMinor, rest_minor: act.restMinor, recovered_minor: act.recoveredMinor, unforeseen_minor: act.unforeseenMinor, net_minor: act.netMinor,
    tax_minor: act.taxMinor, withholding_minor: act.withholdingMinor, settlement: act.settlement, lines: act.lines === null ? null : JSON.stringify(act.lines), acted_on: act.actedOn, functional_rate: act.functionalRate,
    reference: act.reference, reason: act.reason, request_id: act.requestId, actor: act.actor, recorded_at: act.recordedAt,
  };
  return database.run(insertAct, row) > 0;
}

export const findCredit = (database: ReadableDatabase, id: string): CustomerCredit | null => database.get<CustomerCredit>(findCreditById, [id]) ?? null;
/** Soonest to expire first, those without an end last. */
export const listCreditsOf = (database: ReadableDatabase, account: string, currency: string, on: string): CustomerCredit[] => database.all<CustomerCredit>(listUsableCredits, [account, currency, on]);
/** Newest first. */
export function listCredits(database: ReadableDatabase, filter: { readonly partyId?: string | undefined; readonly invoiceId?: string | undefined; /** By its id, or the number of what gave it. */ readonly find?: string | undefined; readonly onlyLeft: boolean; readonly limit: number }): CustomerCredit[] {
  return database.all<CustomerCredit>(listCreditRows, { find: filter.find ?? null, partyId: filter.partyId ?? null, invoiceId: filter.invoiceId ?? null, onlyLeft: filter.onlyLeft ? 1 : 0, limit: filter.limit });
}
export const saveCredit = (database: WritableDatabase, credit: CustomerCredit): boolean => database.run(upsertCredit, { ...credit }) > 0;

export const findWriteOffLimit = (database: ReadableDatabase): number | undefined => {
  const value = database.get<{ value: string }>(findLimit)?.value;
  return value === undefined ? undefined : Number(value);
};

const upsertLimit = sql('acts.set-write-off-limit', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('write_off_limit_minor', ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at");
export const saveWriteOffLimit = (database: WritableDatabase, limitMinor: number, at: number): void => void database.run(upsertLimit, [String(limitMinor), at]);
export const findCustomerOf = (database: ReadableDatabase, partyId: string): string => database.get<{ name: string }>(findName, { party: partyId })?.name ?? partyId;
export const findInvoiceNumber = (database: ReadableDatabase, id: string): string | null => database.get<{ number: string | null }>(findNumber, [id])?.number ?? null;

function toAct(row: ActRow): ReceivableAct {
  return {
    id: row.id, sequence: row.sequence, kind: row.kind, invoiceId: row.invoice_id, receiptId: row.receipt_id, creditId: row.credit_id, creditNoteId: row.credit_note_id, reverses: row.reverses, documentNumber: row.document_number, partyId: row.party_id,
    currency: row.currency, amountMinor: row.amount_minor, offsetMinor: row.offset_minor, restMinor: row.rest_minor, recoveredMinor: row.recovered_minor, unforeseenMinor: row.unforeseen_minor, netMinor: row.net_minor, taxMinor: row.tax_minor,
    withholdingMinor: row.withholding_minor, settlement: row.settlement, lines: row.lines === null ? null : (JSON.parse(row.lines) as CreditedLine[]), actedOn: localDate(row.acted_on), functionalRate: row.functional_rate, reference: row.reference,
    reason: row.reason, requestId: row.request_id, actor: row.actor, recordedAt: row.recorded_at,
  };
}
