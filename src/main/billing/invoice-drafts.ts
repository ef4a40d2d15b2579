/**
 * Drafts edited line by line, and one-off invoices (domain.md §4, docs/adr/0021). The register keeps one version of each draft; an edit names the version it was made on.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ConflictError, InvariantError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import { composeDraft, noEdits, restedOn, withEdits, type ComposedDraft, type DraftEdit, type DraftEdits, type StoredEdits, type TypedCustomer } from '../../shared/invoicing/draft-document.ts';
import type { LineTax } from '../../shared/invoicing/invoice-totals.ts';
import { zeroMinorUnits } from '../../shared/money/money.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { basisOf, editedDraft, isTaxRoundedAs } from './draft-editing.ts';
import type { Act, InvoiceRecorder } from './invoice-recorder.ts';
import { findInvoiceByIdOrNumber, findPartner, isContractOver } from './partner-invoice.repository.ts';
import type { CustomerSnapshot, InvoiceDraft, PartnerInvoice, PartyDetails } from './partner-invoice.ts';
import type { InvoiceRegister, IssuerPort } from './partner-invoicing.ports.ts';
import { isAsRecorded, recordsNow } from './one-off-records.ts';
import { readTaxRounding } from './tax-rounding.ts';
import { totalsFingerprint } from './totals-fingerprint.ts';
import { detailsOfTyped, typedOf, typedPartyId } from './typed-customer.ts';

export interface OneOffWish {
  readonly id: string;
  readonly customer:
    | { readonly kind: 'partner'; readonly partnerId: string }
    | ({ readonly kind: 'typed' } & TypedCustomer);
  readonly currency: string;
  readonly paymentTermsDays: number;
}

/** How a customer is taxed when nobody says otherwise: `billing/tax-rules.ts`. */
export interface TaxedCustomer {
  readonly country: string | null;
  readonly state: string | null;
  readonly taxNumber: string | null;
  /** What the partner's record says; left out for a typed customer. */
  readonly treatment?: LineTax['treatment'];
}
export interface TaxDefault {
  readonly tax: LineTax;
  readonly jurisdiction: string | null;
  readonly exemptionReason: string | null;
  readonly vatIdState: 'missing' | 'invalid' | 'unverified' | null;
}

export interface InvoiceDraftsDependencies {
  readonly readable: ReadableDatabase;
  readonly register: InvoiceRegister;
  readonly recorder: InvoiceRecorder;
  readonly issuer: IssuerPort;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly newId: () => string;
  taxOf(customer: TaxedCustomer, on: string): TaxDefault;
}

export interface DraftView {
  readonly invoice: PartnerInvoice;
  readonly stored: StoredEdits;
  readonly composed: ComposedDraft;
  /** A one-off draft says of company and partner what their records say by now; a partner's month is looked at on the run sheet. */
  readonly isAsRecorded: boolean;
  /** Its tax is rounded as the ledger says by now, or as a person chose for it. */
  readonly isTaxRoundedAsSet: boolean;
  /** Its contract was ended or deleted since: no run refreshes it, and it is not finalised. */
  readonly isContractOver: boolean;
}

export interface InvoiceDrafts {
  /** @throws NotFoundError `invoice-not-found`; StateError `invoice-state` when it is no draft any more. */
  read(id: string): DraftView;
  /** All steps or none. @throws ConflictError `invoice-changed`; ValidationError `edit-invalid`, `edit-reason-missing`, `draft-amount-too-large`. */
  edit(id: string, version: number, edits: readonly DraftEdit[], act: Act): Promise<DraftView>;
  createOneOff(wish: OneOffWish, act: Act): Promise<DraftView>;
  /** @throws StateError `invoice-state` unless it is a one-off draft, or one of a partner's month in which the contract is not in force any more. */
  discard(id: string, reason: string, act: Act): Promise<PartnerInvoice>;
  /** A new one-off draft that says what a void one said and names it. */
  copyOf(voided: PartnerInvoice, act: Act): Promise<PartnerInvoice>;
}

export const storedEditsOf = (invoice: PartnerInvoice): StoredEdits => invoice.edits ?? { basis: basisOf(invoice), edits: { ...noEdits, taxRounding: invoice.snapshot.taxRounding ?? noEdits.taxRounding } };

export function createInvoiceDrafts(dependencies: InvoiceDraftsDependencies): InvoiceDrafts {
  const { readable, register, recorder, issuer, clock, timeZone, newId } = dependencies;

  function mustFind(id: string): PartnerInvoice {
    const invoice = findInvoiceByIdOrNumber(readable, id);
    if (!invoice) throw new NotFoundError('invoice-not-found', 'There is no such invoice of ours.', { data: { id }, nextStep: 'Check the number, or sync first.' });
    return invoice;
  }

  function read(id: string): DraftView {
    const invoice = mustFind(id);
    if (invoice.status !== 'draft') throw new StateError('invoice-state', `An invoice that is ${invoice.status.replace('_', ' ')} is not edited.`, { data: { id: invoice.id, status: invoice.status }, nextStep: 'Credit it, or void it and make it anew.' });
    const stored = storedEditsOf(invoice);
    return { invoice, stored, composed: composeDraft(stored), isAsRecorded: invoice.kind !== 'one-off' || isAsRecorded({ readable, issuer }, invoice), isTaxRoundedAsSet: isTaxRoundedAs(readTaxRounding(readable), invoice), isContractOver: isContractOver(readable, invoice) };
  }

  async function edit(id: string, version: number, steps: readonly DraftEdit[], act: Act): Promise<DraftView> {
    const { invoice, stored: standing } = read(id);
    if (invoice.version !== version) throw new ConflictError('invoice-changed', 'The draft was changed meanwhile.', { data: { id: invoice.id, version: invoice.version }, nextStep: 'Read the draft again, then edit it.' });
    // What a person writes is for the customer as the records have it by now, its tax rounded as the ledger says; a partner's month takes that over when it is billed again.
    const stored = invoice.kind === 'one-off' ? onLedgerRounding(standing) : standing;
    const current = invoice.kind === 'one-off' ? { ...invoice, snapshot: snapshotNow(invoice) } : invoice;
    assertOfOneOff(invoice, steps);
    const draft = withinReason(() => {
      const written = { basis: stored.basis, edits: withEdits(stored, steps, { by: act.actor, at: clock.now(), currency: invoice.currency }) };
      if (!steps.some((step) => step.kind === 'set-customer')) return editedDraft(current, written);
      const corrected = withTypedCustomer(current, written);
      return editedDraft(corrected.current, corrected.stored);
    });
    const answer = await register.editDraft({ draft, version, requestId: act.requestId ?? newId() });
    recorder.recordAnswer(answer, 'edit-draft', act);
    return read(answer.invoice.id);
  }

  async function createOneOff(wish: OneOffWish, act: Act): Promise<DraftView> {
    const standing = findInvoiceByIdOrNumber(readable, wish.id);
    if (standing) return read(standing.id);
    const on = timeZone.dateOf(clock.now());
    const { partnerId, partyId, details, place } = customerOf(wish);
    const { tax, jurisdiction, exemptionReason, vatIdState } = dependencies.taxOf(place, on);
    const taxRounding = readTaxRounding(readable);
    const stored: StoredEdits = { basis: { lines: [], tax, withholdingBasisPoints: 0, purchaseOrderNumber: null, taxRounding }, edits: { ...noEdits, taxRounding, exemptionReason } };
    const snapshot: CustomerSnapshot = {
      customer: details, issuer: issuer.issuer(), purchaseOrderNumber: null, paymentTermsDays: wish.paymentTermsDays, pricingModel: 'one-off', contractVersion: 0, terms: '', discountBasisPoints: 0, taxTreatment: tax.treatment, taxJurisdiction: jurisdiction,
      taxRateBasisPoints: tax.basisPoints, withholdingRateBasisPoints: 0, units: 0, vatIdState, document: issuer.documentFor(partyId),
    };
    return save(emptyDraft({ id: wish.id, partnerId, partyId, currency: wish.currency, snapshot }), stored, act);
  }

  async function save(empty: InvoiceDraft, stored: StoredEdits, act: Act): Promise<DraftView> {
    const answer = await register.saveDraft({ draft: editedDraft(empty, stored), sequence: 1, savedAt: clock.now(), requestId: act.requestId ?? newId() });
    recorder.recordAnswer(answer, 'create-draft', act);
    return read(answer.invoice.id);
  }

  /** @throws NotFoundError `partner-not-found`. */
  function customerOf({ customer }: OneOffWish): { partnerId: string | null; partyId: string; details: PartyDetails; place: TaxedCustomer } {
    if (customer.kind === 'typed') {
      const { kind: _kind, ...typed } = customer;
      return { partnerId: null, partyId: typedPartyId(typed.name), details: detailsOfTyped(typed), place: placeOfTyped(typed) };
    }
    const partner = findPartner(readable, customer.partnerId);
    if (!partner) throw new NotFoundError('partner-not-found', 'There is no such partner.', { data: { id: customer.partnerId }, nextStep: 'Choose one from the list, or type the customer in.' });
    return { partnerId: partner.id, partyId: partner.id, details: partner.details, place: { ...partner.place, taxNumber: partner.details.taxNumber, treatment: partner.taxTreatment } };
  }

  /** What was written stays; who it is from and to is as the records say by now, so that a wrong address is not issued again. A customer who was typed in has no record. */
  function snapshotNow({ partnerId, snapshot }: PartnerInvoice): CustomerSnapshot {
    const own = { ...snapshot, ...recordsNow({ readable, issuer }, { partnerId, snapshot }) };
    const partner = partnerId === null ? null : findPartner(readable, partnerId);
    if (!partner) return own;
    const { vatIdState } = taxNow({ ...partner.place, taxNumber: partner.details.taxNumber, treatment: partner.taxTreatment });
    return { ...own, vatIdState };
  }

  const onLedgerRounding = (stored: StoredEdits): StoredEdits => restedOn({ ...stored.basis, taxRounding: readTaxRounding(readable) }, stored);

  const taxNow = (customer: TaxedCustomer): TaxDefault => dependencies.taxOf(customer, timeZone.dateOf(clock.now()));

  /** The customer as the edits leave it. Country and VAT id decide the tax, and why none is charged, where nobody chose another. */
  function withTypedCustomer(draft: PartnerInvoice, { basis, edits }: StoredEdits): { readonly current: PartnerInvoice; readonly stored: StoredEdits } {
    const before = typedOf(draft.snapshot.customer);
    const typed: TypedCustomer = { ...before, ...edits.customer };
    const current = { ...draft, partyId: typedPartyId(typed.name), snapshot: { ...draft.snapshot, customer: detailsOfTyped(typed) } };
    if (typed.country === before.country && typed.taxNumber === before.taxNumber) return { current, stored: { basis, edits } };
    const [was, is] = [taxNow(placeOfTyped(before)), taxNow(placeOfTyped(typed))];
    const chosen = edits.tax !== null && !isSameTax(edits.tax, basis.tax) ? edits.tax : null;
    const own: DraftEdits = { ...edits, tax: chosen, exemptionReason: chosen === null && edits.exemptionReason === was.exemptionReason ? is.exemptionReason : edits.exemptionReason };
    return { current: { ...current, snapshot: { ...current.snapshot, taxJurisdiction: is.jurisdiction, vatIdState: is.vatIdState } }, stored: { basis: { ...basis, tax: is.tax }, edits: own } };
  }

  return {
    read, edit, createOneOff,
    async discard(id, reason, act) {
      const answer = await register.discardDraft({ id: mustFind(id).id, reason, voidedAt: clock.now(), requestId: act.requestId ?? newId() });
      recorder.recordAnswer(answer, 'discard-draft', act);
      return answer.invoice;
    },
    async copyOf(voided, act) {
      const stored = onLedgerRounding(storedEditsOf(voided));
      const { partnerId, partyId, currency } = voided;
      return (await save({ ...emptyDraft({ id: idFromKey(`one-off-again/${voided.id}`), partnerId, partyId, currency, snapshot: snapshotNow(voided) }), replaces: voided.id }, { ...stored, edits: { ...stored.edits, issueDate: null, dueDate: null } }, act)).invoice;
    },
  };
}

const placeOfTyped = ({ country, taxNumber }: TypedCustomer): TaxedCustomer => ({ country, state: null, taxNumber });
const isSameTax = (one: LineTax, other: LineTax): boolean => one.treatment === other.treatment && one.basisPoints === other.basisPoints;

/** @throws ValidationError `edit-invalid` where a step is of another kind of draft. */
function assertOfOneOff({ kind, partnerId }: PartnerInvoice, steps: readonly DraftEdit[]): void {
  if (partnerId !== null && steps.some((step) => step.kind === 'set-customer')) throw new ValidationError('edit-invalid', 'This customer is a partner: its name, address and tax number stand in its record. Nothing was changed.', { nextStep: 'Correct the partner’s record; the draft takes it over.' });
  if (kind !== 'one-off' && steps.some((step) => step.kind === 'take-records')) throw new ValidationError('edit-invalid', 'A partner’s month takes its records over when it is billed. Nothing was changed.', { nextStep: 'Run the billing of its month again.' });
}

/** Ten thousand million of a currency with two decimals: beyond it nobody means it, and at a rate of exchange it could not be kept exactly. */
const largestMinor = 1_000_000_000_000;

/** @throws ValidationError `draft-amount-too-large`. */
function withinReason(made: () => InvoiceDraft): InvoiceDraft {
  const tooLarge = (cause?: unknown): ValidationError => new ValidationError('draft-amount-too-large', 'The amounts of this draft would be larger than any invoice’s. Nothing was changed.', { ...(cause === undefined ? {} : { cause }), nextStep: 'Check quantity and price: a mark for decimals may be in the wrong place.' });
  try {
    const draft = made();
    if ([draft.totalMinor, ...draft.lines.map((line) => line.amountMinor)].some((minor) => Math.abs(minor) > largestMinor)) throw tooLarge();
    return draft;
  } catch (error) {
    throw error instanceof InvariantError && error.code === 'unsafe-amount' ? tooLarge(error) : error;
  }
}

function emptyDraft(facts: Pick<InvoiceDraft, 'id' | 'partnerId' | 'partyId' | 'currency' | 'snapshot'>): InvoiceDraft {
  const figures = { lines: [], discountMinor: zeroMinorUnits, subtotalMinor: zeroMinorUnits, taxMinor: zeroMinorUnits, totalMinor: zeroMinorUnits, withholdingMinor: zeroMinorUnits, dueMinor: zeroMinorUnits };
  const draft = { ...facts, kind: 'one-off' as const, contractId: null, apiKeyPrefix: null, month: null, billingStart: null, billingEnd: null, ...figures };
  return { ...draft, totalsFingerprint: totalsFingerprint(draft) };
}
