import type { Clock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import { explainInvoiceFigure, type CalculatedFigure } from '../billing/invoice-why.ts';
import type { PartnerInvoicing } from '../billing/partner-invoicing.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { ageingOf, type OwedToCustomer } from '../receivables/ageing-calculation.ts';
import { explainAgedInvoice, explainAgeing } from '../receivables/ageing-why.ts';
import type { ReceivableViews } from '../receivables/receivable-views.ts';
import type { StandingFigure } from '../receivables/standing-why.ts';
import { readCustomerCredits, readReceivableBalances, readReceivableMovements, readUnapplied } from '../reporting/ageing.queries.ts';
import { readInvoice } from '../reporting/invoices.queries.ts';
import { explainStripeInvoice } from '../reporting/stripe-invoice-why.ts';
import { api, requireRole } from './implementer.ts';

export interface InvoiceWhyHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly invoicing: Pick<PartnerInvoicing, 'find'>;
  readonly views: Pick<ReceivableViews, 'why' | 'customerName'>;
}

const standingFigures = new Set<string>(['paid', 'credited', 'withheld', 'written-off', 'due'] satisfies StandingFigure[]);

/** “Why” of the figures of invoices and of ageing. */
export function createInvoiceWhyHandlers({ readable, clock, timeZone, invoicing, views }: InvoiceWhyHandlersDependencies) {
  return {
    why: api.invoices.why.handler(({ input }) => {
      const detail = readInvoice(readable, input.id, { timeZone, now: clock.now() });
      if (!detail) throw new NotFoundError('invoice-not-found', 'This invoice is not known here.', { data: { id: input.id }, nextStep: 'Check the number, or sync first.' });
      const invoice = invoicing.find(detail.id);
      if (!invoice) return explainStripeInvoice(detail, input.figure, input.line, clock.now());
      if (standingFigures.has(input.figure)) return views.why(invoice, input.figure as StandingFigure, clock.now());
      return explainInvoiceFigure({ invoice, figure: input.figure as CalculatedFigure, line: input.line, now: clock.now(), journalEntryIds: detail.journalEntryIds });
    }),
    ageingWhy: api.invoices.ageingWhy.handler(({ input, context }) => {
      requireRole(context, 'finance');
      const asOf = input.asOf === undefined ? timeZone.dateOf(clock.now()) : localDate(input.asOf);
      const partyId = input.partyId ?? null;
      if (input.invoiceId !== undefined) {
        const ofInvoice = explainAgedInvoice(input.invoiceId, readReceivableMovements(readable, partyId, timeZone), asOf, clock.now());
        if (!ofInvoice) throw new NotFoundError('invoice-not-found', 'Nothing of this invoice was open by that day.', { data: { id: input.invoiceId, asOf }, nextStep: 'Choose a later day.' });
        return ofInvoice;
      }
      const named = (owed: readonly OwedToCustomer[]) => owed.filter((each) => each.currency === input.currency).map((each) => ({ ...each, customerName: views.customerName(each.partyId) }));
      const [unapplied, credits] = [named(readUnapplied(readable, partyId, asOf)), named(readCustomerCredits(readable, partyId, asOf))];
      const balanceMinor = readReceivableBalances(readable, partyId, asOf).find((balance) => balance.currency === input.currency)?.balanceMinor ?? 0;
      return explainAgeing({ figure: input.figure, currency: input.currency, asOf, rows: ageingOf(readReceivableMovements(readable, partyId, timeZone), asOf), unapplied, credits, balanceMinor, now: clock.now() });
    }),
  };
}
