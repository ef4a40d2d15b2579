/**
 * The rules of document numbers that need no table (docs/adr/0018), as migrations/postgres/0014 has them: how a number is printed, which years may be leased, and what becomes of
 * the numbers of a block that ends.
 */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import { InvariantError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { DocumentSeries, LeaseRequest } from './document-numbers.ports.ts';

const dayMs = 86_400_000;
/** Numbers in a block, and unused numbers of a series that one desk may hold together. */
export const mostNumbersHeld = 100;
export const mostLeaseDays = 31;
/** What was used before a lease ended is taken for this long afterwards: a desk comes back when it does. */
export const reportDays = 7;

/** `INV-2026-0001`, growing past 9999. */
export function documentNumberText(series: DocumentSeries, year: number, number: number): string {
  return `${series}-${year}-${String(number).padStart(4, '0')}`;
}

/** The day of issue is one of the reporting time zone; its year is the number's. */
export function yearOfIssue(issueDate: LocalDate): number {
  return Number(issueDate.slice(0, 4));
}

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** @throws InvariantError `document-id-invalid`: the shared database names documents by UUIDs, and would refuse it with everything told beside it. */
export function assertDocumentId(documentId: string): void {
  if (!uuid.test(documentId)) throw new InvariantError('document-id-invalid', 'A document to be numbered has no UUID.', { data: { documentId } });
}

/** When a lease that begins now ends. */
export function leaseEnds(leasedAt: number, days: number): { readonly useUntil: number; readonly reportUntil: number } {
  return { useUntil: leasedAt + days * dayMs, reportUntil: leasedAt + (days + reportDays) * dayMs };
}

/**
 * @param today in the reporting time zone. Last year's numbers are for what is issued late, next year's for a desk that is away at the turn of the year.
 * @throws ValidationError `number-block-count-invalid`, `number-block-days-invalid`, `number-year-invalid`.
 */
export function assertLeasable(request: Pick<LeaseRequest, 'year' | 'count' | 'days'>, today: LocalDate): void {
  if (!Number.isInteger(request.count) || request.count < 1 || request.count > mostNumbersHeld) {
    throw new ValidationError('number-block-count-invalid', `A block has between 1 and ${mostNumbersHeld} numbers.`, { nextStep: 'Ask for as many as you will need until you are online again.' });
  }
  if (!Number.isInteger(request.days) || request.days < 1 || request.days > mostLeaseDays) throw new ValidationError('number-block-days-invalid', `A block is leased for 1 to ${mostLeaseDays} days.`, { nextStep: 'Choose when you will be online again.' });
  if (request.year < yearOfIssue(today) - 1 || request.year > yearOfIssue(addDays(today, 31))) {
    throw new ValidationError('number-year-invalid', 'Numbers are leased for last year, for this one, and in December for the next.', { nextStep: 'Name one of these years.' });
  }
}

/** @throws ValidationError `number-block-too-many`. */
export function assertRoomFor(count: number, held: number): void {
  if (held + count > mostNumbersHeld) {
    throw new ValidationError('number-block-too-many', `A desk holds at most ${mostNumbersHeld} unused numbers of a series; this one has ${held}.`, { nextStep: 'Use or return what the desk holds first.' });
  }
}

/** @throws ValidationError `number-reason-missing`. */
export function assertReturnReason(reason: string): void {
  if (reason.trim().length < 3) throw new ValidationError('number-reason-missing', 'Returning numbers needs a reason.', { nextStep: 'Give a reason of at least three letters; it is kept in the gap register.' });
}

export interface BlockEnd {
  /** Numbers from here to the block's last go back into the series; null: none. */
  readonly backFrom: number | null;
  /** Numbers for the gap register. */
  readonly gaps: readonly number[];
}

/**
 * What becomes of a block's numbers. Those above its last used one go back into the series when they are the top of it and their own desk says that none of them was used;
 * everything else that nobody used is a gap.
 */
export function planBlockEnd(block: { readonly firstNumber: number; readonly lastNumber: number }, used: ReadonlySet<number>, nextNumber: number, goesBack: boolean): BlockEnd {
  const afterLastUsed = Math.max(block.firstNumber - 1, ...used) + 1;
  const backFrom = goesBack && nextNumber === block.lastNumber + 1 && afterLastUsed <= block.lastNumber ? afterLastUsed : null;
  const lastGap = backFrom === null ? block.lastNumber : backFrom - 1;
  const gaps = [];
  for (let number = block.firstNumber; number <= lastGap; number += 1) if (!used.has(number)) gaps.push(number);
  return { backFrom, gaps };
}

/** What a person does about a use that was refused; the same words for the twin and for the shared database. */
export const nextStepAfterRefusal: Readonly<Record<string, string>> = {
  'number-lease-ended': 'The number stands in the gap register with the document that claims it. Void the document and issue it again: the new one gets a number of its own.',
  'number-taken': 'Void the document and issue it again: the new one gets a number of its own.',
  'number-block-not-yours': 'Report it as the person and at the desk the block was leased to; else void the document and issue it again.',
  'number-not-in-block': 'Void the document and issue it again, and send today’s log.',
  'number-year-mismatch': 'Void the document and issue it again with a day of the number’s year.',
  'document-numbered-already': 'The document keeps the number it has there. Sync, then look at it again.',
  'number-block-missing': 'Connect to the shared database. To finalise without it, lease a block of numbers beforehand in Settings, Document numbers.',
};

/** A desk that has had a block and may use it no more is told which. */
export function leaseEnded(series: DocumentSeries, year: number, first: number, last: number): StateError {
  return new StateError('number-lease-ended', `The lease of ${documentNumberText(series, year, first)} to ${documentNumberText(series, year, last)} has ended: none of these numbers may be used any more.`, {
    data: { series, year }, nextStep: 'Connect to the shared database, report what was used and lease a new block.',
  });
}
