/** What stands in the way of finalising a draft that a person wrote or edited; what is shown beside the draft is what refuses it. Pure. */
import { StateError } from '../../shared/errors/errors.ts';
import { composeDraft, type ComposedDraft } from '../../shared/invoicing/draft-document.ts';
import type { LocalDate, Month } from '../../shared/calendar/local-date.ts';
import { checkVatId } from '../../shared/tax/vat-id.ts';
import { closedDayProblem, openDayStep } from './past-day.ts';
import type { PartnerInvoice } from './partner-invoice.ts';

export interface DraftProblem {
  readonly code: 'edit-clash' | 'draft-empty' | 'draft-negative' | 'vat-id-invalid' | 'issue-month-closed' | 'day-in-future' | 'due-date-invalid';
  readonly message: string;
}

const nextSteps: Readonly<Record<Exclude<DraftProblem['code'], 'issue-month-closed'>, string>> = {
  'day-in-future': 'Finalise the invoice on that day, or choose an earlier issue date.',
  'due-date-invalid': 'Choose a due date on or after the issue date.',
  'edit-clash': 'Look at both figures, then edit the line again or restore it; where it is not rated any more, drop the edit.',
  'draft-empty': 'Add a line, or discard the draft.',
  'draft-negative': 'Credit the invoice it is about: the credit note is offset, refunded or kept as credit.',
  'vat-id-invalid': 'Correct the customer’s VAT id, or charge tax.',
};

/** That nothing will come of a month's draft any more: `contract-not-in-force`. */
export const contractProblem = (month: Month | null, isContractOver: boolean): { code: string; message: string }[] =>
  isContractOver ? [{ code: 'contract-not-in-force', message: `The contract is not in force in ${month ?? 'its month'} any more: discard the draft, or correct the contract and run the billing again.` }] : [];

type ProblemDraft = Pick<PartnerInvoice, 'kind' | 'snapshot' | 'edits'>;

/**
 * @param closed the last closed month: a chosen day of issue lies after it.
 * @param today in the reporting zone; left out: its days are looked at when it gets its number.
 */
export function draftProblems(draft: ProblemDraft, composed: ComposedDraft, closed: Month | null = null, today: LocalDate | null = null): DraftProblem[] {
  const { kind, edits } = draft;
  const ofClosedMonth = closedDayProblem(edits?.edits.issueDate ?? null, closed);
  return [
    ...composed.lines.filter((line) => line.clash !== null && line.clash.ratedNowMinor !== null).map((line): DraftProblem => ({ code: 'edit-clash', message: `“${line.description}” was rated anew since it was edited.` })),
    ...composed.goneLines.map((line): DraftProblem => ({ code: 'edit-clash', message: `A line that was edited (${line.reason}) is not rated any more.` })),
    ...(composed.counted.length === 0 ? [{ code: 'draft-empty', message: 'There is nothing on this draft yet.' } as const] : []),
    // A month may come to less than nothing by usage that is taken back; what a person writes may not.
    ...(kind === 'one-off' && composed.figures.totalMinor < 0 ? [{ code: 'draft-negative', message: 'It comes to less than nothing: what is owed to the customer is a credit note, not an invoice.' } as const] : []),
    ...(ofClosedMonth === null ? [] : [{ code: 'issue-month-closed', message: ofClosedMonth } as const]),
    ...(today === null ? [] : dayProblems(draft, today)),
    ...(isReverseChargeChosen(draft, composed) && !hasVatId(draft) ? [{ code: 'vat-id-invalid', message: 'Reverse charge needs a VAT id of the customer that holds.' } as const] : []),
  ];
}

/** Whether a person charges no tax by the customer's VAT id, for all or for a line. What a partner's record says of a month is billed as it says (docs/adr/0020). */
function isReverseChargeChosen({ kind, edits }: ProblemDraft, { tax, counted }: ComposedDraft): boolean {
  const isOfWhole = tax.treatment === 'reverse-charge' && (kind === 'one-off' || edits?.edits.tax !== null);
  return isOfWhole || counted.some((line) => line.tax?.treatment === 'reverse-charge' && (line.origin === 'added' || edits?.edits.rated[line.id]?.tax !== undefined));
}

/** A partner's is looked at as it stands on the draft. */
function hasVatId({ snapshot: { customer, vatIdState } }: ProblemDraft): boolean {
  return (vatIdState === undefined ? checkVatId(customer.taxNumber, customer.postal?.country ?? null).state : vatIdState) === 'unverified';
}

function dayProblems({ edits }: ProblemDraft, today: LocalDate): DraftProblem[] {
  const { issueDate = null, dueDate = null } = edits?.edits ?? {};
  return [
    ...(issueDate !== null && issueDate > today ? [{ code: 'day-in-future', message: `The date of issue, ${issueDate}, has not come yet.` } as const] : []),
    ...(dueDate !== null && dueDate < (issueDate ?? today) ? [{ code: 'due-date-invalid', message: `The due date, ${dueDate}, lies before the date of issue.` } as const] : []),
  ];
}

/** A month that nobody edited is as it was rated. @throws StateError with the first problem's code. */
export function assertFinalisable(invoice: PartnerInvoice, closed: Month | null): void {
  if (!invoice.edits) return;
  const [first, ...others] = draftProblems(invoice, composeDraft(invoice.edits), closed);
  if (first) throw new StateError(first.code, `${first.message}${others.length === 0 ? '' : ` (and ${others.length} more)`} The draft stays a draft.`, { data: { id: invoice.id, problems: [first, ...others].map((problem) => problem.code) }, nextStep: first.code === 'issue-month-closed' ? openDayStep(closed) : nextSteps[first.code] });
}
