/** What stands in a ledger file, as fingerprints a test compares: before and after a run, or between two ledgers that were made in different ways. */
import { createHash } from 'node:crypto';
import Sqlite from 'better-sqlite3';

/** Table by table; equal digests mean equal rows. */
export type LedgerDigest = Readonly<Record<string, string>>;

/** Derived of Stripe's objects. The same customer worked out again has the same rows. */
const mrr = {
  revenue_rollups: 'SELECT * FROM revenue_rollups ORDER BY policy, dimension, currency, member, month, kind',
  revenue_movements: 'SELECT * FROM revenue_movements ORDER BY customer_id, day_on, kind, price_id, currency, policies',
  revenue_items: 'SELECT * FROM revenue_items ORDER BY customer_id, subscription_item_id, starts_at',
};

/** Ids of people's acts and moments of the machine's clock are left out of `books`; nothing is left out of `everything` but what a look at the same rows moves. */
const everything = {
  ...mrr,
  journal_entries: 'SELECT * FROM journal_entries ORDER BY ledger_sequence',
  postings: 'SELECT * FROM postings ORDER BY entry_id, line_number',
  provisional_entries: 'SELECT * FROM provisional_entries ORDER BY id',
  period_log: 'SELECT * FROM period_log ORDER BY sequence',
  ledger_periods: 'SELECT * FROM ledger_periods ORDER BY month',
  invoices: 'SELECT * FROM invoices ORDER BY id',
  document_series: 'SELECT * FROM document_series ORDER BY series, year',
  stored_documents: 'SELECT * FROM stored_documents ORDER BY id',
  discrepancies: 'SELECT id, level, reason, object_id, balance_transaction_id, status, assignee, hold_until, currency, amount_minor, occurred_on, first_seen_at, resolved_at FROM discrepancies ORDER BY id',
  discrepancy_steps: 'SELECT * FROM discrepancy_steps ORDER BY id',
  review_items: 'SELECT * FROM review_items ORDER BY id',
  ledger_settings: 'SELECT * FROM ledger_settings ORDER BY name',
  payment_history: 'SELECT * FROM payment_history ORDER BY id',
  api_usage: 'SELECT * FROM api_usage ORDER BY id',
  partner_contracts: 'SELECT * FROM partner_contracts ORDER BY id',
};

const books = {
  ...mrr,
  journal_entries: 'SELECT idempotency_key, entry_date, kind, source_type, source_id, input_hash, concerns_month, memo FROM journal_entries ORDER BY idempotency_key',
  postings: `SELECT idempotency_key, line_number, account_code, direction, amount_minor, currency, functional_amount_minor, rate, party_id
               FROM postings JOIN journal_entries ON id = entry_id ORDER BY idempotency_key, line_number`,
  provisional_entries: 'SELECT idempotency_key FROM provisional_entries ORDER BY 1',
  period_log: 'SELECT month, action, actor, reason, four_eyes FROM period_log ORDER BY sequence',
  ledger_periods: 'SELECT month, state, changed_by FROM ledger_periods ORDER BY month',
  invoices: 'SELECT invoice_number, kind, status, contract_id, billing_month, currency, subtotal_minor, tax_minor, withholding_minor, total_minor, amount_due_minor, totals_fingerprint FROM invoices ORDER BY invoice_number',
  stored_documents: 'SELECT count(*) FROM stored_documents',
  discrepancies: 'SELECT id, level, reason, object_id, balance_transaction_id, status, currency, amount_minor, occurred_on FROM discrepancies ORDER BY id',
  review_items: 'SELECT code, subject_type, subject_id FROM review_items ORDER BY subject_id, code',
};

function digest(file: string, queries: Readonly<Record<string, string>>): LedgerDigest {
  const connection = new Sqlite(file, { readonly: true });
  try {
    return Object.fromEntries(
      Object.entries(queries).map(([table, text]) => {
        const hash = createHash('sha256');
        let rows = 0;
        for (const row of connection.prepare(text).raw().iterate()) {
          hash.update(JSON.stringify(row)).update('\n');
          rows += 1;
        }
        return [table, `${rows} rows ${hash.digest('hex').slice(0, 20)}`];
      }),
    );
  } finally {
    connection.close();
  }
}

/** Every row of the books, the documents, the differences and MRR: a run that changes nothing leaves it as it was. */
export const digestOfLedger = (file: string): LedgerDigest => digest(file, everything);

/** The books by (key, postings, concerns_month), numbers, differences and MRR: the same whichever way a ledger came about (domain.md §3, Rebuild). */
export const digestOfBooks = (file: string): LedgerDigest => digest(file, books);
