/** The lists of a month's evidence pack, as CSV. */
import { addDays, endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { percentDecimal } from '../../shared/money/basis-points.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { toCsv, type CsvColumn } from '../documents/csv-export.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { readAccountBalances, type AccountBalanceRow } from './account-totals.queries.ts';
import { readOpenItems, type OpenItem } from './open-items.queries.ts';
import { shownMinorSql } from './reconciliation.queries.ts';

const text = <Row>(title: string, value: (row: Row) => string | null): CsvColumn<Row> => ({ title, kind: 'text', value });
const date = <Row>(title: string, value: (row: Row) => string | null): CsvColumn<Row> => ({ title, kind: 'date', value });
const amount = <Row extends { readonly currency: string }>(title: string, value: (row: Row) => number): CsvColumn<Row> => ({ title, kind: 'number', value: (row) => toDecimalString(value(row), row.currency) });

interface EvidenceDiscrepancy {
  readonly id: string;
  readonly level: string;
  readonly reason: string;
  readonly objectId: string;
  readonly balanceTransactionId: string | null;
  readonly occurredOn: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly status: string;
  readonly markedAs: string | null;
  readonly assignee: string | null;
  readonly firstSeenAt: number;
  readonly resolvedAt: number | null;
  readonly note: string | null;
  readonly actor: string | null;
}

// Dated in the month, and older ones that are not settled.
const listDiscrepancies = sql(
  'evidence.discrepancies',
  `SELECT d.id, d.level, d.reason, d.object_id AS "objectId", d.balance_transaction_id AS "balanceTransactionId", d.occurred_on AS "occurredOn", d.currency, ${shownMinorSql('d')} AS "amountMinor", d.status, d.marked_as AS "markedAs", d.assignee, d.first_seen_at AS "firstSeenAt", d.resolved_at AS "resolvedAt",
     (SELECT note FROM discrepancy_steps AS s WHERE s.discrepancy_id = d.id ORDER BY recorded_at DESC, rowid DESC LIMIT 1) AS note, (SELECT actor FROM discrepancy_steps AS s WHERE s.discrepancy_id = d.id ORDER BY recorded_at DESC, rowid DESC LIMIT 1) AS actor
     FROM discrepancies AS d WHERE d.occurred_on < :end AND (d.occurred_on >= :from OR d.status IN ('open', 'assigned', 'on-hold')) ORDER BY d.occurred_on, d.id`,
);
const sumDiscrepancies = sql(
  'evidence.discrepancy-sums',
  `SELECT reason, currency, count(*) AS count, sum(status IN ('resolved', 'ignored')) AS settled, sum(iif(status IN ('resolved', 'ignored'), 0, abs(amount_minor))) AS "atRisk" FROM discrepancies WHERE occurred_on >= :from AND occurred_on < :end GROUP BY reason, currency ORDER BY reason, currency`,
);
const listPayouts = sql(
  'evidence.payouts',
  `SELECT p.id, p.status, p.amount_minor AS "amountMinor", p.currency, p.created_at AS "createdAt", p.arrival_at AS "arrivalAt", coalesce(json_extract(p.raw, '$.automatic'), 1) AS "isAutomatic",
     CASE WHEN x.status IN ('open', 'assigned', 'on-hold') THEN 'differs' WHEN x.id IS NOT NULL THEN 'settled: ' || coalesce(x.marked_as, x.status) WHEN coalesce(json_extract(p.raw, '$.automatic'), 1) = 1 THEN 'tied' ELSE 'by hand' END AS tie, coalesce(x.amount_minor, 0) AS "differenceMinor"
     FROM stripe_payouts AS p LEFT JOIN discrepancies AS x ON x.level = 'payouts' AND x.object_id = p.id WHERE p.created_at >= :start AND p.created_at < :end ORDER BY p.created_at, p.id`,
);

// What waits for somebody to say what it is, by what it came from: what has come to nothing is left out.
const listWaiting = sql(
  'evidence.waiting',
  `SELECT p.account_code AS account, e.source_type AS "sourceType", e.source_id AS "sourceId", min(e.entry_date) AS "firstOn", max(e.memo) AS memo, p.currency, sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS "amountMinor"
     FROM posting_lines AS p JOIN journal_entries AS e ON e.ledger_sequence = p.ledger_sequence WHERE p.account_code IN ('${accountCodes.suspense}', '${accountCodes.unappliedReceipts}') AND e.entry_date < :end
    GROUP BY p.account_code, e.source_type, e.source_id, p.currency HAVING "amountMinor" <> 0 ORDER BY p.account_code, "firstOn", e.source_id`,
);
// Booked in the month, and older ones that nothing is matched to.
const listBankLines = sql(
  'evidence.bank-lines',
  `SELECT l.id, a.number AS account, l.booked_on AS "bookedOn", a.currency, l.amount_minor AS "amountMinor", l.counterparty_name AS "counterpart", l.description, l.match_id AS "matchId"
     FROM bank_lines AS l JOIN bank_accounts AS a ON a.id = l.account_id WHERE l.booked_on < :end AND (l.booked_on >= :from OR l.match_id IS NULL) ORDER BY l.booked_on, l.id`,
);
// Every match a line of the month ever had, those that were taken back too.
const listMatches = sql(
  'evidence.bank-matches',
  `SELECT m.id, m.rule, m.score_basis_points AS "score", m.reasons, m.is_automatic AS "isAutomatic", m.matched_on AS "matchedOn", a.currency, m.residual_minor AS "residualMinor", m.residual_account AS "residualAccount", m.matched_by AS "matchedBy", m.matched_at AS "matchedAt",
     m.unmatched_by AS "unmatchedBy", m.unmatched_at AS "unmatchedAt", m.unmatch_reason AS "unmatchReason", (SELECT group_concat(line_id, ' ') FROM bank_match_lines AS x WHERE x.match_id = m.id) AS lines, (SELECT sum(l.amount_minor) FROM bank_match_lines AS x JOIN bank_lines AS l ON l.id = x.line_id WHERE x.match_id = m.id) AS "linesMinor",
     (SELECT group_concat(p.kind || ' ' || p.label, ', ') FROM bank_match_parts AS p WHERE p.match_id = m.id) AS parts, m.entry_keys AS "entryKeys"
     FROM bank_matches AS m JOIN bank_accounts AS a ON a.id = m.account_id WHERE EXISTS (SELECT 1 FROM bank_match_lines AS x JOIN bank_lines AS l ON l.id = x.line_id WHERE x.match_id = m.id AND l.booked_on >= :from AND l.booked_on < :end) ORDER BY m.matched_on, m.id`,
);

interface WaitingRow {
  readonly account: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly firstOn: string;
  readonly memo: string;
  readonly currency: string;
  readonly amountMinor: number;
}

interface BankLineRow {
  readonly id: string;
  readonly account: string;
  readonly bookedOn: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly counterpart: string | null;
  readonly description: string;
  readonly matchId: string | null;
}

interface MatchRow {
  readonly id: string;
  readonly rule: string;
  readonly score: number;
  readonly reasons: string;
  readonly isAutomatic: 0 | 1;
  readonly matchedOn: string;
  readonly currency: string;
  readonly residualMinor: number;
  readonly residualAccount: string | null;
  readonly matchedBy: string;
  readonly matchedAt: number;
  readonly unmatchedBy: string | null;
  readonly unmatchedAt: number | null;
  readonly unmatchReason: string | null;
  readonly lines: string;
  readonly linesMinor: number;
  readonly parts: string | null;
  readonly entryKeys: string;
}

interface EvidencePayout {
  readonly id: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly createdAt: number;
  readonly arrivalAt: number;
  readonly isAutomatic: 0 | 1;
  readonly tie: string;
  readonly differenceMinor: number;
}

/** A check of the close as far as the evidence says it: `reconciliation/close-checklist.ts`. */
export interface EvidenceCheck {
  readonly code: string;
  readonly title: string;
  readonly isFine: boolean;
  readonly count: number | null;
  readonly amounts: readonly { readonly amount: number; readonly currency: string }[];
  readonly detail: string | null;
  readonly asOf: number | null;
  readonly acceptedBecause: string | null;
}

export interface EvidenceLists {
  readonly discrepancies: { readonly csv: string; readonly rows: number };
  readonly trialBalance: { readonly csv: string; readonly rows: readonly AccountBalanceRow[] };
  readonly payouts: { readonly csv: string; readonly rows: number };
  /** Sums to accounts receivable in the trial balance. */
  readonly openItems: { readonly csv: string; readonly rows: number };
  /** Sums to suspense and unapplied receipts in the trial balance. */
  readonly waiting: { readonly csv: string; readonly rows: number };
  readonly bankLines: { readonly csv: string; readonly rows: number };
  readonly bankMatches: { readonly csv: string; readonly rows: number };
  readonly byReason: readonly { readonly reason: string; readonly currency: string; readonly count: number; readonly settled: number; readonly atRisk: number }[];
}

export function readEvidenceLists(database: ReadableDatabase, month: Month, zone: TimeZone): EvidenceLists {
  const days = { from: firstDayOf(month), end: endOf(month) };
  const lastDay = addDays(days.end, -1);
  const bounds = zone.boundsOf(month);
  const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  const discrepancies = database.all<EvidenceDiscrepancy>(listDiscrepancies, days);
  const balances = readAccountBalances(database, lastDay);
  const payouts = database.all<EvidencePayout>(listPayouts, bounds);
  const openItems = readOpenItems(database, lastDay, zone);
  const waiting = database.all<WaitingRow>(listWaiting, { end: days.end });
  const bankLines = database.all<BankLineRow>(listBankLines, days);
  const bankMatches = database.all<MatchRow>(listMatches, days);
  return {
    discrepancies: {
      rows: discrepancies.length,
      csv: toCsv<EvidenceDiscrepancy>([
        text('id', (row) => row.id), text('level', (row) => row.level), text('reason', (row) => row.reason), text('object', (row) => row.objectId), text('balance_transaction', (row) => row.balanceTransactionId), date('dated', (row) => row.occurredOn), text('currency', (row) => row.currency.toUpperCase()), amount('amount', (row) => row.amountMinor),
        text('status', (row) => row.status), text('settled_as', (row) => row.markedAs), text('assignee', (row) => row.assignee), text('first_seen_at', (row) => instant(row.firstSeenAt)), text('settled_at', (row) => instant(row.resolvedAt)), text('last_step_by', (row) => row.actor), text('last_note', (row) => row.note),
      ], discrepancies),
    },
    trialBalance: {
      rows: balances,
      csv: toCsv<AccountBalanceRow>([
        text('account', (row) => row.accountCode), text('name', (row) => row.accountName), text('type', (row) => row.accountType), text('currency', (row) => row.currency.toUpperCase()), amount('debit', (row) => row.debitMinor), amount('credit', (row) => row.creditMinor), amount('balance', (row) => row.debitMinor - row.creditMinor),
      ], balances),
    },
    payouts: {
      rows: payouts.length,
      csv: toCsv<EvidencePayout>([
        text('payout', (row) => row.id), text('status', (row) => row.status), text('kind', (row) => (row.isAutomatic === 1 ? 'automatic' : 'by hand')), text('created_at', (row) => instant(row.createdAt)), date('arrival', (row) => zone.dateOf(row.arrivalAt)), text('currency', (row) => row.currency.toUpperCase()), amount('amount', (row) => row.amountMinor),
        text('tie', (row) => row.tie), amount('difference', (row) => row.differenceMinor),
      ], payouts),
    },
    openItems: {
      rows: openItems.length,
      csv: toCsv<OpenItem>([
        text('kind', (row) => row.kind), text('customer', (row) => row.customerName), text('customer_id', (row) => row.customerId), text('invoice', (row) => row.number), date('due', (row) => row.dueOn), text('currency', (row) => row.currency.toUpperCase()), amount('open', (row) => row.openMinor), text('days_overdue', (row) => String(row.daysOverdue)),
      ], openItems),
    },
    waiting: {
      rows: waiting.length,
      csv: toCsv<WaitingRow>([text('account', (row) => row.account), text('from', (row) => row.sourceType), text('id', (row) => row.sourceId), date('since', (row) => row.firstOn), text('currency', (row) => row.currency.toUpperCase()), amount('amount', (row) => row.amountMinor), text('memo', (row) => row.memo)], waiting),
    },
    bankLines: {
      rows: bankLines.length,
      csv: toCsv<BankLineRow>([
        text('line', (row) => row.id), text('account', (row) => row.account), date('booked', (row) => row.bookedOn), text('currency', (row) => row.currency.toUpperCase()), amount('amount', (row) => row.amountMinor), text('with', (row) => row.counterpart), text('text', (row) => row.description),
        text('state', (row) => (row.matchId === null ? 'open' : 'matched')), text('match', (row) => row.matchId),
      ], bankLines),
    },
    bankMatches: {
      rows: bankMatches.length,
      csv: toCsv<MatchRow>([
        text('match', (row) => row.id), text('rule', (row) => row.rule), text('score_percent', (row) => percentDecimal(row.score)), text('reasons', (row) => (JSON.parse(row.reasons) as string[]).join(' ')), text('by_itself', (row) => (row.isAutomatic === 1 ? 'yes' : 'no')),
        date('dated', (row) => row.matchedOn), text('lines', (row) => row.lines), text('currency', (row) => row.currency.toUpperCase()), amount('lines_amount', (row) => row.linesMinor), text('matched_with', (row) => row.parts), amount('difference', (row) => row.residualMinor), text('difference_account', (row) => row.residualAccount),
        text('entries', (row) => (JSON.parse(row.entryKeys) as string[]).join(' ')), text('by', (row) => row.matchedBy), text('at', (row) => instant(row.matchedAt)), text('taken_back_by', (row) => row.unmatchedBy), text('taken_back_at', (row) => instant(row.unmatchedAt)), text('taken_back_because', (row) => row.unmatchReason),
      ], bankMatches),
    },
    byReason: database.all(sumDiscrepancies, days),
  };
}

interface ChecklistRow extends EvidenceCheck {
  readonly amount: number | null;
  readonly currency: string;
}

/** The checklist as it is signed or stands, as CSV: one row per check and amount. */
export function checklistCsv(checks: readonly EvidenceCheck[]): string {
  const rows = checks.flatMap((check): ChecklistRow[] => (check.amounts.length === 0 ? [{ ...check, amount: null, currency: 'usd' }] : check.amounts.map((each) => ({ ...check, amount: each.amount, currency: each.currency }))));
  return toCsv<ChecklistRow>([
    text('check', (row) => row.code), text('title', (row) => row.title), text('state', (row) => (row.isFine ? 'fine' : row.acceptedBecause === null ? 'open' : 'accepted')), text('count', (row) => (row.count === null ? null : String(row.count))), text('currency', (row) => (row.amount === null ? null : row.currency.toUpperCase())),
    text('amount', (row) => (row.amount === null ? null : toDecimalString(row.amount, row.currency))), text('detail', (row) => row.detail), text('as_of', (row) => (row.asOf === null ? null : new Date(row.asOf).toISOString())), text('accepted_because', (row) => row.acceptedBecause),
  ], rows);
}
