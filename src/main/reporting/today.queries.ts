/**
 * Today: everything that waits for a person, gravest kind first, the newest of a kind before the older ones.
 */
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { isDecidableByUser } from '../contracts/approval-decider.ts';
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { objectNameSql, shownMinorSql } from './reconciliation.queries.ts';

export type TodayKind = 'ledger-unsound' | 'discrepancy' | 'draft-invoice' | 'failed-job' | 'review-item' | 'conflict' | 'approval' | 'parked-edit' | 'contract-problem' | 'overdue-invoice' | 'stripe' | 'reopen-request' | 'mail-trouble' | 'archive-trouble';

type ClashEntity = 'partner' | 'contract' | 'amendment';

export interface TodayItem {
  readonly id: string;
  readonly kind: TodayKind;
  readonly title: string;
  readonly detail: string;
  readonly amount: { readonly amount: number; readonly currency: string } | null;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly link: string;
}

/** Every source selects id, title, detail, amount_minor, currency, at and link. */
interface ItemRow {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly at: number;
  readonly link: string;
  /** Of a conflict only: whose fields clash, and which, as a JSON list of columns. */
  readonly entity?: ClashEntity;
  readonly columns?: string;
}

interface Source {
  readonly kind: TodayKind;
  readonly items: Sql;
  readonly count: Sql;
}

function source(kind: TodayKind, columns: string, from: string, order: string): Source {
  return { kind, items: sql(`today.${kind}`, `SELECT ${columns} ${from} ORDER BY ${order} LIMIT :limit`), count: sql(`today.${kind}-count`, `SELECT count(*) AS count ${from} LIMIT :limit`) };
}

/** 'waits for the rate of 27 Nov', 'wait for rates, the first of 27 Nov', over the facts of one reason. */
const awaitedRates = `CASE WHEN max(rate_on) IS NULL THEN 'an exchange rate is missing' ELSE CASE count(*) WHEN 1 THEN 'It waits for ' ELSE 'They wait for ' END || CASE count(DISTINCT rate_on) WHEN 1 THEN 'the rate of ' ELSE count(DISTINCT rate_on) || ' days’ rates, the first of ' END
  || ltrim(substr(min(rate_on), 9, 2), '0') || ' ' || substr('JanFebMarAprMayJunJulAugSepOctNovDec', CAST(substr(min(rate_on), 6, 2) AS INTEGER) * 3 - 2, 3) END`;

/** What people call the record behind a change, conflict or approval; its id where the copy does not have it yet. */
const recordTitle = (row: string): string =>
  `coalesce((SELECT name FROM partners WHERE id = ${row}.entity_id), (SELECT api_key_prefix FROM partner_contracts WHERE id = ${row}.entity_id), (SELECT o.api_key_prefix || ' from ' || m.effective_from FROM contract_amendments AS m JOIN partner_contracts AS o ON o.id = m.contract_id WHERE m.id = ${row}.entity_id), 'a new ' || ${row}.entity)`;

const sources: readonly Source[] = [
  source(
    'ledger-unsound',
    `run.id, 'The ledger is not sound' AS title, coalesce(run.result ->> '$.firstFault.message', '') AS detail, NULL AS "amountMinor", NULL AS currency, run.finished_at AS at, '/ledger/verify' AS link`,
    `FROM job_runs AS run WHERE run.job = 'ledger-verify' AND run.result ->> '$.isSound' = 0 AND :today <> ''
     AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.job = run.job AND later.result IS NOT NULL AND (later.started_at, later.id) > (run.started_at, run.id))`,
    'run.started_at DESC',
  ),
  source(
    'failed-job',
    `run.id, run.job AS title, coalesce(run.error_message, run.error_code, '') AS detail, NULL AS "amountMinor", NULL AS currency, coalesce(run.finished_at, run.started_at) AS at, '/jobs/' || run.id AS link`,
    "FROM job_runs AS run WHERE run.status = 'failed' AND :today <> '' AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.job = run.job AND (later.started_at, later.id) > (run.started_at, run.id))",
    'run.started_at DESC, run.id',
  ),
  source(
    'review-item',
    `id, message AS title, subject_type || ' ' || subject_id AS detail, NULL AS "amountMinor", NULL AS currency, raised_at AS at, CASE WHEN subject_type = 'exchange-rates' THEN '/settings/rates' WHEN subject_type = 'stripe-customer' THEN '/invoices/customers/' || subject_id WHEN code = 'invoice-without-finalisation' THEN '/invoices/' || subject_id WHEN code = 'fact-not-postable' THEN '/settings/stripe/waiting?reason=fact-not-postable' ELSE '/ledger/entries?sourceId=' || subject_id END AS link`,
    "FROM review_items WHERE settled_at IS NULL AND :today <> ''",
    'raised_at DESC, id',
  ),
  source(
    'reopen-request',
    `asked.month AS id, 'Reopening ' || asked.month || ' is asked for' AS title, asked.actor || ': ' || coalesce(asked.reason, '') AS detail, NULL AS "amountMinor", NULL AS currency, asked.at, '/ledger/periods/' || asked.month AS link`,
    "FROM period_log AS asked WHERE asked.action = 'request-reopen' AND :today <> '' AND NOT EXISTS (SELECT 1 FROM period_log AS later WHERE later.month = asked.month AND later.sequence > asked.sequence)",
    'asked.sequence DESC',
  ),
  source(
    'mail-trouble',
    `m.id, CASE m.state WHEN 'in-doubt' THEN 'Nobody knows whether ' || m.invoice_number || ' was sent' WHEN 'bounced' THEN 'The e-mail of ' || m.invoice_number || ' came back' ELSE m.invoice_number || ' was not sent' END AS title,
     coalesce(m.error_message, m.error_code, 'The line broke before the mail server had answered') AS detail, NULL AS "amountMinor", NULL AS currency, m.queued_at AS at, '/invoices/mail/' || m.id AS link`,
    "FROM mail_outbox AS m WHERE m.state IN ('failed', 'in-doubt', 'bounced') AND :today <> '' AND :role IN ('finance', 'accountant', 'admin') AND NOT EXISTS (SELECT 1 FROM mail_outbox AS later WHERE later.invoice_id = m.invoice_id AND later.sequence > m.sequence) AND NOT EXISTS (SELECT 1 FROM invoices AS i WHERE i.id = m.invoice_id AND i.status = 'void')",
    'm.queued_at DESC, m.id',
  ),
  source(
    'archive-trouble',
    `error_code AS id, count(*) || CASE count(*) WHEN 1 THEN ' document is not in the archive' ELSE ' documents are not in the archive' END AS title, coalesce(min(error_message), error_code, '') AS detail, NULL AS "amountMinor", NULL AS currency, max(queued_at) AS at, '/settings/archive?state=failed' AS link`,
    "FROM archived_documents WHERE state = 'failed' AND :today <> '' AND :role IN ('finance', 'accountant', 'admin') GROUP BY error_code",
    'at DESC, id',
  ),
  source(
    'stripe',
    'id, title, detail, NULL AS "amountMinor", NULL AS currency, at, link',
    `FROM (
       SELECT 'gap/' || id AS id, 'Stripe was away from this desk for more than 30 days' AS title, 'Its events of that time are gone; everything is listed again' AS detail, noticed_at AS at, '/settings/stripe' AS link FROM stripe_event_gaps WHERE filled_at IS NULL
       UNION ALL SELECT 'waiting/' || reason_code, count(*) || CASE count(*) WHEN 1 THEN ' fact of Stripe waits to be posted' ELSE ' facts of Stripe wait to be posted' END, CASE reason_code WHEN 'exchange-rate-missing' THEN ${awaitedRates} WHEN 'source-missing' THEN 'an object they depend on is missing' WHEN 'fact-not-postable' THEN 'no entry can be made of them' ELSE reason_code END, max(occurred_at), '/settings/stripe/waiting?reason=' || reason_code FROM unposted_facts WHERE reason_code IS NOT NULL GROUP BY reason_code
       UNION ALL SELECT 'parked/' || coalesce(reason_code, ''), count(*) || CASE count(*) WHEN 1 THEN ' message of Stripe was set aside' ELSE ' messages of Stripe were set aside' END, coalesce(min(reason), 'It could not be read'), max(received_at), '/settings/stripe/events?state=parked' FROM sync_inbox WHERE provider = 'stripe' AND status = 'parked' GROUP BY reason_code
     ) WHERE :today <> ''`,
    'at DESC, id',
  ),
  source(
    'conflict',
    `x.id, 'Two edits of ' || ${recordTitle('x')} || ' clash' AS title, coalesce(c.author, 'somebody') || ' and ' || coalesce(x.their_author, 'somebody') AS detail, x.entity, (SELECT json_group_array(json_extract(f.value, '$.column')) FROM json_each(x.fields) AS f) AS columns,
     NULL AS "amountMinor", NULL AS currency, x.raised_at AS at, '/partners/conflicts/' || x.id AS link`,
    "FROM change_conflicts AS x LEFT JOIN change_sets AS c ON c.id = x.change_id WHERE x.state = 'open' AND :today <> '' AND :role = 'admin' AND :user <> ''",
    'x.raised_at DESC, x.id',
  ),
  source(
    'approval',
    `a.id, 'A change of ' || ${recordTitle('a')} || ' waits for a second person' AS title, a.requested_by || coalesce(': ' || c.reason, '') AS detail, NULL AS "amountMinor", NULL AS currency, a.requested_at AS at, '/partners/approvals/' || a.id AS link`,
    `FROM change_approvals AS a LEFT JOIN change_sets AS c ON c.id = a.change_id WHERE ${isDecidableByUser('a')} AND :role IN ('accountant', 'admin') AND :today <> ''`,
    'a.requested_at DESC, a.id',
  ),
  source(
    'parked-edit',
    `k.id, 'Your edit of ' || ${recordTitle('k')} || ' was not taken' AS title, coalesce(k.error_message, k.error_code, '') AS detail, NULL AS "amountMinor", NULL AS currency, k.created_at AS at, '/partners/changes/' || k.id AS link`,
    "FROM known_changes AS k WHERE k.state = 'parked' AND (k.is_own = 1 OR k.author = :user) AND :today <> '' AND :role <> ''",
    'k.created_at DESC, k.id',
  ),
  source(
    'contract-problem',
    `contract.id, 'Contract of ' || coalesce(partner.name, contract.api_key_prefix) || ' cannot be billed' AS title, 'pricing model “' || contract.pricing_model || '” is unknown' AS detail, NULL AS "amountMinor", NULL AS currency,
     contract.updated_at AS at, '/partners/' || contract.partner_id AS link`,
    "FROM partner_contracts AS contract LEFT JOIN partners AS partner ON partner.id = contract.partner_id WHERE contract.deleted_at IS NULL AND :today <> '' AND contract.pricing_model NOT IN ('flat', 'per_deed', 'hybrid', 'per_request')",
    'contract.updated_at DESC, contract.id',
  ),
  source(
    'discrepancy',
    `id, CASE reason WHEN 'missing-in-ledger' THEN 'Missing in the journal' WHEN 'missing-in-payment-history' THEN 'Missing in payment history' WHEN 'missing-at-stripe' THEN 'Missing at Stripe' WHEN 'amount-differs' THEN 'Amount differs'
       WHEN 'fee-differs' THEN 'Fee differs' WHEN 'currency-differs' THEN 'Currency differs' WHEN 'status-differs' THEN 'Status differs' WHEN 'duplicate-in-payment-history' THEN 'Recorded twice'
       WHEN 'exchange-rate-differs' THEN 'Exchange rate differs' WHEN 'duplicate-in-ledger' THEN 'Posted twice' WHEN 'orphan-refund' THEN 'Refund without payment' WHEN 'dispute-without-write-off' THEN 'Dispute not written off'
       WHEN 'period-cut-off' THEN 'In another month' WHEN 'id-differs' THEN 'Another id' WHEN 'id-and-currency-differ' THEN 'Another id and currency' WHEN 'id-and-amount-differ' THEN 'Another id and amount'
       WHEN 'id-and-fee-differ' THEN 'Another id and fee' WHEN 'id-and-status-differ' THEN 'Another id and status' WHEN 'id-and-month-differ' THEN 'Another id and month' WHEN 'balance-not-proved' THEN 'Balance not proved'
       WHEN 'payout-without-bank-line' THEN 'Payout not at the bank' WHEN 'bank-line-unmatched' THEN 'Bank line unmatched' WHEN 'bank-residual' THEN 'Rest on suspense' ELSE 'Dated apart' END AS title,
     ${objectNameSql('discrepancies')} || ' · ' || occurred_on || coalesce(' · ' || assignee, '') || iif(open_request IS NULL, '', ' · waits for a second person') AS detail, CASE WHEN amount_minor <> 0 THEN ${shownMinorSql('discrepancies')} END AS "amountMinor", currency, first_seen_at AS at, '/reconciliation/' || id AS link`,
    "FROM discrepancies WHERE (status IN ('open', 'assigned') OR (status = 'on-hold' AND hold_until <= :today))",
    // What a person waits for another's answer to comes first.
    'open_request IS NULL, occurred_on DESC, id',
  ),
  source(
    'overdue-invoice',
    `invoice.id, invoice.invoice_number || ' is overdue' AS title, coalesce(partner.name, invoice.user_id, '') || ' · due ' || invoice.due_date AS detail, invoice.amount_due_minor AS "amountMinor", invoice.currency, invoice.created_at AS at,
     '/invoices/' || invoice.id AS link`,
    "FROM invoices AS invoice LEFT JOIN partners AS partner ON partner.id = invoice.partner_id WHERE invoice.status IN ('finalised', 'sent', 'partly_paid') AND invoice.amount_due_minor > 0 AND invoice.due_date < :today",
    'invoice.due_date, invoice.id',
  ),
  source(
    'draft-invoice',
    `invoice.id, 'Draft for ' || coalesce(partner.name, invoice.user_id, 'a customer') AS title, coalesce('for ' || invoice.billing_month, 'one-off') AS detail, invoice.amount_due_minor AS "amountMinor", invoice.currency, invoice.created_at AS at,
     '/invoices/' || invoice.id AS link`,
    "FROM invoices AS invoice LEFT JOIN partners AS partner ON partner.id = invoice.partner_id WHERE invoice.status = 'draft' AND :today <> ''",
    'invoice.created_at DESC, invoice.id',
  ),
];

const readZone = sql('today.zone', "SELECT value FROM ledger_settings WHERE name = 'reporting_time_zone'");

/**
 * @param request.limit items in all; the counts are of everything.
 * @param request.jobTitle a job's name as people know it.
 * @param request.clashLabel a field of a partner, contract or amendment as its editor labels it; by its column where none is given.
 * @param request.now epoch milliseconds; “today” is its day in the ledger's reporting zone (UTC before the ledger has one).
 */
export function readToday(database: ReadableDatabase, request: { readonly limit: number; readonly now: number; readonly jobTitle: (job: string) => string; readonly clashLabel?: (entity: ClashEntity, column: string) => string; /** Who looks: what they may not decide is not theirs to see here. */ readonly user?: string; readonly role?: string }): { asOf: number; counts: { kind: TodayKind; count: number }[]; items: TodayItem[] } {
  const zone = new TimeZone(database.get<{ value: string }>(readZone)?.value ?? 'UTC');
  const { user = '', role = 'viewer' } = request;
  const values = { today: zone.dateOf(request.now), limit: request.limit, user, role };
  const items: TodayItem[] = [];
  const counts: { kind: TodayKind; count: number }[] = [];
  for (const { kind, items: list, count } of sources) {
    const total = database.get<{ count: number }>(count, values)?.count ?? 0;
    if (total === 0) continue;
    counts.push({ kind, count: total });
    for (const { amountMinor, currency, entity, columns, ...item } of database.all<ItemRow>(list, values)) {
      const clashing = entity === undefined || columns === undefined ? '' : `: ${(JSON.parse(columns) as string[]).map((column) => request.clashLabel?.(entity, column) ?? column).join(', ')}`;
      items.push({ ...item, detail: item.detail + clashing, title: kind === 'failed-job' ? `${request.jobTitle(item.title)} failed` : item.title, kind, amount: amountMinor === null || currency === null ? null : { amount: amountMinor, currency } });
    }
  }
  return { asOf: request.now, counts, items: items.slice(0, request.limit) };
}
