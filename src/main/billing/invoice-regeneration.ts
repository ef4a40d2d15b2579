/**
 * Void and regenerate: the wrong invoice becomes void and a right one takes its place, which names it in `replaces` (domain.md §4).
 */
import type { Act } from './invoice-recorder.ts';
import type { InvoiceDrafts } from './invoice-drafts.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import type { PartnerInvoicing } from './partner-invoicing.ts';

export interface Regenerated {
  readonly voided: PartnerInvoice;
  /** A draft unless it was to be finalised: a partner's month as terms and usage are now, a one-off invoice as it was written. */
  readonly next: PartnerInvoice;
}

export function createInvoiceRegeneration({ invoicing, drafts }: { readonly invoicing: PartnerInvoicing; readonly drafts: InvoiceDrafts }) {
  return async function voidAndRegenerate(id: string, wish: { readonly reason: string; readonly finalise: boolean }, act: Act): Promise<Regenerated> {
    // Voiding twice changes nothing, so what a crash left half done is done by asking again.
    const voided = await invoicing.void(id, wish.reason, act);
    const { requestId: _own, ...others } = act;
    if (voided.contractId !== null && voided.month !== null) return { voided, next: await invoicing.rebill(voided.contractId, voided.month, wish.finalise, others) };
    const copy = await drafts.copyOf(voided, others);
    return { voided, next: wish.finalise && copy.status === 'draft' ? await invoicing.finalise(copy.id, others) : copy };
  };
}
