/** What stands in a ledger file, as fingerprints a test compares: before and after a run, or between two ledgers that were made in different ways. */
import { createHash } from 'node:crypto';
import Sqlite from 'better-sqlite3';

/** Table by table; equal digests mean equal rows. */
export type LedgerDigest = Readonly<Record<string, string>>;

/**
 * The MRR tables keep generations, of which one is read. Ids of people's acts and moments of the machine's clock are left out of `books`; nothing
 * is left out of `everything` but what a look at the same rows moves.
 */
const generation = 'generation = (SELECT generation FROM revenue_rebuilds)';
const mrr = {
  mrr_months: `SELECT month, start_minor, new_minor, expansion_minor, contraction_minor, churn_minor, reactivation_minor, exchange_rate_minor, end_minor, customers, items, is_running, undated_subscription_ids FROM mrr_months WHERE ${generation} ORDER BY month`,
  mrr_movements: `SELECT customer_id, day_on, kind, month, amount_minor, cause, subscription_id, invoice_id FROM mrr_movements WHERE ${generation} ORDER BY customer_id, day_on, kind, amount_minor`,
  mrr_segments: `SELECT subscription_item_id, starts_at, ends_at, currency, mrr_minor, rate, functional_mrr_minor, source, invoice_line_id FROM mrr_segments WHERE ${generation} ORDER BY subscription_item_id, starts_at`,
};

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
