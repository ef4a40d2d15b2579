import { z } from 'zod';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { paymentListColumns } from '../documents/csv-columns.ts';
import { exportRows } from '../documents/csv-export.ts';
import { readPayment } from '../reporting/payment-record.queries.ts';
import { listPayments, walkPayments } from '../reporting/payments.queries.ts';
import type { RememberedAnswers } from '../reporting/remembered-answers.ts';
import { readCursor, writeCursor } from './export-cursor.ts';
import { api } from './implementer.ts';
import { unlessWithdrawn } from './withdrawn-requests.ts';

export interface PaymentsHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly remembered: RememberedAnswers;
}

const rowsPerPart = 500;
const markSchema = z.object({ sortKey: z.number(), id: z.string(), total: z.number().int() });

/** Payments may be read by every role. */
export function createPaymentsHandlers({ readable, clock, timeZone, remembered }: PaymentsHandlersDependencies) {
  const standpoint = () => ({ timeZone, now: clock.now() });
  return {
    list: api.payments.list.handler(({ input, signal }) => unlessWithdrawn(signal, () => listPayments(readable, input, standpoint(), remembered))),
    show: api.payments.show.handler(({ input }) => {
      const payment = readPayment(readable, input.id, standpoint());
      if (!payment) throw new NotFoundError('payment-not-found', 'This payment is not known here.', { data: { id: input.id }, nextStep: 'Check the id, or sync with Stripe first.' });
      return payment;
    }),
    exportCsv: api.payments.exportCsv.handler(({ input }) => {
      const filter = input.filter ?? {};
      const after = readCursor(input.cursor, markSchema);
      const total = after?.total ?? listPayments(readable, { startAt: 0, limit: 1, filter }, standpoint(), remembered).total;
      const { rows, next } = walkPayments(readable, filter, input.sort, after, rowsPerPart, standpoint());
      return { fileName: `payments-${timeZone.dateOf(clock.now())}.csv`, ...exportRows(paymentListColumns, rows, input.as, input.cursor === null), rows: rows.length, total, nextCursor: writeCursor(next && { ...next, total }), asOf: clock.now() };
    }),
  };
}
