/** All SQL of partner invoices on this desk. */
import { endOf, firstDayOf, localDate, month, type LocalDate, type Month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { addressLines, placeOf, postalAddressOf } from '../contracts/billing-address.ts';
import type { ContractTerms, TaxTreatment } from '../contracts/contract-terms.ts';
import type { DatedRate } from '../ledger/rate-of-day.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { StoredEdits } from '../../shared/invoicing/draft-document.ts';
import { meterOf, type MeteredUsage, type PartnerInvoiceLine } from './partner-invoice-calculation.ts';
import { openMinorOf, type CustomerSnapshot, type InvoiceStatus, type PartnerInvoice } from './partner-invoice.ts';

interface InvoiceRow {
  readonly id: string;
  readonly kind: 'partner' | 'one-off';
  readonly user_id: string | null;
  readonly partner_id: string | null;
  readonly contract_id: string | null;
  readonly api_key_prefix: string | null;
  readonly invoice_number: string | null;
  readonly status: InvoiceStatus;
  readonly billing_month: string | null;
  readonly currency: string;
  readonly subtotal_minor: number;
  readonly discount_minor: number;
  readonly tax_minor: number;
  readonly withholding_minor: number;
  readonly total_minor: number;
  readonly amount_paid_minor: number;
  readonly amount_credited_minor: number;
  readonly amount_withheld_minor: number;
  readonly amount_written_off_minor: number;
  readonly sent_at: number | null;
  readonly paid_at: number | null;
  readonly line_items: string;
  readonly billing_start: string | null;
  readonly billing_end: string | null;
  readonly issue_date: string | null;
  readonly due_date: string | null;
  readonly finalised_at: number | null;
  readonly voided_at: number | null;
  readonly void_reason: string | null;
  readonly replaces: string | null;
  readonly customer_snapshot: string;
  readonly totals_fingerprint: string;
  readonly functional_rate: string | null;
  readonly notes: string | null;
  readonly draft_edits: string | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly version: number;
}

const columns = `id, kind, user_id, partner_id, contract_id, api_key_prefix, invoice_number, status, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_paid_minor, amount_credited_minor, amount_withheld_minor, amount_written_off_minor, sent_at, paid_at, line_items,
  billing_start, billing_end, issue_date, due_date, finalised_at, voided_at, void_reason, replaces, customer_snapshot, totals_fingerprint, functional_rate, notes, draft_edits, created_at, created_by, version`;

// One range of the covering index api_usage_by_prefix, nothing decided row by row.
const sumUsage = sql('billing.usage', 'SELECT coalesce(sum(quantity), 0) AS quantity FROM api_usage WHERE api_key_prefix = ? AND meter = ? AND occurred_at >= ? AND occurred_at < ?');
// The same for many prefixes at once: one statement instead of thousands, each sum one range still.
const sumUsageOfMany = sql(
  'billing.usage-of-many',
  `SELECT m.key AS place, (SELECT coalesce(sum(u.quantity), 0) FROM api_usage u WHERE u.api_key_prefix = json_extract(m.value, '$[0]') AND u.meter = json_extract(m.value, '$[1]') AND u.occurred_at >= :start AND u.occurred_at < :end) AS quantity
   FROM json_each(:metered) m`,
);
const findInvoice = sql('billing.invoice', `SELECT ${columns} FROM invoices WHERE id = ? AND kind IN ('partner', 'one-off')`);
const findInvoices = sql('billing.invoices', `SELECT ${columns} FROM invoices WHERE id IN (SELECT value FROM json_each(?)) AND kind IN ('partner', 'one-off')`);
const findByNumber = sql('billing.invoice-by-number', `SELECT ${columns} FROM invoices WHERE id = :id OR invoice_number = :id`);
const findNumber = sql('billing.invoice-number-taken', 'SELECT id FROM invoices WHERE invoice_number = ?');
const findInForce = sql(
  'billing.contract-in-force',
  'SELECT c.id FROM partner_contracts c JOIN partners p ON p.id = c.partner_id WHERE c.id = :contractId AND c.deleted_at IS NULL AND p.deleted_at IS NULL AND c.effective_from < :end AND (c.effective_to IS NULL OR c.effective_to > :start)',
);
const findReplacing = sql('billing.replacement', 'SELECT id FROM invoices WHERE replaces = ? ORDER BY created_at LIMIT 1');
const listOfMonth = sql('billing.invoices-of-month', `SELECT ${columns} FROM invoices WHERE billing_month = ? AND kind = 'partner' ORDER BY created_at, id`);
const listOfContract = sql('billing.invoices-of-contract', `SELECT ${columns} FROM invoices WHERE contract_id = ? AND billing_month = ? AND kind = 'partner' ORDER BY created_at, id`);
const listOfFingerprint = sql('billing.invoices-of-fingerprint', `SELECT ${columns} FROM invoices WHERE totals_fingerprint = ? AND kind IN ('partner', 'one-off') ORDER BY created_at, id`);
const findLastOfParty = sql('billing.last-of-party', `SELECT ${columns} FROM invoices WHERE coalesce(partner_id, user_id, id) = ? AND invoice_number IS NOT NULL ORDER BY coalesce(finalised_at, created_at) DESC, id LIMIT 1`);
const listUnposted = sql(
  'billing.unposted',
  `SELECT ${columns} FROM invoices i WHERE invoice_number IS NOT NULL AND (subtotal_minor <> 0 OR discount_minor <> 0 OR tax_minor <> 0 OR withholding_minor <> 0) AND (
     NOT EXISTS (SELECT 1 FROM journal_entries WHERE source_id = i.id AND idempotency_key = 'partner-invoice/' || i.id || '/finalised')
     OR (status = 'void' AND NOT EXISTS (SELECT 1 FROM journal_entries WHERE source_id = i.id AND idempotency_key = 'partner-invoice/' || i.id || '/void')))
   ORDER BY finalised_at, id`,
);
const saveInvoice = sql(
  'billing.save-invoice',
  `INSERT INTO invoices (id, user_id, partner_id, contract_id, api_key_prefix, invoice_number, kind, status, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_paid_minor, amount_credited_minor, amount_withheld_minor,
     amount_written_off_minor, sent_at, paid_at, amount_due_minor, line_items, billing_start, billing_end, issue_date, due_date, finalised_at, voided_at, void_reason, replaces, customer_snapshot, totals_fingerprint, functional_rate, notes, draft_edits, created_at, created_by, version)
   VALUES (:id, :userId, :partnerId, :contractId, :apiKeyPrefix, :number, :kind, :status, :month, :currency, :subtotalMinor, :discountMinor, :taxMinor, :withholdingMinor, :totalMinor, :paidMinor, :creditedMinor, :withheldMinor,
     :writtenOffMinor, :sentAt, :paidAt, :openMinor, :lines, :billingStart, :billingEnd, :issueDate, :dueDate, :finalisedAt, :voidedAt, :voidReason, :replaces, :snapshot, :totalsFingerprint, :functionalRate, :notes, :edits, :createdAt, :createdBy, :version)
   ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, invoice_number = excluded.invoice_number, status = excluded.status, subtotal_minor = excluded.subtotal_minor, discount_minor = excluded.discount_minor, tax_minor = excluded.tax_minor,
     withholding_minor = excluded.withholding_minor, total_minor = excluded.total_minor, amount_paid_minor = excluded.amount_paid_minor, amount_credited_minor = excluded.amount_credited_minor, amount_withheld_minor = excluded.amount_withheld_minor,
     amount_written_off_minor = excluded.amount_written_off_minor, sent_at = excluded.sent_at, paid_at = excluded.paid_at, amount_due_minor = excluded.amount_due_minor, line_items = excluded.line_items,
     billing_start = excluded.billing_start, billing_end = excluded.billing_end, issue_date = excluded.issue_date, due_date = excluded.due_date, finalised_at = excluded.finalised_at, voided_at = excluded.voided_at,
     void_reason = excluded.void_reason, replaces = excluded.replaces, customer_snapshot = excluded.customer_snapshot, totals_fingerprint = excluded.totals_fingerprint, functional_rate = excluded.functional_rate, notes = excluded.notes, draft_edits = excluded.draft_edits, version = excluded.version
   WHERE excluded.version > invoices.version OR (excluded.version = invoices.version AND invoices.functional_rate IS NULL AND excluded.functional_rate IS NOT NULL)`,
);
const selectDatedRate = sql(
  'billing.dated-rate',
  `SELECT rate, rate_on AS "on", EXISTS (SELECT 1 FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on > :on) AS hasLater FROM exchange_rates WHERE base = :base AND quote = :quote AND rate_on <= :on ORDER BY rate_on DESC LIMIT 1`,
);
const findSetting = sql('billing.setting', 'SELECT value FROM ledger_settings WHERE name = ?');
const findPartnerRow = sql('billing.partner', 'SELECT id, name, legal_name, billing_email, billing_address, tax_number, tax_treatment FROM partners WHERE id = ? AND deleted_at IS NULL');
const findAccount = sql('billing.gateway-account', 'SELECT raw FROM stripe_accounts ORDER BY observed_at DESC LIMIT 1');

/** What the terms count of their prefixes' usage in [start, end), instants; what they do not count is left at 0. Each call is one row by its idempotency key, so it counts once. */
export function sumUsageOf(database: ReadableDatabase, terms: Pick<ContractTerms, 'pricing' | 'prefixes'>, start: number, end: number): MeteredUsage {
  const meter = meterOf(terms);
  if (meter === null) return { deeds: 0, requests: 0 };
  const quantity = terms.prefixes.reduce((sum, prefix) => sum + (database.get<{ quantity: number }>(sumUsage, [prefix, meter, start, end])?.quantity ?? 0), 0);
  return { deeds: 0, requests: 0, [meter]: quantity };
}

/** What a contract's terms count, as a key of {@link sumUsageOfAll}. */
export const meteredKey = (prefix: string, meter: keyof MeteredUsage): string => `${meter}/${prefix}`;

/** Usage of many prefixes in [start, end), instants, each by the meter that its terms count; by {@link meteredKey}. */
export function sumUsageOfAll(database: ReadableDatabase, terms: readonly Pick<ContractTerms, 'pricing' | 'prefixes'>[], start: number, end: number): ReadonlyMap<string, number> {
  const metered = terms.flatMap((each) => {
    const meter = meterOf(each);
    return meter === null ? [] : each.prefixes.map((prefix) => [prefix, meter] as const);
  });
  const sums = new Map<string, number>();
  for (const { place, quantity } of database.all<{ place: number; quantity: number }>(sumUsageOfMany, { metered: JSON.stringify(metered), start, end })) {
    const [prefix, meter] = metered[place] ?? ['', 'deeds'];
    sums.set(meteredKey(prefix, meter), quantity);
  }
  return sums;
}

export function findPartnerInvoice(database: ReadableDatabase, id: string): PartnerInvoice | null {
  const row = database.get<InvoiceRow>(findInvoice, [id]);
  return row ? toPartnerInvoice(row) : null;
}

/** Those of ours that are known here, in no order. */
export function listPartnerInvoices(database: ReadableDatabase, ids: readonly string[]): PartnerInvoice[] {
  return database.all<InvoiceRow>(findInvoices, [JSON.stringify(ids)]).map(toPartnerInvoice);
}

/** One of ours by its id or its number. */
export function findInvoiceByIdOrNumber(database: ReadableDatabase, id: string): PartnerInvoice | null {
  const row = database.get<InvoiceRow>(findByNumber, { id });
  return row ? toPartnerInvoice(row) : null;
}

/** The invoice that stands in for a void one. */
export const findReplacement = (database: ReadableDatabase, id: string): string | null => database.get<{ id: string }>(findReplacing, [id])?.id ?? null;

/** The newest invoice issued to a customer: as they are known on paper. */
export function findLastInvoiceOfParty(database: ReadableDatabase, partyId: string): PartnerInvoice | null {
  const row = database.get<InvoiceRow>(findLastOfParty, [partyId]);
  return row ? toPartnerInvoice(row) : null;
}

export function listPartnerInvoicesOf(database: ReadableDatabase, billingMonth: Month): PartnerInvoice[] {
  return database.all<InvoiceRow>(listOfMonth, [billingMonth]).map(toPartnerInvoice);
}

/** Invoices that say these totals, void ones among them. */
export function listInvoicesOfFingerprint(database: ReadableDatabase, totalsFingerprint: string): PartnerInvoice[] {
  return database.all<InvoiceRow>(listOfFingerprint, [totalsFingerprint]).map(toPartnerInvoice);
}

/** Whether an invoice has the number, of whatever contract. */
export const isNumberTaken = (database: ReadableDatabase, number: string): boolean => database.get(findNumber, [number]) !== undefined;

/** Whether an invoice is of a partner's month in which its contract is not in force any more: ended or deleted since. */
export function isContractOver(database: ReadableDatabase, { contractId, month }: Pick<PartnerInvoice, 'contractId' | 'month'>): boolean {
  return contractId !== null && month !== null && database.get(findInForce, { contractId, start: firstDayOf(month), end: endOf(month) }) === undefined;
}

/** One contract's invoices of a month: the one that stands, and those voided before it. */
export function listInvoicesOfContract(database: ReadableDatabase, contractId: string, billingMonth: Month): PartnerInvoice[] {
  return database.all<InvoiceRow>(listOfContract, [contractId, billingMonth]).map(toPartnerInvoice);
}

/** Finalised or void invoices whose entry (or reversal) is not in the books of this desk. */
export function listUnpostedInvoices(database: ReadableDatabase): PartnerInvoice[] {
  return database.all<InvoiceRow>(listUnposted).map(toPartnerInvoice);
}

/** Keeps the newest version. @returns whether anything changed. */
export function savePartnerInvoice(database: WritableDatabase, invoice: PartnerInvoice): boolean {
  return database.run(saveInvoice, {
    id: invoice.id, kind: invoice.kind, userId: invoice.partnerId === null ? invoice.partyId : null, partnerId: invoice.partnerId, contractId: invoice.contractId, apiKeyPrefix: invoice.apiKeyPrefix, number: invoice.number, status: invoice.status, month: invoice.month, currency: invoice.currency,
    subtotalMinor: invoice.subtotalMinor, discountMinor: invoice.discountMinor, taxMinor: invoice.taxMinor, withholdingMinor: invoice.withholdingMinor, totalMinor: invoice.totalMinor, paidMinor: invoice.paidMinor,
    creditedMinor: invoice.creditedMinor, withheldMinor: invoice.withheldMinor, writtenOffMinor: invoice.writtenOffMinor, sentAt: invoice.sentAt, paidAt: invoice.paidAt, openMinor: openMinorOf(invoice), lines: JSON.stringify(invoice.lines), billingStart: invoice.billingStart, billingEnd: invoice.billingEnd, issueDate: invoice.issueDate, dueDate: invoice.dueDate,
    finalisedAt: invoice.finalisedAt, voidedAt: invoice.voidedAt, voidReason: invoice.voidReason, replaces: invoice.replaces, snapshot: JSON.stringify(invoice.snapshot), totalsFingerprint: invoice.totalsFingerprint,
    functionalRate: invoice.functionalRate, notes: invoice.notes ?? null, edits: invoice.edits ? JSON.stringify(invoice.edits) : null, createdAt: invoice.createdAt, createdBy: invoice.createdBy, version: invoice.version,
  }) > 0;
}

/** The last rate on or before a day, the day it is of, and whether a later day's is known: then the days between had none (docs/adr/0010). */
export function findDatedRate(database: ReadableDatabase, base: string, quote: string, on: LocalDate): DatedRate | undefined {
  const row = database.get<{ rate: string; on: string; hasLater: number }>(selectDatedRate, { base, quote, on });
  return row && { rate: row.rate, on: localDate(row.on), hasLater: row.hasLater === 1 };
}

export function findLedgerSetting(database: ReadableDatabase, name: string): string | undefined {
  return database.get<{ value: string }>(findSetting, [name])?.value;
}

/** A partner as an invoice is written to it. */
export function findPartner(database: ReadableDatabase, id: string) {
  const row = database.get<{ id: string; name: string; legal_name: string | null; billing_email: string | null; billing_address: string; tax_number: string | null; tax_treatment: TaxTreatment }>(findPartnerRow, [id]);
  if (!row) return null;
  const details = { name: row.name, legalName: row.legal_name, address: addressLines(row.billing_address), email: row.billing_email, taxNumber: row.tax_number, postal: postalAddressOf(row.billing_address) };
  return { id: row.id, details, place: placeOf(row.billing_address), taxTreatment: row.tax_treatment };
}

/** The gateway account's raw object, as JSON text. */
export function findGatewayAccount(database: ReadableDatabase): string | undefined {
  return database.get<{ raw: string }>(findAccount)?.raw;
}

function toPartnerInvoice(row: InvoiceRow): PartnerInvoice {
  return {
    id: row.id, kind: row.kind, partyId: row.partner_id ?? row.user_id ?? row.id, partnerId: row.partner_id, contractId: row.contract_id, apiKeyPrefix: row.api_key_prefix, number: row.invoice_number, status: row.status, month: row.billing_month === null ? null : month(row.billing_month), currency: row.currency,
    lines: JSON.parse(row.line_items) as PartnerInvoiceLine[], snapshot: JSON.parse(row.customer_snapshot) as CustomerSnapshot,
    subtotalMinor: minorUnits(row.subtotal_minor), discountMinor: minorUnits(row.discount_minor), taxMinor: minorUnits(row.tax_minor), totalMinor: minorUnits(row.total_minor), withholdingMinor: minorUnits(row.withholding_minor),
    dueMinor: minorUnits(row.total_minor - row.withholding_minor), paidMinor: minorUnits(row.amount_paid_minor), creditedMinor: minorUnits(row.amount_credited_minor),
    withheldMinor: minorUnits(row.amount_withheld_minor), writtenOffMinor: minorUnits(row.amount_written_off_minor), sentAt: row.sent_at, paidAt: row.paid_at,
    billingStart: row.billing_start === null ? null : localDate(row.billing_start), billingEnd: row.billing_end === null ? null : localDate(row.billing_end),
    issueDate: row.issue_date === null ? null : localDate(row.issue_date), dueDate: row.due_date === null ? null : localDate(row.due_date), finalisedAt: row.finalised_at, voidedAt: row.voided_at, voidReason: row.void_reason,
    replaces: row.replaces, totalsFingerprint: row.totals_fingerprint, functionalRate: row.functional_rate, notes: row.notes, edits: row.draft_edits === null ? null : (JSON.parse(row.draft_edits) as StoredEdits), createdAt: row.created_at, createdBy: row.created_by, version: row.version,
  };
}
