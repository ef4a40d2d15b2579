import { NotFoundError, StateError, toErrorOnTheWire } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { BillingOutcome, BillingRun, PartnerInvoicing } from '../billing/partner-invoicing.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { InvoiceDocuments } from '../documents/invoice-documents.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import type { IssuedCreditNotes } from '../receivables/issued-credit-notes.ts';
import { readInvoice, type InvoiceDetailView } from '../reporting/invoices.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface InvoicesHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly invoicing: PartnerInvoicing;
  readonly documents: InvoiceDocuments;
  readonly creditNotes: Pick<IssuedCreditNotes, 'find'>;
  readonly hub: ChangeHub;
  /** Sends what a command posted to the sealer of a shared ledger; what cannot be sent waits. */
  readonly sealPosted?: (control: WorkControl) => Promise<void>;
}

/** One invoice, and what is done with invoices; their list is in invoices-reading-handlers.ts. */
export function createInvoicesHandlers({ readable, clock, timeZone, invoicing, documents, creditNotes, hub, sealPosted }: InvoicesHandlersDependencies) {
  const standpoint = () => ({ timeZone, now: clock.now() });

  function mustRead(id: string): InvoiceDetailView {
    const invoice = readInvoice(readable, id, standpoint());
    if (!invoice) throw new NotFoundError('invoice-not-found', 'This invoice is not known here.', { data: { id }, nextStep: 'Check the number, or sync first.' });
    return invoice;
  }

  function publish(ids: readonly string[]): void {
    hub.publish({ entity: 'invoices', ids: [...ids] });
    for (const entity of ['partners', 'ledger', 'today', 'status'] as const) hub.publish({ entity, ids: [] });
  }

  return {
    show: api.invoices.show.handler(({ input }) => mustRead(input.id)),
    pdf: api.invoices.pdf.handler(async ({ input, context }) => {
      const note = creditNotes.find(input.id);
      if (note) {
        requireRole(context, 'finance');
        const opened = await documents.openCreditNote(note);
        return { ...opened, bytes: new Uint8Array(opened.bytes) };
      }
      const { id, origin } = mustRead(input.id);
      const invoice = invoicing.find(id);
      if (!invoice) throw new StateError('invoice-has-no-pdf', origin === 'stripe' ? 'Stripe keeps the PDF of its own invoices.' : 'There is no PDF of this invoice.', { data: { id } });
      const opened = await documents.open(invoice);
      return { ...opened, bytes: new Uint8Array(opened.bytes) };
    }),
    previewRun: api.invoices.previewRun.handler(({ input }) => toRunView(invoicing.preview(input))),
    finalise: api.invoices.finalise.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('invoices.finalise', input, async () => {
        const { succeeded, failed } = await invoicing.finaliseAll(input.ids, { actor: context.user, requestId: input.commandId }, unattended, new Map(input.seen?.map((draft) => [draft.id, draft.totalsFingerprint])));
        const result = {
          succeeded: succeeded.map(({ id }) => id),
          failed: failed.map(({ id, error }) => {
            const { code, message, nextStep } = toErrorOnTheWire(error);
            return { id, name: invoicing.find(id)?.snapshot.customer.name ?? id, code, message, nextStep };
          }),
        };
        await sealPosted?.(unattended);
        publish(result.succeeded);
        return result;
      });
    }),
    void: api.invoices.void.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('invoices.void', input, async () => {
        const { id } = await invoicing.void(input.id, input.reason, { actor: context.user, requestId: input.commandId });
        await sealPosted?.(unattended);
        publish([id]);
        return { id };
      });
    }),
  };
}

function toOutcomeView(outcome: BillingOutcome) {
  return { ...outcome, missing: [...(outcome.missing ?? [])] };
}

function toRunView({ period, isDryRun, succeeded, skipped, failed }: BillingRun) {
  return { period, isDryRun, succeeded: succeeded.map(toOutcomeView), skipped: skipped.map(toOutcomeView), failed: [...failed] };
}
