/**
 * A draft and what people made of it (domain.md §4, docs/adr/0021). Pure, and shared with the screen: it can apply a step before the backend has answered.
 *
 * What was rated and what was edited are kept apart. A billing run replaces the rated part; the edits stay, and where one was made on a figure that is another by now, the line says so.
 */
import type { CurrencyCode } from '../money/currency.ts';
import { ValidationError } from '../errors/errors.ts';
import { mulDiv } from '../money/money.ts';
import { discountOf, invoiceTotals, lineAmount, type Discount, type InvoiceFigures, type LineTax, type PriceMode, type TaxRounding } from './invoice-totals.ts';

export interface RatedLine {
  /** The same over billing runs, as long as the line is there. */
  readonly id: string;
  readonly kind: string;
  readonly description: string;
  readonly quantity: string | null;
  readonly unitPrice: string | null;
  readonly amountMinor: number;
  readonly discountMinor: number;
  readonly explanation: string;
  /** Null: the invoice's. */
  readonly tax: LineTax | null;
  /** Only where the terms of a month's parts keep back different shares, and nobody chose another for the whole. */
  readonly withholdingBasisPoints?: number | null | undefined;
}

/** What the contract and the usage came to; nothing but the tax for a one-off invoice. */
export interface DraftBasis {
  readonly lines: readonly RatedLine[];
  readonly tax: LineTax;
  readonly withholdingBasisPoints: number;
  readonly purchaseOrderNumber: string | null;
  /** As the ledger had it then; what a person chose is another one in the edits. Left out on drafts of before there was a setting: once per invoice and rate. */
  readonly taxRounding?: TaxRounding;
}

interface LineChange {
  readonly description?: string;
  readonly quantity?: string | null;
  readonly unitPrice?: string | null;
  readonly amountMinor?: number;
  readonly discount?: Discount | null;
  readonly tax?: LineTax | null;
}

export interface RatedEdit extends LineChange {
  readonly isRemoved: boolean;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  /** What the line was rated at when it was edited. */
  readonly ratedMinor: number;
}

export interface AddedLine {
  readonly id: string;
  readonly description: string;
  readonly quantity: string | null;
  readonly unitPrice: string | null;
  readonly amountMinor: number;
  readonly discount: Discount | null;
  readonly tax: LineTax | null;
}

/** A customer that was typed in, as a person writes it: the country stands beside the lines of the address. */
export interface TypedCustomer {
  readonly name: string;
  /** As printed, where it is not the name. */
  readonly legalName: string | null;
  readonly address: readonly string[];
  /** ISO 3166-1 alpha-2; decides the tax. */
  readonly country: string | null;
  readonly email: string | null;
  readonly taxNumber: string | null;
}

export interface DraftEdits {
  readonly rated: Readonly<Record<string, RatedEdit>>;
  readonly added: readonly AddedLine[];
  /** Ids as a person put them; lines that are not named follow. */
  readonly order: readonly string[];
  readonly discount: Discount | null;
  readonly tax: LineTax | null;
  readonly exemptionReason: string | null;
  readonly priceMode: PriceMode;
  readonly taxRounding: TaxRounding;
  readonly withholdingBasisPoints: number | null;
  readonly notes: string | null;
  /** Undefined: the contract's. */
  readonly purchaseOrderNumber?: string | null;
  readonly issueDate: string | null;
  readonly dueDate: string | null;
  /** What was changed of a typed customer since the draft was made; the customer as it stands is in the draft's snapshot. */
  readonly customer?: Partial<TypedCustomer>;
  /** Reasons given for what is not of one line, oldest first. */
  readonly reasons: readonly { readonly about: 'discount' | 'tax'; readonly reason: string; readonly by: string; readonly at: number }[];
}

export const noEdits: DraftEdits = {
  rated: {}, added: [], order: [], discount: null, tax: null, exemptionReason: null, priceMode: 'exclusive', taxRounding: 'per-invoice', withholdingBasisPoints: null, notes: null, issueDate: null, dueDate: null, reasons: [],
};

export interface StoredEdits {
  readonly basis: DraftBasis;
  readonly edits: DraftEdits;
}

/** Whether a person chose how the tax of this draft is rounded, against what the ledger said. */
export function isTaxRoundingChosen({ basis, edits }: StoredEdits): boolean {
  return edits.taxRounding !== (basis.taxRounding ?? noEdits.taxRounding);
}

/** Edits on what was rated anew: of the rounding of tax only a person's choice stays. */
export function restedOn(basis: DraftBasis, stored: StoredEdits): StoredEdits {
  return { basis, edits: isTaxRoundingChosen(stored) ? stored.edits : { ...stored.edits, taxRounding: basis.taxRounding ?? noEdits.taxRounding } };
}

/** Steps as the contract of the interface has them (`draftEditSchema`). */
export type DraftEdit =
  | { readonly kind: 'add-line'; readonly lineId: string; readonly description: string; readonly quantity: string | null; readonly unitPrice: string | null; readonly amountMinor: number | null; readonly discount: Discount | null; readonly tax: LineTax | null; readonly beforeLineId: string | null }
  | ({ readonly kind: 'change-line'; readonly lineId: string; readonly reason?: string | undefined } & { readonly [Key in keyof LineChange]?: LineChange[Key] | undefined })
  | { readonly kind: 'remove-line'; readonly lineId: string; readonly reason?: string | undefined }
  | { readonly kind: 'restore-line'; readonly lineId: string }
  | { readonly kind: 'order-lines'; readonly lineIds: readonly string[] }
  | { readonly kind: 'set-discount'; readonly discount: Discount | null; readonly reason?: string | undefined }
  | { readonly kind: 'set-details'; readonly notes?: string | null | undefined; readonly purchaseOrderNumber?: string | null | undefined; readonly issueDate?: string | null | undefined; readonly dueDate?: string | null | undefined }
  /** Of a typed customer only: a partner's are corrected in its record. */
  | ({ readonly kind: 'set-customer' } & { readonly [Key in keyof TypedCustomer]?: TypedCustomer[Key] | undefined })
  /** Names, addresses and tax numbers as the records of the partner and the company have them by now; of a one-off draft only. */
  | { readonly kind: 'take-records' }
  | { readonly kind: 'set-tax'; readonly tax?: LineTax | undefined; readonly priceMode?: PriceMode | undefined; readonly taxRounding?: TaxRounding | undefined; /** Null: as the contract has it. */ readonly withholdingBasisPoints?: number | null | undefined; readonly exemptionReason?: string | null | undefined; readonly reason?: string | undefined };

export interface Editor {
  readonly by: string;
  readonly at: number;
  readonly currency: CurrencyCode;
}

const invalid = (message: string): ValidationError => new ValidationError('edit-invalid', message, { nextStep: 'Read the draft again, then edit it.' });
const reasonMissing = (what: string): ValidationError => new ValidationError('edit-reason-missing', `${what} deviates from what was rated and needs a reason.`, { nextStep: 'Say why, in a few words.' });

/**
 * The edits with further steps, all or none.
 * @throws ValidationError `edit-invalid`, `edit-reason-missing`, `decimal-invalid`.
 */
export function withEdits({ basis, edits }: StoredEdits, steps: readonly DraftEdit[], editor: Editor): DraftEdits {
  return steps.reduce((sofar, step) => withStep(basis, sofar, step, editor), edits);
}

function withStep(basis: DraftBasis, edits: DraftEdits, step: DraftEdit, editor: Editor): DraftEdits {
  switch (step.kind) {
    case 'add-line':
      return withAdded(basis, edits, step, editor);
    case 'change-line':
      return edits.added.some((line) => line.id === step.lineId) ? { ...edits, added: edits.added.map((line) => (line.id === step.lineId ? changedLine(line, step, editor.currency) : line)) } : withRatedChange(basis, edits, step, editor);
    case 'remove-line':
      if (edits.added.some((line) => line.id === step.lineId)) return { ...edits, added: edits.added.filter((line) => line.id !== step.lineId), order: edits.order.filter((id) => id !== step.lineId) };
      return withRated(basis, edits, step.lineId, step.reason, editor, { isRemoved: true }, 'A line taken out');
    case 'restore-line': {
      // One that is not rated any more: what is left of it is the edit, which goes.
      if (!edits.rated[step.lineId]) ratedOf(basis, step.lineId);
      const { [step.lineId]: _restored, ...rated } = edits.rated;
      return { ...edits, rated };
    }
    case 'order-lines':
      return { ...edits, order: step.lineIds };
    case 'set-discount':
      if (basis.lines.length > 0 && !step.reason) throw reasonMissing('A discount');
      return { ...edits, discount: step.discount, reasons: withReason(edits, 'discount', step.reason, editor) };
    case 'set-details': {
      const { kind: _kind, ...given } = step;
      return { ...edits, ...defined(given) };
    }
    case 'set-customer': {
      const { kind: _kind, ...given } = step;
      return { ...edits, customer: { ...edits.customer, ...defined(given) } };
    }
    case 'take-records':
      return edits;
    case 'set-tax': {
      const { kind: _kind, reason, ...given } = step;
      if (basis.lines.length > 0 && !reason) throw reasonMissing('Another tax or withholding');
      return { ...edits, ...defined(given), reasons: withReason(edits, 'tax', reason, editor) };
    }
  }
}

/** What was given, without what was left out. */
function defined<Given extends object>(given: Given): { [Key in keyof Given]?: Exclude<Given[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [Key in keyof Given]?: Exclude<Given[Key], undefined> };
}

const withReason = (edits: DraftEdits, about: 'discount' | 'tax', reason: string | undefined, { by, at }: Editor): DraftEdits['reasons'] => (reason ? [...edits.reasons, { about, reason, by, at }] : edits.reasons);

function withAdded(basis: DraftBasis, edits: DraftEdits, step: Extract<DraftEdit, { kind: 'add-line' }>, { currency }: Editor): DraftEdits {
  const { kind: _kind, lineId: id, beforeLineId, amountMinor, ...given } = step;
  if (edits.added.some((line) => line.id === id) || basis.lines.some((line) => line.id === id)) throw invalid('This line is on the draft already.');
  const line: AddedLine = { id, ...given, amountMinor: amountMinor ?? amountOf(given.quantity, given.unitPrice, currency) };
  const order = orderOf({ basis, edits });
  const place = beforeLineId === null ? order.length : order.indexOf(beforeLineId);
  return { ...edits, added: [...edits.added, line], order: [...order.slice(0, place === -1 ? order.length : place), id, ...(place === -1 ? [] : order.slice(place))] };
}

function amountOf(quantity: string | null, unitPrice: string | null, currency: CurrencyCode): number {
  if (quantity === null || unitPrice === null) throw invalid('A line has a quantity and a price, or an amount.');
  return lineAmount(quantity, unitPrice, currency);
}

/** Figures belong together: a new quantity or price makes the amount, an amount by itself stands for one of it. */
function changedLine<Line extends Pick<AddedLine, 'quantity' | 'unitPrice' | 'amountMinor'>>(line: Line, step: Extract<DraftEdit, { kind: 'change-line' }>, currency: CurrencyCode): Line {
  const { kind: _kind, lineId: _lineId, reason: _reason, ...given } = step;
  const changed = { ...line, ...defined(given) };
  if (given.amountMinor !== undefined) return { ...changed, quantity: given.quantity ?? null, unitPrice: given.unitPrice ?? null };
  if (given.quantity === undefined && given.unitPrice === undefined) return changed;
  return { ...changed, amountMinor: amountOf(changed.quantity, changed.unitPrice, currency) };
}

function ratedOf(basis: DraftBasis, id: string): RatedLine {
  const line = basis.lines.find((candidate) => candidate.id === id);
  if (!line) throw invalid('The draft has no such line.');
  return line;
}

function withRatedChange(basis: DraftBasis, edits: DraftEdits, step: Extract<DraftEdit, { kind: 'change-line' }>, editor: Editor): DraftEdits {
  const rated = ratedOf(basis, step.lineId);
  const before = edits.rated[step.lineId];
  const standing = { quantity: before?.quantity === undefined ? rated.quantity : before.quantity, unitPrice: before?.unitPrice === undefined ? rated.unitPrice : before.unitPrice, amountMinor: before?.amountMinor ?? rated.amountMinor };
  const { quantity, unitPrice, amountMinor, ...others } = changedLine(standing, step, editor.currency) as LineChange & typeof standing;
  const isFigure = amountMinor !== standing.amountMinor || step.discount !== undefined || step.tax !== undefined;
  const words: LineChange = { ...(others.description === undefined ? {} : { description: others.description }), ...(others.discount === undefined ? {} : { discount: others.discount }), ...(others.tax === undefined ? {} : { tax: others.tax }) };
  const isAsRated = amountMinor === rated.amountMinor && quantity === rated.quantity && unitPrice === rated.unitPrice;
  return withRated(basis, isAsRated ? withoutFigures(edits, step.lineId) : edits, step.lineId, step.reason, editor, { ...words, ...(isAsRated ? {} : { quantity, unitPrice, amountMinor }) }, 'A figure of a rated line', isFigure);
}

/** The line's quantity, price and amount are the rated ones again: an earlier edit of them is no more. */
function withoutFigures(edits: DraftEdits, lineId: string): DraftEdits {
  const before = edits.rated[lineId];
  if (!before) return edits;
  const { quantity: _quantity, unitPrice: _unitPrice, amountMinor: _amountMinor, ...others } = before;
  return { ...edits, rated: { ...edits.rated, [lineId]: others } };
}

function withRated(basis: DraftBasis, edits: DraftEdits, lineId: string, reason: string | undefined, { by, at }: Editor, change: LineChange & { readonly isRemoved?: boolean }, what: string, needsReason = true): DraftEdits {
  const rated = ratedOf(basis, lineId);
  const before = edits.rated[lineId];
  if (needsReason && !reason) throw reasonMissing(what);
  const edit: RatedEdit = { ...before, isRemoved: false, ...change, reason: reason ?? before?.reason ?? '', by, at, ratedMinor: rated.amountMinor };
  return { ...edits, rated: { ...edits.rated, [lineId]: edit } };
}

function orderOf({ basis, edits }: StoredEdits): string[] {
  const ids = [...basis.lines.map((line) => line.id), ...edits.added.map((line) => line.id)];
  const named = edits.order.filter((id) => ids.includes(id));
  return [...new Set([...named, ...ids])];
}

// ── The draft as it stands ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ComposedLine {
  readonly id: string;
  readonly origin: 'rated' | 'added';
  readonly kind: string;
  readonly description: string;
  readonly quantity: string | null;
  readonly unitPrice: string | null;
  readonly amountMinor: number;
  readonly discount: Discount | null;
  readonly discountMinor: number;
  /** A discount that a person chose, also one of nothing; else a rated line bears the contract's, in proportion to its amount. */
  readonly hasOwnDiscount: boolean;
  readonly tax: LineTax | null;
  readonly isRemoved: boolean;
  readonly rated: Pick<RatedLine, 'description' | 'quantity' | 'unitPrice' | 'amountMinor' | 'discountMinor' | 'withholdingBasisPoints'> | null;
  readonly edit: { readonly reason: string; readonly by: string; readonly at: number } | null;
  readonly clash: { readonly ratedThenMinor: number; readonly ratedNowMinor: number | null } | null;
  readonly explanation: string | null;
}

export interface ComposedDraft {
  readonly lines: readonly ComposedLine[];
  /** Those that count, in their order: what the figures' nets and discounts are of. */
  readonly counted: readonly ComposedLine[];
  readonly figures: InvoiceFigures;
  readonly tax: LineTax;
  readonly withholdingBasisPoints: number;
  /** Edits of lines that a billing run does not rate any more; they stand last among `lines`, and are not counted. */
  readonly goneLines: readonly { readonly id: string; readonly ratedThenMinor: number; readonly reason: string }[];
}

/** @param edited how a line says that it was edited; left out: in English, as the screen has it. */
export function composeDraft(stored: StoredEdits, edited: (reason: string) => string = (reason) => `edited: ${reason}`): ComposedDraft {
  const { basis, edits } = stored;
  const tax = edits.tax ?? basis.tax;
  const withholdingBasisPoints = edits.withholdingBasisPoints ?? basis.withholdingBasisPoints;
  // A share chosen for the whole is every line's.
  const ratedLines = edits.withholdingBasisPoints === null ? basis.lines : basis.lines.map(({ withholdingBasisPoints: _own, ...line }) => line);
  const byId = new Map<string, ComposedLine>([...ratedLines.map((line) => composedRated(line, edits.rated[line.id], edited)), ...edits.added.map(composedAdded)].map((line) => [line.id, line]));
  const lines = orderOf(stored).flatMap((id) => byId.get(id) ?? []);
  const counted = lines.filter((line) => !line.isRemoved);
  const figures = invoiceTotals({
    lines: counted.map(({ amountMinor, discountMinor, tax: own, rated }) => ({ amountMinor, discountMinor, tax: own ?? tax, withholdingBasisPoints: rated?.withholdingBasisPoints ?? null })), discount: edits.discount, priceMode: edits.priceMode, taxRounding: edits.taxRounding, withholdingBasisPoints,
  });
  const gone = Object.entries(edits.rated).filter(([id]) => !byId.has(id));
  const goneLines = gone.map(([id, edit]) => ({ id, ratedThenMinor: edit.ratedMinor, reason: edit.reason }));
  return { lines: [...lines, ...gone.map(([id, edit]) => composedGone(id, edit))], counted, figures, tax, withholdingBasisPoints, goneLines };
}

function composedRated(line: RatedLine, edit: RatedEdit | undefined, edited: (reason: string) => string): ComposedLine {
  const { id, kind, explanation } = line;
  const { description, quantity, unitPrice, amountMinor, discountMinor } = line;
  const rated = { description, quantity, unitPrice, amountMinor, discountMinor, withholdingBasisPoints: line.withholdingBasisPoints ?? null };
  if (!edit) return { description, quantity, unitPrice, amountMinor, discountMinor, id, kind, explanation, origin: 'rated', discount: null, hasOwnDiscount: false, tax: line.tax, isRemoved: false, rated, edit: null, clash: null };
  const amount = edit.amountMinor ?? amountMinor;
  const hasOwnDiscount = edit.discount !== undefined;
  // The contract's discount goes with the amount it was taken of: of another amount it is the same share.
  const contractDiscount = amount === amountMinor || amountMinor === 0 ? discountMinor : mulDiv(discountMinor, amount, amountMinor, 'half-away-from-zero');
  const isDeviating = edit.amountMinor !== undefined || hasOwnDiscount || edit.tax !== undefined || edit.isRemoved;
  return {
    id, kind, origin: 'rated', description: edit.description ?? description, quantity: edit.quantity === undefined ? quantity : edit.quantity, unitPrice: edit.unitPrice === undefined ? unitPrice : edit.unitPrice, amountMinor: amount,
    discount: edit.discount ?? null, hasOwnDiscount, discountMinor: hasOwnDiscount ? discountOf(edit.discount ?? null, amount) : contractDiscount, tax: edit.tax === undefined ? line.tax : edit.tax, isRemoved: edit.isRemoved, rated,
    edit: edit.reason === '' ? null : { reason: edit.reason, by: edit.by, at: edit.at }, clash: isDeviating && edit.ratedMinor !== amountMinor ? { ratedThenMinor: edit.ratedMinor, ratedNowMinor: amountMinor } : null,
    explanation: isDeviating ? `${explanation}; ${edited(edit.reason)}` : explanation,
  };
}

/** What was edited and is not rated any more: it counts for nothing, and stands there until a person drops the edit. */
function composedGone(id: string, edit: RatedEdit): ComposedLine {
  const [kind = '', ...rest] = id.split('/');
  return {
    id, origin: 'rated', kind, description: edit.description ?? rest.slice(0, -1).join('/'), quantity: edit.quantity ?? null, unitPrice: edit.unitPrice ?? null, amountMinor: edit.amountMinor ?? edit.ratedMinor, discount: null, discountMinor: 0, hasOwnDiscount: false, tax: null, isRemoved: true, rated: null,
    edit: edit.reason === '' ? null : { reason: edit.reason, by: edit.by, at: edit.at }, clash: { ratedThenMinor: edit.ratedMinor, ratedNowMinor: null }, explanation: null,
  };
}

function composedAdded(line: AddedLine): ComposedLine {
  return { ...line, origin: 'added', kind: 'manual', hasOwnDiscount: line.discount !== null, discountMinor: discountOf(line.discount, line.amountMinor), isRemoved: false, rated: null, edit: null, clash: null, explanation: null };
}
