/**
 * A draft under the hands of a person: the steps of the contract applied on the spot by the backend's own functions, and the steps that take them back. Pure.
 */
import type { z } from 'zod';
import type { draftEditSchema, draftLineSchema, invoiceDraftSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';
import { composeDraft, withEdits, type DraftEdit, type DraftEdits, type Editor, type RatedEdit, type StoredEdits } from '../../../../../shared/invoicing/draft-document.ts';

export type DraftView = z.infer<typeof invoiceDraftSchema>;
export type DraftLine = z.infer<typeof draftLineSchema>;
export type Step = z.infer<typeof draftEditSchema>;

/** What the backend keeps of a draft, as far as the view tells it: enough for lines, order and totals. */
export function storedOf(draft: DraftView): StoredEdits {
  const lines = draft.lines.flatMap((line) => (line.rated ? [{ id: line.id, kind: 'rated', ...line.rated, explanation: line.explanation ?? '', tax: line.edit ? null : line.tax }] : []));
  const hasRates = hasOwnWithholding(draft);
  const edits: DraftEdits = {
    rated: Object.fromEntries(draft.lines.flatMap((line) => (line.rated && isEdited(line) ? [[line.id, editOf(line, line.rated)]] : isGone(line) ? [[line.id, editOfGone(line)]] : []))),
    added: draft.lines.filter((line) => line.origin === 'added').map(({ id, description, quantity, unitPrice, amountMinor, discount, tax }) => ({ id, description, quantity, unitPrice, amountMinor, discount, tax })),
    order: draft.lines.map((line) => line.id),
    discount: draft.discount, tax: taxOf(draft), exemptionReason: draft.tax.exemptionReason, priceMode: draft.priceMode, taxRounding: draft.taxRounding, withholdingBasisPoints: hasRates ? null : draft.withholdingBasisPoints,
    notes: draft.notes, purchaseOrderNumber: draft.purchaseOrderNumber, issueDate: draft.issueDate, dueDate: draft.dueDate, reasons: [],
  };
  return { basis: { lines, tax: taxOf(draft), withholdingBasisPoints: draft.withholdingBasisPoints, purchaseOrderNumber: draft.purchaseOrderNumber }, edits };
}

/** The contract keeps back different shares of its lines, and nobody chose one for the whole. */
const hasOwnWithholding = ({ lines }: DraftView): boolean => lines.some((line) => typeof line.rated?.withholdingBasisPoints === 'number');

const taxOf = ({ tax }: DraftView) => ({ treatment: tax.treatment, basisPoints: tax.basisPoints });

type Rated = NonNullable<DraftLine['rated']>;

const hasOtherFigures = (line: DraftLine, rated: Rated): boolean => line.amountMinor !== rated.amountMinor || line.quantity !== rated.quantity || line.unitPrice !== rated.unitPrice;
/** Edited, and not rated any more: only its edit is left. */
export const isGone = ({ origin, rated }: DraftLine): boolean => origin === 'rated' && rated === null;

const editOfGone = ({ description, quantity, unitPrice, amountMinor, edit, clash }: DraftLine): RatedEdit => ({
  isRemoved: true, reason: edit?.reason ?? '', by: edit?.by ?? '', at: edit?.at ?? 0, ratedMinor: clash?.ratedThenMinor ?? amountMinor, description, quantity, unitPrice, amountMinor,
});

/** Whether a person made something else of a rated line. */
export function isEdited(line: DraftLine): boolean {
  return line.rated !== null && (line.edit !== null || line.isRemoved || line.description !== line.rated.description || hasOtherFigures(line, line.rated) || line.hasOwnDiscount);
}

function editOf(line: DraftLine, rated: Rated): RatedEdit {
  return {
    isRemoved: line.isRemoved, reason: line.edit?.reason ?? '', by: line.edit?.by ?? '', at: line.edit?.at ?? 0, ratedMinor: line.clash?.ratedThenMinor ?? rated.amountMinor,
    ...(line.description === rated.description ? {} : { description: line.description }),
    ...(hasOtherFigures(line, rated) ? { quantity: line.quantity, unitPrice: line.unitPrice, amountMinor: line.amountMinor } : {}),
    ...(line.hasOwnDiscount ? { discount: line.discount } : {}),
    ...(line.tax === null ? {} : { tax: line.tax }),
  };
}

/**
 * The draft as it is with further steps, before the backend has answered.
 * @throws ValidationError as the backend would: `edit-invalid`, `edit-reason-missing`, `decimal-invalid`.
 */
export function withSteps(draft: DraftView, steps: readonly Step[], editor: Omit<Editor, 'currency'>): DraftView {
  if (steps.length === 0) return draft;
  const before = storedOf(draft);
  const edits = withEdits(before, steps as readonly DraftEdit[], { ...editor, currency: draft.currency });
  const { lines, figures, tax, withholdingBasisPoints } = composeDraft({ basis: before.basis, edits });
  const { discountMinor, subtotalMinor, taxes, taxMinor, totalMinor, withholdingMinor, withholdings, payableMinor } = figures;
  const explanations = new Map(draft.lines.map((line) => [line.id, line.explanation]));
  return {
    ...draft,
    lines: lines.map(({ kind: _kind, ...line }) => ({ ...line, explanation: explanations.get(line.id) ?? line.explanation })),
    discount: edits.discount, tax: { ...draft.tax, ...tax, exemptionReason: edits.exemptionReason }, priceMode: edits.priceMode, taxRounding: edits.taxRounding, withholdingBasisPoints,
    ...customerWith(draft, edits.customer), notes: edits.notes, purchaseOrderNumber: edits.purchaseOrderNumber ?? null, issueDate: edits.issueDate, dueDate: edits.dueDate,
    totals: { discountMinor, subtotalMinor, taxes: taxes.map((share) => ({ ...share })), taxMinor, totalMinor, withholdingMinor, withholdings: withholdings.map((share) => ({ ...share })), payableMinor },
  };
}

type Customer = NonNullable<DraftView['customer']>;

/** A typed customer with what was changed; how that is taxed the backend says. */
function customerWith({ customer, customerName }: DraftView, change: DraftEdits['customer']): Pick<DraftView, 'customer' | 'customerName'> {
  if (customer === null || change === undefined) return { customer, customerName };
  const { address = customer.address, ...others } = change;
  const changed: Customer = { ...customer, ...others, address: [...address] };
  return { customer: changed, customerName: changed.name };
}

/** What a step says of the customer, as it stands on a draft. */
function customerAsIn({ customer }: DraftView, step: Extract<Step, { kind: 'set-customer' }>): Partial<Customer> {
  const { kind: _kind, ...given } = step;
  return customer === null ? {} : Object.fromEntries(Object.keys(given).map((name) => [name, customer[name as keyof Customer]]));
}

/** The steps that bring the draft back to what it was before these ones. */
export function inverseOf(draft: DraftView, steps: readonly Step[], editor: Omit<Editor, 'currency'>): Step[] {
  const inverse: Step[] = [];
  let before = draft;
  for (const step of steps) {
    inverse.unshift(...inverseOfStep(before, step));
    before = withSteps(before, [step], editor);
  }
  return inverse;
}

function inverseOfStep(before: DraftView, step: Step): Step[] {
  const line = 'lineId' in step ? before.lines.find((each) => each.id === step.lineId) : undefined;
  switch (step.kind) {
    case 'add-line':
      return [{ kind: 'remove-line', lineId: step.lineId }];
    case 'change-line':
    case 'remove-line':
    case 'restore-line':
      // An edit of a line that is not rated any more cannot be made again.
      if (!line || isGone(line)) return [];
      return line.rated ? asItWas(line, line.rated) : step.kind === 'remove-line' ? [addedAgain(before, line), { kind: 'order-lines', lineIds: before.lines.map((each) => each.id) }] : [wholeOf(line)];
    case 'order-lines':
      return [{ kind: 'order-lines', lineIds: before.lines.map((each) => each.id) }];
    case 'set-discount':
      return [{ kind: 'set-discount', discount: before.discount, ...taken(step.reason) }];
    case 'set-details':
      return [{ kind: 'set-details', ...(step.notes === undefined ? {} : { notes: before.notes }), ...(step.purchaseOrderNumber === undefined ? {} : { purchaseOrderNumber: before.purchaseOrderNumber }), ...(step.issueDate === undefined ? {} : { issueDate: before.issueDate }), ...(step.dueDate === undefined ? {} : { dueDate: before.dueDate }) }];
    case 'set-customer':
      return [{ kind: 'set-customer', ...customerAsIn(before, step) }];
    // What the records say by now is right whoever undoes what.
    case 'take-records':
      return [];
    case 'set-tax':
      return [{
        kind: 'set-tax', ...taken(step.reason), ...(step.tax ? { tax: taxOf(before) } : {}), ...(step.priceMode ? { priceMode: before.priceMode } : {}), ...(step.taxRounding ? { taxRounding: before.taxRounding } : {}),
        ...(step.withholdingBasisPoints === undefined ? {} : { withholdingBasisPoints: hasOwnWithholding(before) ? null : before.withholdingBasisPoints }), ...(step.exemptionReason === undefined ? {} : { exemptionReason: before.tax.exemptionReason }),
      }];
  }
}

const taken = (reason: string | undefined): { reason?: string } => (reason === undefined ? {} : { reason: reason.startsWith('Taken back: ') ? reason : `Taken back: ${reason}`.slice(0, 500) });

const wholeOf = ({ id, description, quantity, unitPrice, amountMinor, discount, tax }: DraftLine): Step => ({ kind: 'change-line', lineId: id, description, quantity, unitPrice, amountMinor, discount, tax });

function addedAgain({ lines }: DraftView, { id, description, quantity, unitPrice, amountMinor, discount, tax }: DraftLine): Step {
  return { kind: 'add-line', lineId: id, description, quantity, unitPrice, amountMinor, discount, tax, beforeLineId: lines[lines.findIndex((each) => each.id === id) + 1]?.id ?? null };
}

/** A rated line as it was: as rated, then what a person had made of it. */
function asItWas(line: DraftLine, rated: Rated): Step[] {
  const restored: Step = { kind: 'restore-line', lineId: line.id };
  if (!isEdited(line)) return [restored];
  const reason = line.edit?.reason ? { reason: line.edit.reason } : {};
  const change: Step = {
    kind: 'change-line', lineId: line.id, ...reason, ...(line.description === rated.description ? {} : { description: line.description }),
    ...(hasOtherFigures(line, rated) ? { quantity: line.quantity, unitPrice: line.unitPrice, amountMinor: line.amountMinor } : {}), ...(line.hasOwnDiscount ? { discount: line.discount } : {}), ...(line.tax === null ? {} : { tax: line.tax }),
  };
  const isChanged = Object.keys(change).length > ('reason' in reason ? 3 : 2);
  return [restored, ...(isChanged ? [change] : []), ...(line.isRemoved ? [{ kind: 'remove-line' as const, lineId: line.id, ...reason }] : [])];
}

/** Which line or which part of the whole a step is about: two desks that touched the same must be asked. */
export function subjectOf(step: Step): string {
  return 'lineId' in step ? step.lineId : step.kind;
}

/** What both desks touched: what these steps are about and what differs between the draft they were made on and the draft as it stands. */
export function clashesOf(madeOn: DraftView, stands: DraftView, steps: readonly Step[]): string[] {
  const lineIn = (draft: DraftView, id: string) => JSON.stringify(draft.lines.find((line) => line.id === id) ?? null);
  const isOther = (step: Step): boolean => {
    switch (step.kind) {
      case 'add-line': return false;
      case 'change-line': case 'remove-line': case 'restore-line': return lineIn(madeOn, step.lineId) !== lineIn(stands, step.lineId);
      case 'order-lines': return false;
      case 'set-discount': return JSON.stringify(madeOn.discount) !== JSON.stringify(stands.discount);
      case 'set-details': return (['notes', 'purchaseOrderNumber', 'issueDate', 'dueDate'] as const).some((name) => step[name] !== undefined && madeOn[name] !== stands[name]);
      case 'set-customer': return JSON.stringify(customerAsIn(madeOn, step)) !== JSON.stringify(customerAsIn(stands, step));
      case 'take-records': return false;
      case 'set-tax': return JSON.stringify([madeOn.tax, madeOn.priceMode, madeOn.taxRounding, madeOn.withholdingBasisPoints]) !== JSON.stringify([stands.tax, stands.priceMode, stands.taxRounding, stands.withholdingBasisPoints]);
    }
  };
  return [...new Set(steps.filter(isOther).map(subjectOf))];
}
