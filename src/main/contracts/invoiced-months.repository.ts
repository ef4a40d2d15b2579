/** Which months of a contract are invoiced: what is changed for them afterwards changes no invoice (domain.md §4, late usage and amendments). */
import { month, type Month } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';

export interface InvoicedMonths {
  readonly count: number;
  readonly from: Month;
  readonly to: Month;
}

const invoicedFrom = sql(
  'contracts.invoiced-months',
  `SELECT count(DISTINCT billing_month) AS count, min(billing_month) AS "from", max(billing_month) AS "to" FROM invoices
   WHERE contract_id = :contractId AND billing_month >= substr(:from, 1, 7) AND kind = 'partner' AND status NOT IN ('draft', 'void')`,
);

/** @param from the day on which terms begin, ISO. @returns null where no month from then on has an invoice that stands, and for a contract that is new. */
export function findInvoicedMonths(database: ReadableDatabase, contractId: string | null, from: string): InvoicedMonths | null {
  const row = contractId === null ? undefined : database.get<{ count: number; from: string | null; to: string | null }>(invoicedFrom, { contractId, from });
  return row?.from && row.to ? { count: row.count, from: month(row.from), to: month(row.to) } : null;
}
