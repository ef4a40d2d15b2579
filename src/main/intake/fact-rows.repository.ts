/**
 * The mirror's rows that facts are made of, for one fact or for many together: a statement for many keys costs little more than one for one key.
 */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { allOfKeys, keysStatement, type KeysStatement } from '../database/multi-row.ts';
import type { UnpostedFact } from './intake.repository.ts';

const findTransactions = keysStatement('facts.balance-transactions', (ids) => `SELECT id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, created_at, created_on, source_id FROM stripe_balance_transactions WHERE id IN (${ids})`);
const findCharges = keysStatement('facts.charges', (ids) => `SELECT c.id, c.customer_id, c.payment_intent_id, c.amount_minor, c.currency, c.status, c.created_at, c.balance_transaction_id, t.created_on, CASE WHEN t.amount_minor <> c.amount_minor THEN json_extract(c.raw, '$.amount') END AS authorised_minor FROM stripe_charges c LEFT JOIN stripe_balance_transactions t ON t.id = c.balance_transaction_id WHERE c.id IN (${ids})`);
const tiesBy = (name: string, column: 'payment_intent_id' | 'charge_id') =>
  keysStatement(name, (keys) => `SELECT p.${column} AS key, p.id, p.invoice_id, p.amount_paid_minor, p.amount_requested_minor, p.created_at, i.finalised_at, i.customer_id FROM stripe_invoice_payments p JOIN stripe_invoices i ON i.id = p.invoice_id WHERE p.${column} IN (${keys}) AND p.status <> 'canceled' AND i.finalised_at IS NOT NULL`);
const listTiesByIntent = tiesBy('facts.ties-by-intent', 'payment_intent_id');
const listTiesByCharge = tiesBy('facts.ties-by-charge', 'charge_id');
const listCheckouts = keysStatement(
  'facts.checkouts',
  (intents) => `SELECT payment_intent_id AS key, id, amount_total_minor, amount_tax_minor, created_at FROM stripe_checkout_sessions WHERE payment_intent_id IN (${intents}) AND mode = 'payment' AND invoice_id IS NULL AND makes_invoice = 0`,
);
const findInvoices = keysStatement(
  'facts.invoices',
  (ids) => `SELECT id, customer_id, currency, status, total_minor, tax_minor, amount_due_minor, amount_paid_minor, starting_balance_minor, ending_balance_minor, is_paid_out_of_band, finalised_at, paid_at, voided_at, marked_uncollectible_at, tax_parts, shipping_minor, shipping_tax_minor FROM stripe_invoices WHERE id IN (${ids})`,
);
const listLines = keysStatement('facts.invoice-lines', (ids) => `SELECT invoice_id AS key, line_index, amount_minor, discount_minor, billing_credit_minor, inclusive_tax_minor, subscription_id, period_start_at, period_end_at FROM stripe_invoice_lines WHERE invoice_id IN (${ids})`);
const listPayments = keysStatement('facts.invoice-payments', (ids) => `SELECT invoice_id AS key, id, payment_intent_id, charge_id, amount_paid_minor, amount_requested_minor, paid_at, created_at FROM stripe_invoice_payments WHERE invoice_id IN (${ids}) AND status = 'paid'`);

const listCreditInvoices = sql(
  'facts.credit-invoices',
  'SELECT id, starting_balance_minor, ending_balance_minor, finalised_at, voided_at FROM stripe_invoices WHERE customer_id = ? AND currency = ? AND ending_balance_minor <> starting_balance_minor AND finalised_at IS NOT NULL',
);
const listCreditNotes = sql(
  'facts.credit-notes-to-balance',
  'SELECT n.id, n.customer_balance_minor, n.created_at, n.voided_at, i.id AS invoice_id, i.finalised_at FROM stripe_credit_notes n LEFT JOIN stripe_invoices i ON i.id = n.invoice_id AND i.finalised_at IS NOT NULL WHERE n.customer_id = ? AND n.currency = ? AND n.customer_balance_minor <> 0',
);

/** Invoices that used a customer's credit or added to it. */
export interface CreditInvoiceRow {
  readonly id: string;
  readonly starting_balance_minor: number;
  readonly ending_balance_minor: number;
  readonly finalised_at: number;
  readonly voided_at: number | null;
}

/** Credit notes that gave to a customer's credit; without their invoice where it is not here. */
export interface CreditNoteToBalanceRow {
  readonly id: string;
  readonly customer_balance_minor: number;
  readonly created_at: number;
  readonly voided_at: number | null;
  readonly invoice_id: string | null;
  readonly finalised_at: number | null;
}

export const creditInvoicesOf = (database: ReadableDatabase, customerId: string, currency: string): CreditInvoiceRow[] => database.all<CreditInvoiceRow>(listCreditInvoices, [customerId, currency]);
export const creditNotesToBalanceOf = (database: ReadableDatabase, customerId: string, currency: string): CreditNoteToBalanceRow[] => database.all<CreditNoteToBalanceRow>(listCreditNotes, [customerId, currency]);

const listBalanceMoves = sql('facts.customer-balance-moves', 'SELECT id, amount_minor, created_at FROM stripe_customer_balance_transactions WHERE customer_id = ? AND currency = ? AND is_by_hand');

/** What moved a customer's credit by hand. */
export interface BalanceMoveRow {
  readonly id: string;
  readonly amount_minor: number;
  readonly created_at: number;
}

export const balanceMovesOf = (database: ReadableDatabase, customerId: string, currency: string): BalanceMoveRow[] => database.all<BalanceMoveRow>(listBalanceMoves, [customerId, currency]);

const findTaxRates = keysStatement('facts.tax-rates', (ids) => `SELECT id, country, state FROM stripe_tax_rates WHERE id IN (${ids})`);

export interface TaxRateRow {
  readonly id: string;
  readonly country: string | null;
  readonly state: string | null;
}

export interface TieRow {
  /** The payment intent or the charge it was asked for by. */
  readonly key: string;
  readonly id: string;
  readonly invoice_id: string;
  readonly amount_paid_minor: number | null;
  readonly amount_requested_minor: number;
  readonly created_at: number;
  readonly finalised_at: number;
  readonly customer_id: string | null;
}

export interface InvoiceRow {
  readonly id: string;
  readonly customer_id: string | null;
  readonly currency: string;
  readonly status: string | null;
  readonly total_minor: number;
  readonly tax_minor: number;
  readonly amount_due_minor: number;
  readonly amount_paid_minor: number;
  readonly starting_balance_minor: number;
  readonly ending_balance_minor: number | null;
  readonly finalised_at: number | null;
  readonly paid_at: number | null;
  readonly voided_at: number | null;
  readonly marked_uncollectible_at: number | null;
  readonly tax_parts: string | null;
  readonly shipping_minor: number;
  readonly shipping_tax_minor: number;
}

export interface LineRow {
  readonly key: string;
  readonly line_index: number;
  readonly amount_minor: number;
  readonly discount_minor: number;
  readonly billing_credit_minor: number;
  readonly inclusive_tax_minor: number;
  readonly subscription_id: string | null;
  readonly period_start_at: number | null;
  readonly period_end_at: number | null;
}

export interface PaymentRow {
  readonly key: string;
  readonly id: string;
  readonly payment_intent_id: string | null;
  readonly charge_id: string | null;
  readonly amount_paid_minor: number | null;
  readonly amount_requested_minor: number;
  readonly paid_at: number | null;
  readonly created_at: number;
}

export interface ChargeRow {
  readonly id: string;
  readonly customer_id: string | null;
  readonly payment_intent_id: string | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly status: string;
  readonly created_at: number;
  readonly balance_transaction_id: string | null;
  /** Of its balance transaction, where that has come. */
  readonly created_on: string | null;
  readonly authorised_minor: number | null;
}

export interface CheckoutRow {
  readonly key: string;
  readonly id: string;
  readonly amount_total_minor: number | null;
  readonly amount_tax_minor: number;
  readonly created_at: number;
}

export interface TransactionRow {
  readonly id: string;
  readonly type: string;
  readonly reporting_category: string;
  readonly amount_minor: number;
  readonly fee_minor: number;
  readonly net_minor: number;
  readonly currency: string;
  readonly created_at: number;
  readonly created_on: string;
  readonly source_id: string | null;
}

/** Rows by key. What was not read together beforehand is read when it is asked for. */
export interface FactRows {
  readonly database: ReadableDatabase;
  /** What is in another currency has a rate. */
  readonly functionalCurrency: string;
  transaction(id: string): TransactionRow | undefined;
  charge(id: string): ChargeRow | undefined;
  tiesOfIntent(intentId: string): readonly TieRow[];
  tiesOfCharge(chargeId: string): readonly TieRow[];
  checkouts(intentId: string): readonly CheckoutRow[];
  invoice(id: string): InvoiceRow | undefined;
  lines(invoiceId: string): readonly LineRow[];
  payments(invoiceId: string): readonly PaymentRow[];
  taxRate(id: string): TaxRateRow | undefined;
}

/** Rows of a table by key, each read once. */
class RowsByKey<Row> {
  readonly #database: ReadableDatabase;
  readonly #statement: KeysStatement;
  readonly #keyOf: (row: Row) => string;
  readonly #known = new Map<string, Row[]>();

  constructor(database: ReadableDatabase, statement: KeysStatement, keyOf: (row: Row) => string) {
    this.#database = database;
    this.#statement = statement;
    this.#keyOf = keyOf;
  }

  of(key: string): readonly Row[] {
    const known = this.#known.get(key);
    if (known) return known;
    this.read([key]);
    return this.#known.get(key) ?? [];
  }

  read(keys: readonly string[]): void {
    const asked = [...new Set(keys)].filter((key) => !this.#known.has(key));
    for (const key of asked) this.#known.set(key, []);
    for (const row of allOfKeys<Row>(this.#database, this.#statement, asked)) this.#known.get(this.#keyOf(row))?.push(row);
  }
}

const keyOfRow = ({ key }: { readonly key: string }): string => key;
const idOfRow = ({ id }: { readonly id: string }): string => id;

/**
 * @param facts whose rows are read together, now.
 * The rows are those of this moment: make it inside the transaction that posts them.
 */
export function readFactRows(database: ReadableDatabase, functionalCurrency: string, facts: readonly Pick<UnpostedFact, 'object_type' | 'object_id'>[] = []): FactRows {
  const transactions = new RowsByKey<TransactionRow>(database, findTransactions, idOfRow);
  const charges = new RowsByKey<ChargeRow>(database, findCharges, idOfRow);
  const byIntent = new RowsByKey<TieRow>(database, listTiesByIntent, keyOfRow);
  const byCharge = new RowsByKey<TieRow>(database, listTiesByCharge, keyOfRow);
  const checkouts = new RowsByKey<CheckoutRow>(database, listCheckouts, keyOfRow);
  const invoices = new RowsByKey<InvoiceRow>(database, findInvoices, idOfRow);
  const lines = new RowsByKey<LineRow>(database, listLines, keyOfRow);
  const payments = new RowsByKey<PaymentRow>(database, listPayments, keyOfRow);
  const taxRates = new RowsByKey<TaxRateRow>(database, findTaxRates, idOfRow);

  const idsOf = (type: UnpostedFact['object_type']): string[] => facts.filter((fact) => fact.object_type === type).map((fact) => fact.object_id);
  const transactionIds = idsOf('balance_transaction');
  transactions.read(transactionIds);
  const chargeIds = transactionIds.flatMap((id) => transactions.of(id)[0]?.source_id ?? []).filter(isChargeId);
  charges.read(chargeIds);
  const intentOf = (id: string): string | null => charges.of(id)[0]?.payment_intent_id ?? null;
  const isPresent = (value: string | null): value is string => value !== null;
  byIntent.read(chargeIds.map(intentOf).filter(isPresent));
  const withoutTies = chargeIds.filter((id) => {
    const intent = intentOf(id);
    return intent === null || byIntent.of(intent).length === 0;
  });
  byCharge.read(withoutTies);
  checkouts.read(withoutTies.filter((id) => byCharge.of(id).length === 0).map(intentOf).filter(isPresent));
  const invoiceIds = idsOf('invoice');
  invoices.read(invoiceIds);
  lines.read(invoiceIds);
  payments.read(invoiceIds);

  return {
    database,
    functionalCurrency,
    transaction: (id) => transactions.of(id)[0],
    charge: (id) => charges.of(id)[0],
    tiesOfIntent: (id) => byIntent.of(id),
    tiesOfCharge: (id) => byCharge.of(id),
    checkouts: (id) => checkouts.of(id),
    invoice: (id) => invoices.of(id)[0],
    lines: (id) => lines.of(id),
    payments: (id) => payments.of(id),
    taxRate: (id) => taxRates.of(id)[0],
  };
}

/** A balance transaction's source that is a charge, or a payment of the older kind. */
export const isChargeId = (id: string): boolean => id.startsWith('ch_') || id.startsWith('py_');
