/**
 * What customers owe at a day's end, item by item, so that it comes to what accounts receivable says: our own invoices, Stripe's, and what the account holds beyond them with each customer.
 */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { addDays, daysBetween } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { ageingOf } from '../receivables/ageing-calculation.ts';
import { readReceivableMovements } from './ageing.queries.ts';

export interface OpenItem {
  /** `own`: our invoice; `stripe`: one that Stripe collects; `account`: what the account holds with the customer beyond the invoices listed, paid ahead or too late to be told apart. */
  readonly kind: 'own' | 'stripe' | 'account';
  readonly customerId: string;
  readonly customerName: string;
  readonly number: string | null;
  readonly dueOn: string | null;
  readonly currency: string;
  /** Minor units; positive: owed to us. */
  readonly openMinor: number;
  readonly daysOverdue: number;
}

// As it stood at an instant: paid, voided or given up later it was open then. What was paid by then is what its payments say.
const listGatewayInvoices = sql(
  'open-items.gateway-invoices',
  `SELECT i.id, coalesce(i.number, i.id) AS number, coalesce(i.customer_id, i.id) AS "customerId", coalesce(c.name, c.email, '') AS "customerName", i.currency, i.due_at AS "dueAt", i.total_minor + coalesce(i.starting_balance_minor, 0) * (i.starting_balance_minor < 0)
       - coalesce((SELECT sum(p.amount_paid_minor) FROM stripe_invoice_payments AS p WHERE p.invoice_id = i.id AND p.status = 'paid' AND p.paid_at < :end), 0)
       - coalesce((SELECT sum(n.pre_payment_minor) FROM stripe_credit_notes AS n WHERE n.invoice_id = i.id AND n.status = 'issued' AND n.created_at < :end), 0) AS "openMinor"
     FROM stripe_invoices AS i LEFT JOIN stripe_customers AS c ON c.id = i.customer_id
    WHERE i.status NOT IN ('draft', 'deleted') AND i.finalised_at < :end AND coalesce(i.paid_at, :end) >= :end AND coalesce(i.voided_at, :end) >= :end AND coalesce(i.marked_uncollectible_at, :end) >= :end ORDER BY i.finalised_at, i.id`,
);
const listBalances = sql(
  'open-items.balances',
  `SELECT coalesce(p.party_id, '') AS "customerId", coalesce((SELECT name FROM partners WHERE id = p.party_id), (SELECT coalesce(name, email) FROM stripe_customers WHERE id = p.party_id), '') AS "customerName", p.currency, sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS "balanceMinor"
     FROM posting_lines AS p JOIN journal_entries AS e ON e.ledger_sequence = p.ledger_sequence WHERE p.account_code = :account AND e.entry_date <= :on GROUP BY p.party_id, p.currency ORDER BY p.party_id, p.currency`,
);

/** @param on the last day that counts. What is listed sums to the balance of accounts receivable, in each currency. */
export function readOpenItems(database: ReadableDatabase, on: LocalDate, zone: TimeZone): OpenItem[] {
  const own = ageingOf(readReceivableMovements(database, null, zone), on).flatMap(({ partyId, customerName, currency, invoices }) =>
    invoices.map(({ number, dueOn, openMinor, daysOverdue }): OpenItem => ({ kind: 'own', customerId: partyId, customerName, number, dueOn, currency, openMinor, daysOverdue })));
  const gateway = database.all<{ number: string; customerId: string; customerName: string; currency: string; dueAt: number | null; openMinor: number }>(listGatewayInvoices, { end: zone.startOf(addDays(on, 1)) }).flatMap(({ dueAt, ...row }): OpenItem[] => {
    const dueOn = dueAt === null ? null : zone.dateOf(dueAt);
    return row.openMinor === 0 ? [] : [{ ...row, kind: 'stripe', dueOn, daysOverdue: dueOn === null ? 0 : Math.max(0, daysBetween(dueOn, on)) }];
  });
  const items = [...own, ...gateway];
  const keyOf = ({ customerId, currency }: Pick<OpenItem, 'customerId' | 'currency'>): string => `${customerId}/${currency}`;
  const rest = new Map<string, { customerId: string; customerName: string; currency: string; openMinor: number }>();
  for (const { balanceMinor, ...party } of database.all<{ customerId: string; customerName: string; currency: string; balanceMinor: number }>(listBalances, { account: accountCodes.receivable, on })) rest.set(keyOf(party), { ...party, openMinor: balanceMinor });
  for (const item of items) {
    const left = rest.get(keyOf(item)) ?? { customerId: item.customerId, customerName: item.customerName, currency: item.currency, openMinor: 0 };
    rest.set(keyOf(item), { ...left, openMinor: left.openMinor - item.openMinor });
  }
  return [...items, ...[...rest.values()].filter(({ openMinor }) => openMinor !== 0).map((left): OpenItem => ({ ...left, kind: 'account', number: null, dueOn: null, daysOverdue: 0 }))];
}
