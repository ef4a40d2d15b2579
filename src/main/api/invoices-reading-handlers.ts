import { z } from 'zod';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { exportRows, invoiceColumns, lineColumns, paymentColumns } from '../documents/csv-export.ts';
import { readInvoicesForExport, walkBalanceTransactions } from '../reporting/export.queries.ts';
import { readLinesForExport } from '../reporting/invoice-lines.queries.ts';
import { listInvoices, walkInvoices } from '../reporting/invoices.queries.ts';
import { readCursor, writeCursor } from './export-cursor.ts';
import { api } from './implementer.ts';
import { unlessWithdrawn } from './withdrawn-requests.ts';

export interface InvoicesReadingHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
}

const rowsPerPart = 500;
const markSchema = z.object({ sortKey: z.union([z.string(), z.number()]), id: z.string(), total: z.number().int() });
const transactionMarkSchema = z.object({ createdAt: z.number(), id: z.string(), total: z.number().int() });

/** The list of invoices and its files: every role may read them. */
export function createInvoicesReadingHandlers({ readable, clock, timeZone }: InvoicesReadingHandlersDependencies) {
  const standpoint = () => ({ timeZone, now: clock.now() });
  return {
    list: api.invoices.list.handler(({ input, signal }) => unlessWithdrawn(signal, () => listInvoices(readable, input, standpoint()))),
    exportCsv: api.invoices.exportCsv.handler(({ input }) => {
      const after = readCursor(input.cursor, markSchema);
      const total = after?.total ?? listInvoices(readable, { startAt: 0, limit: 1, filter: input.filter }, standpoint()).total;
      const { ids, next } = walkInvoices(readable, input, after, rowsPerPart, standpoint());
      if (input.of === 'lines') {
        const lines = readLinesForExport(readable, ids, standpoint());
        return { fileName: `invoice-lines-${timeZone.dateOf(clock.now())}.csv`, ...exportRows(lineColumns, lines, input.as, after === undefined), rows: lines.length, total, nextCursor: writeCursor(next && { ...next, total }), asOf: clock.now() };
      }
      const rows = readInvoicesForExport(readable, ids, standpoint());
      return { fileName: `invoices-${timeZone.dateOf(clock.now())}.csv`, ...exportRows(invoiceColumns, rows, input.as, after === undefined), rows: rows.length, total, nextCursor: writeCursor(next && { ...next, total }), asOf: clock.now() };
    }),
    exportBalanceTransactions: api.invoices.exportBalanceTransactions.handler(({ input }) => {
      const after = readCursor(input.cursor, transactionMarkSchema);
      const { rows, total, next } = walkBalanceTransactions(readable, input, after, rowsPerPart, standpoint());
      const name = [input.from, input.to].filter((day) => day !== undefined).join('-to-') || timeZone.dateOf(clock.now());
      return { fileName: `balance-transactions-${name}.csv`, ...exportRows(paymentColumns, rows, input.as, after === undefined), rows: rows.length, total, nextCursor: writeCursor(next), asOf: clock.now() };
    }),
  };
}
