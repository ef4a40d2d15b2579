/**
 * The global search: any invoice number, Stripe id, amount, customer or partner (interface.md, The frame). Numbers, ids and amounts are looked up in
 * indexes; names and e-mail addresses by part, which stays within the budget because only customers and partners are scanned.
 */
import { toDecimalString } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { amountCondition } from './amount-condition.ts';

export interface SearchHit {
  readonly kind: 'invoice' | 'customer' | 'partner' | 'payment' | 'journal-entry' | 'discrepancy';
  readonly id: string;
  readonly title: string;
  readonly detail: string;
}

interface AmountHit extends Omit<SearchHit, 'detail'> {
  readonly amountMinor: number;
  readonly currency: string;
  readonly status: string;
}

const byName = sql('search.by-name', `
  SELECT * FROM (SELECT 'partner' AS kind, id, name AS title, coalesce(billing_email, '') AS detail FROM partners WHERE deleted_at IS NULL AND (name LIKE :part ESCAPE '\\' OR billing_email LIKE :part ESCAPE '\\') LIMIT :limit)
  UNION ALL
  SELECT * FROM (SELECT 'customer', id, coalesce(name, email, id), coalesce(email, '') FROM stripe_customers WHERE name LIKE :part ESCAPE '\\' OR email LIKE :part ESCAPE '\\' LIMIT :limit)`);
const byNumber = sql('search.by-number', `
  SELECT * FROM (SELECT 'invoice' AS kind, id, invoice_number AS title, status AS detail FROM invoices WHERE invoice_number >= :text AND invoice_number < :end LIMIT :limit)
  UNION ALL
  SELECT * FROM (SELECT 'invoice', id, number, coalesce(status, '') FROM stripe_invoices WHERE number >= :text AND number < :end LIMIT :limit)`);
/** What a payment is made of; a payout, a fee or a reserve is found as its entry. */
const isPayment = "b.type IN ('charge', 'payment', 'refund', 'payment_refund', 'adjustment', 'payment_failure_refund', 'refund_failure')";
const transactionHit = `SELECT iif(${isPayment}, 'payment', 'journal-entry'), iif(${isPayment}, b.id, e.id), iif(${isPayment}, b.id, e.memo), b.type FROM stripe_balance_transactions b LEFT JOIN journal_entries e ON e.source_id = b.id`;
const byId = sql('search.by-id', `
  SELECT * FROM (SELECT 'invoice' AS kind, id, coalesce(number, id) AS title, coalesce(status, '') AS detail FROM stripe_invoices WHERE id >= :text AND id < :end LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'customer', id, coalesce(name, id), coalesce(email, '') FROM stripe_customers WHERE id >= :text AND id < :end LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, status FROM stripe_charges WHERE id >= :text AND id < :end LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, status FROM stripe_payment_intents WHERE id >= :text AND id < :end LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, coalesce(status, '') FROM stripe_refunds WHERE id >= :text AND id < :end LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, status FROM stripe_disputes WHERE id >= :text AND id < :end LIMIT :limit)
  UNION ALL SELECT * FROM (${transactionHit} WHERE b.id >= :text AND b.id < :end AND (${isPayment} OR e.id IS NOT NULL) LIMIT :limit)
  UNION ALL SELECT * FROM (${transactionHit} WHERE b.source_id >= :text AND b.source_id < :end AND NOT ${isPayment} AND e.id IS NOT NULL LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'journal-entry', id, memo, entry_date FROM journal_entries WHERE id >= :text AND id < :end LIMIT :limit)`);

/** Newest first, of each source so many. */
const amountHits = (condition: (amount: string, currency: string) => string): string => `
  SELECT * FROM (SELECT 'invoice' AS kind, id, coalesce(invoice_number, id) AS title, status, total_minor AS amountMinor, currency FROM invoices WHERE ${condition('total_minor', 'currency')} ORDER BY created_at DESC LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'invoice', id, coalesce(number, id), coalesce(status, ''), total_minor, currency FROM stripe_invoices WHERE ${condition('total_minor', 'currency')} ORDER BY created_at DESC LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, status, amount_minor, currency FROM stripe_charges WHERE ${condition('amount_minor', 'currency')} ORDER BY created_at DESC LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, 'refund', -amount_minor, currency FROM stripe_refunds WHERE ${condition('amount_minor', 'currency')} ORDER BY created_at DESC LIMIT :limit)
  UNION ALL SELECT * FROM (SELECT 'payment', id, id, 'dispute', -amount_minor, currency FROM stripe_disputes WHERE ${condition('amount_minor', 'currency')} ORDER BY created_at DESC LIMIT :limit)`;

/** Whose amount it is: '1,234.56', '1.234,56 eur', '500 jpy'. */
function searchAmount(database: ReadableDatabase, text: string, limit: number): SearchHit[] {
  const condition = amountCondition(text);
  if (!condition) return [];
  // Invoices and payments take turns, so that many of the one leave room for the other.
  const hits = database.all<AmountHit>(sql('search.by-amount', amountHits(condition.text)), { ...condition.named, limit: Math.ceil(limit / 2) });
  return hits.map(({ amountMinor, currency, status, ...hit }) => ({ ...hit, detail: `${toDecimalString(amountMinor, currency)} ${currency.toUpperCase()}, ${status}` }));
}

/** Everything whose name or e-mail address holds the text, whose number or id starts with it, or whose amount it is; best kinds first. */
export function searchRecords(database: ReadableDatabase, text: string, limit: number): SearchHit[] {
  const trimmed = text.replace(/\p{Cc}+/gu, ' ').trim(); // SQLite ends a pattern at a zero byte: what is left of it would match everything
  if (trimmed.length < 2) return [];
  const part = `%${trimmed.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
  const range = (value: string) => ({ text: value, end: `${value}\uffff`, limit });
  const hits = [
    ...database.all<SearchHit>(byNumber, range(trimmed)),
    ...(trimmed === trimmed.toUpperCase() ? [] : database.all<SearchHit>(byNumber, range(trimmed.toUpperCase()))),
    ...database.all<SearchHit>(byId, range(trimmed)),
    ...searchAmount(database, trimmed, limit),
    ...database.all<SearchHit>(byName, { part, limit }),
  ];
  const seen = new Set<string>();
  return hits.filter((hit) => !seen.has(`${hit.kind}/${hit.id}`) && seen.add(`${hit.kind}/${hit.id}`)).slice(0, limit);
}
