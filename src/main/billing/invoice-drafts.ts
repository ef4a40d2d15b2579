/**
 * Drafts edited line by line, and one-off invoices (domain.md §4, docs/adr/0021). The register keeps one version of each draft; an edit names the version it was made on.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { ConflictError, InvariantError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import { composeDraft, noEdits, withEdits, type ComposedDraft, type DraftEdit, type StoredEdits } from '../../shared/invoicing/draft-document.ts';
import type { LineTax } from '../../shared/invoicing/invoice-totals.ts';
import { zeroMinorUnits } from '../../shared/money/money.ts';
import { addressLines, countryCodeOf } from '../contracts/billing-address.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { basisOf, editedDraft } from './draft-editing.ts';
import type { Act, InvoiceRecorder } from './invoice-recorder.ts';
import { findInvoiceByIdOrNumber, findPartner } from './partner-invoice.repository.ts';
import type { CustomerSnapshot, InvoiceDraft, PartnerInvoice, PartyDetails } from './partner-invoice.ts';
import type { InvoiceRegister, IssuerPort } from './partner-invoicing.ports.ts';
import { totalsFingerprint } from './totals-fingerprint.ts';

export interface OneOffWish {
  readonly id: string;
  readonly customer:
    | { readonly kind: 'partner'; readonly partnerId: string }
    | { readonly kind: 'typed'; readonly name: string; readonly legalName: string | null; readonly address: readonly string[]; readonly country: string | null; readonly email: string | null; readonly taxNumber: string | null };
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
}

export interface InvoiceDrafts {
  /** @throws NotFoundError `invoice-not-found`; StateError `invoice-state` when it is no draft any more. */
  read(id: string): DraftView;
  /** All steps or none. @throws ConflictError `invoice-changed`; ValidationError `edit-invalid`, `edit-reason-missing`, `draft-amount-too-large`. */
  edit(id: string, version: number, edits: readonly DraftEdit[], act: Act): Promise<DraftView>;
  createOneOff(wish: OneOffWish, act: Act): Promise<DraftView>;
  /** @throws StateError `invoice-state` unless it is a one-off draft. */
  discard(id: string, reason: string, act: Act): Promise<PartnerInvoice>;
  /** A new one-off draft that says what a void one said and names it. */
  copyOf(voided: PartnerInvoice, act: Act): Promise<PartnerInvoice>;
}

export const storedEditsOf = (invoice: PartnerInvoice): StoredEdits => invoice.edits ?? { basis: basisOf(invoice), edits: noEdits };

/** A typed customer is known by its name: the same name is the same customer in ageing and statements. */
export const typedPartyId = (name: string): string => `customer-${idFromKey(`typed-customer/${name.trim().toLowerCase().replaceAll(/\s+/g, ' ')}`)}`;

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
    return { invoice, stored, composed: composeDraft(stored) };
  }

  async function edit(id: string, version: number, steps: readonly DraftEdit[], act: Act): Promise<DraftView> {
    const { invoice, stored } = read(id);
    if (invoice.version !== version) throw new ConflictError('invoice-changed', 'The draft was changed meanwhile.', { data: { id: invoice.id, version: invoice.version }, nextStep: 'Read the draft again, then edit it.' });
    // What a person writes is for the customer as the records have it by now; a partner's month takes that over when it is billed again.
    const current = invoice.kind === 'one-off' ? { ...invoice, snapshot: snapshotNow(invoice) } : invoice;
    const draft = withinReason(() => editedDraft(current, { basis: stored.basis, edits: withEdits(stored, steps, { by: act.actor, at: clock.now(), currency: invoice.currency }) }));
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
    const stored: StoredEdits = { basis: { lines: [], tax, withholdingBasisPoints: 0, purchaseOrderNumber: null }, edits: { ...noEdits, exemptionReason } };
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
      const { name, legalName, address, email, taxNumber, country } = customer;
      return { partnerId: null, partyId: typedPartyId(name), details: { name, legalName, ...typedAddress(address, country), email, taxNumber }, place: { country, state: null, taxNumber } };
    }
    const partner = findPartner(readable, customer.partnerId);
    if (!partner) throw new NotFoundError('partner-not-found', 'There is no such partner.', { data: { id: customer.partnerId }, nextStep: 'Choose one from the list, or type the customer in.' });
    return { partnerId: partner.id, partyId: partner.id, details: partner.details, place: { ...partner.place, taxNumber: partner.details.taxNumber, treatment: partner.taxTreatment } };
  }

  /** What was written stays; who it is from and to is as the records say by now, so that a wrong address is not issued again. A customer who was typed in has no record. */
  function snapshotNow({ partnerId, snapshot }: PartnerInvoice): CustomerSnapshot {
    const partner = partnerId === null ? null : findPartner(readable, partnerId);
    const own = { ...snapshot, issuer: issuer.issuer() };
    if (!partner) return own;
    const { vatIdState } = dependencies.taxOf({ ...partner.place, taxNumber: partner.details.taxNumber, treatment: partner.taxTreatment }, timeZone.dateOf(clock.now()));
    return { ...own, customer: partner.details, vatIdState };
  }

  return {
    read, edit, createOneOff,
    async discard(id, reason, act) {
      const answer = await register.discardDraft({ id: mustFind(id).id, reason, voidedAt: clock.now(), requestId: act.requestId ?? newId() });
      recorder.recordAnswer(answer, 'discard-draft', act);
      return answer.invoice;
    },
    async copyOf(voided, act) {
      const stored = storedEditsOf(voided);
      const { partnerId, partyId, currency } = voided;
      return (await save({ ...emptyDraft({ id: idFromKey(`one-off-again/${voided.id}`), partnerId, partyId, currency, snapshot: snapshotNow(voided) }), replaces: voided.id }, { ...stored, edits: { ...stored.edits, issueDate: null, dueDate: null } }, act)).invoice;
    },
  };
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

/** The country that was typed beside the lines closes the address, and is the one an electronic invoice names. */
function typedAddress(lines: readonly string[], country: string | null): Pick<PartyDetails, 'address' | 'postal'> {
  if (country === null) return { address: lines };
  const own = countryCodeOf(lines.at(-1) ?? null) === country ? lines.slice(0, -1) : lines;
  return { address: [...own, ...addressLines(JSON.stringify({ country }))], postal: { line1: own[0] ?? null, line2: own.slice(1).join(', ') || null, city: null, postcode: null, region: null, country } };
}

function emptyDraft(facts: Pick<InvoiceDraft, 'id' | 'partnerId' | 'partyId' | 'currency' | 'snapshot'>): InvoiceDraft {
  const figures = { lines: [], discountMinor: zeroMinorUnits, subtotalMinor: zeroMinorUnits, taxMinor: zeroMinorUnits, totalMinor: zeroMinorUnits, withholdingMinor: zeroMinorUnits, dueMinor: zeroMinorUnits };
  const draft = { ...facts, kind: 'one-off' as const, contractId: null, apiKeyPrefix: null, month: null, billingStart: null, billingEnd: null, ...figures };
  return { ...draft, totalsFingerprint: totalsFingerprint(draft) };
}
