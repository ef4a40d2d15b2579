/** What stands on a draft from records that may be corrected before it is finalised: names, addresses, tax numbers, the order number, terms of payment. Pure. */
import { ConflictError } from '../../shared/errors/errors.ts';
import type { InvoiceDraft } from './partner-invoice.ts';

type Recorded = Pick<InvoiceDraft, 'snapshot'> & { readonly edits?: InvoiceDraft['edits'] };

/** Whether both are from and to the same, with the same order number and terms; an order number that a person wrote on the draft is not compared. */
export function hasSameRecords(draft: Recorded, now: Recorded): boolean {
  return recordsOf(draft) === recordsOf(now);
}

/** As text in which the order of names within a record does not matter: the shared database keeps its own. */
function recordsOf({ snapshot: { customer, issuer, purchaseOrderNumber, paymentTermsDays }, edits }: Recorded): string {
  return JSON.stringify([customer, issuer, edits ? edits.basis.purchaseOrderNumber : purchaseOrderNumber, paymentTermsDays], (_name, value: unknown) =>
    (value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value));
}

export function recordsChanged(id: string, nextStep: string): ConflictError {
  return new ConflictError('invoice-changed', 'A name, an address, a tax number, the order number or the terms of payment have changed in the records since this draft was made.', { data: { id }, nextStep });
}

/** Of a one-off draft, which no billing run refreshes; what is shown beside it is what refuses it. */
export const oneOffRecordsChanged = 'A name, an address or a tax number has changed in the records since this draft was last written: it would be issued with the old one.';

/** @throws ConflictError `records-changed`, made for {@link oneOffRecordsChanged}. */
export function oneOffOutdated(id: string): ConflictError {
  return new ConflictError('records-changed', `${oneOffRecordsChanged} The draft stays a draft.`, { data: { id }, nextStep: 'Edit the draft and take over the details of the records, then finalise it.' });
}

/** Of a draft whose rounding nobody chose; what is shown beside it is what refuses it. */
export const taxRoundingIsAnother = 'How tax is rounded was changed in the ledger’s settings since this draft was made: it would be issued with the old rounding.';

/** The refusal for {@link taxRoundingIsAnother}. @param nextStep left out: a one-off draft's. */
export function taxRoundingChanged(id: string, nextStep = 'Edit the draft or take over what the settings say, look at its total, then finalise it.'): ConflictError {
  return new ConflictError('tax-rounding-changed', `${taxRoundingIsAnother} The draft stays a draft.`, { data: { id }, nextStep });
}
