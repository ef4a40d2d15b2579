import { z } from 'zod';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { customerListColumns } from '../documents/csv-columns.ts';
import { exportRows } from '../documents/csv-export.ts';
import { readCustomer } from '../reporting/customer-record.queries.ts';
import { listCustomers, type CustomerStandpoint } from '../reporting/customers.queries.ts';
import { createLedgerQueries } from '../reporting/ledger.queries.ts';
import type { RememberedAnswers } from '../reporting/remembered-answers.ts';
import { readCursor, writeCursor } from './export-cursor.ts';
import { api } from './implementer.ts';
import { unlessWithdrawn } from './withdrawn-requests.ts';

export interface CustomersHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly settings: () => { readonly functionalCurrency: string };
  readonly remembered: RememberedAnswers;
}

const rowsPerPart = 500;
const markSchema = z.object({ startAt: z.number().int().min(0), afterId: z.string().optional() });

/** Customers may be read by every role. */
export function createCustomersHandlers({ readable, clock, timeZone, settings, remembered }: CustomersHandlersDependencies) {
  const standpoint = (): CustomerStandpoint => ({ timeZone, now: clock.now(), functionalCurrency: settings().functionalCurrency, remembered });
  const ledger = createLedgerQueries({ readable, clock, timeZone, settings });
  return {
    list: api.customers.list.handler(({ input, signal }) => unlessWithdrawn(signal, () => {
      const { endsAt: _endsAt, ...list } = listCustomers(readable, input, standpoint());
      return list;
    })),
    show: api.customers.show.handler(({ input }) => {
      const customer = readCustomer(readable, input.id, standpoint(), ledger);
      if (!customer) throw new NotFoundError('customer-not-found', 'This customer is not known here.', { data: { id: input.id }, nextStep: 'Check the id, or sync with Stripe first.' });
      return customer;
    }),
    exportCsv: api.customers.exportCsv.handler(({ input }) => {
      const mark = readCursor(input.cursor, markSchema) ?? { startAt: 0 };
      // Customers may come and go between two parts: a place told by number alone would leave one out or repeat one.
      const { rows, total, endsAt } = listCustomers(readable, { ...mark, limit: rowsPerPart, sort: input.sort, filter: input.filter }, standpoint());
      const afterId = rows.at(-1)?.id;
      return { fileName: `customers-${timeZone.dateOf(clock.now())}.csv`, ...exportRows(customerListColumns, rows, input.as, input.cursor === null), rows: rows.length, total, nextCursor: writeCursor(afterId !== undefined && endsAt < total ? { startAt: endsAt, afterId } : null), asOf: clock.now() };
    }),
  };
}
