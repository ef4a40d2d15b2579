/**
 * What no id brings together and attributes do (domain.md §6): a payment that a store lacks, and a record of that store that Stripe does not list, of the same amount in the same currency about the same
 * day. They are proposed with a score and reasons and never merged: a person links them, which settles both.
 */
import { localDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { fitOfCounterparts, mostDaysApart, type CounterpartFit, type CounterpartSide } from '../reconciliation/counterpart-matching.ts';
import { objectNameSql } from './reconciliation.queries.ts';

const mostShown = 5;

/** What cancels a difference out, by store: the other reason, and amounts that sum to nothing. */
const opposites: Readonly<Record<string, string>> = { 'payment_history/missing-in-payment-history': 'missing-at-stripe', 'payment_history/missing-at-stripe': 'missing-in-payment-history', 'ledger/missing-in-ledger': 'missing-at-stripe', 'ledger/missing-at-stripe': 'missing-in-ledger' };

interface Row {
  readonly id: string;
  readonly objectName: string;
  readonly reason: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly occurredOn: string;
  readonly status: string;
  readonly detail: string;
}

const columns = `d.id, ${objectNameSql('d')} AS "objectName", d.reason, d.amount_minor AS "amountMinor", d.currency, d.occurred_on AS "occurredOn", d.status, d.detail`;
const own = sql('counterparts.own', `SELECT ${columns} FROM discrepancies AS d WHERE d.id = ?`);
const opposite = sql(
  'counterparts.opposite',
  `SELECT ${columns} FROM discrepancies AS d WHERE d.status IN ('open', 'assigned', 'on-hold') AND d.currency = :currency AND d.reason = :reason AND d.amount_minor = :amountMinor AND d.level = 'transactions'
      AND abs(julianday(d.occurred_on) - julianday(:occurredOn)) <= ${mostDaysApart} ORDER BY d.id LIMIT 100`,
);

interface Detail {
  readonly store?: string;
  readonly stripe?: { readonly feeMinor: number | null; readonly status: string | null } | null;
  readonly other?: { readonly feeMinor: number | null; readonly status: string | null } | null;
}
const detailOf = (row: Row): Detail => JSON.parse(row.detail) as Detail;

export interface Counterpart extends CounterpartFit {
  readonly id: string;
  readonly objectName: string;
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly occurredOn: string;
}

function sideOf(row: Row): CounterpartSide {
  const { stripe, other } = detailOf(row);
  const said = stripe ?? other;
  return { occurredOn: localDate(row.occurredOn), feeMinor: said?.feeMinor ?? null, status: said?.status ?? null };
}

/** Best first; none for what is settled, or what no other difference can cancel out. */
export function readCounterparts(database: ReadableDatabase, id: string): Counterpart[] {
  const row = database.get<Row>(own, [id]);
  if (!row || row.status === 'resolved' || row.status === 'ignored') return [];
  const { store } = detailOf(row);
  const reason = opposites[`${store ?? ''}/${row.reason}`];
  if (reason === undefined || row.amountMinor === 0) return [];
  const found = database.all<Row>(opposite, { currency: row.currency, reason, amountMinor: -row.amountMinor, occurredOn: row.occurredOn }).filter((other) => detailOf(other).store === store);
  return found.map((other) => ({ id: other.id, objectName: other.objectName, amount: { amount: other.amountMinor, currency: other.currency }, occurredOn: other.occurredOn, ...fitOfCounterparts(sideOf(row), sideOf(other), found.length > 1) })).toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, mostShown);
}
