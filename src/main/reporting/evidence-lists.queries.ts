/** The lists of a month's evidence pack, as CSV. */
import { addDays, endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { toCsv, type CsvColumn } from '../documents/csv-export.ts';
import { ageingOf } from '../receivables/ageing-calculation.ts';
import { readAccountBalances, type AccountBalanceRow } from './account-totals.queries.ts';
import { readReceivableMovements } from './ageing.queries.ts';

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
  `SELECT d.id, d.level, d.reason, d.object_id AS "objectId", d.balance_transaction_id AS "balanceTransactionId", d.occurred_on AS "occurredOn", d.currency, d.amount_minor AS "amountMinor", d.status, d.marked_as AS "markedAs", d.assignee, d.first_seen_at AS "firstSeenAt", d.resolved_at AS "resolvedAt",
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

export interface EvidenceLists {
  readonly discrepancies: { readonly csv: string; readonly rows: number };
  readonly trialBalance: { readonly csv: string; readonly rows: readonly AccountBalanceRow[] };
  readonly payouts: { readonly csv: string; readonly rows: number };
  readonly openItems: { readonly csv: string; readonly rows: number };
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
  const openItems = ageingOf(readReceivableMovements(database, null, zone), lastDay).flatMap((party) => party.invoices.map((invoice) => ({ ...invoice, partyId: party.partyId, customerName: party.customerName, currency: party.currency })));
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
      csv: toCsv<(typeof openItems)[number]>([
        text('customer', (row) => row.customerName), text('customer_id', (row) => row.partyId), text('invoice', (row) => row.number), date('due', (row) => row.dueOn), text('currency', (row) => row.currency.toUpperCase()), amount('open', (row) => row.openMinor), text('days_overdue', (row) => String(row.daysOverdue)),
      ], openItems),
    },
    byReason: database.all(sumDiscrepancies, days),
  };
}
