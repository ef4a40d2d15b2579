/**
 * Monthly recognition: what was invoiced in advance becomes revenue as the service is rendered (domain.md §3, §7). One entry per line and month, by
 * the key `recognition/<line>/<YYYY-MM>`; a month that is run again posts only what came to it since.
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../shared/calendar/clock.ts';
import { addDays, addMonths, endOf, firstDayOf, monthOf, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { StateError } from '../../shared/errors/errors.ts';
import type { Durability, ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import type { Journal } from '../ledger/journal.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { linesByDay, type Deferral, type DeferralMovement, type DeferredLine } from './recognition-calculation.ts';
import { recognitionEntry, recognitionKey } from './recognition-postings.ts';
import * as repository from './recognition.repository.ts';

export interface RecognitionDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly settings: () => { readonly functionalCurrency: string };
  /** Has what this desk posted sealed, and takes in what others did. Left out where the local twin seals. */
  readonly bringUpToDate?: (control: WorkControl) => Promise<void>;
  /** Many months at once can be recognised again as they were: their commits need not be on disk one by one. */
  readonly durability?: Durability;
}

export interface RecognitionResult {
  readonly month: Month;
  /** Invoices that were looked at. */
  readonly invoices: number;
  /** Entries posted now; 0 when the month had been recognised and nothing came to it since. */
  readonly posted: number;
}

/** A deferral as it stands in the books, for whoever wants to see it beside the account. */
export interface DeferralView {
  readonly invoiceId: string;
  readonly lineId: string;
  readonly currency: string;
  /** Still to be earned after the day asked for. */
  readonly restMinor: number;
}

export interface Recognition {
  /**
   * Recognises a month that is over, and before it every earlier open one that is not: what was earned in them must not fall into this one. Run again,
   * it posts what changed.
   * @throws StateError `recognition-month-running`, `recognition-month-closed`, `recognition-entries-pending`.
   */
  recogniseMonth(month: Month, control?: WorkControl): Promise<RecognitionResult[]>;
  /** As {@link Recognition.recogniseMonth} for the last month that is over; none in a ledger without deferred revenue. */
  recogniseDue(control?: WorkControl): Promise<RecognitionResult[]>;
  /** Refuses at once what {@link Recognition.recogniseMonth} would. @throws StateError `recognition-month-running`, `recognition-month-closed`. */
  assertRecognisable(month: Month): void;
  /** Whether nothing that moved deferred revenue in the month or before it has come since the month was recognised; a month before the first deferral needs none. */
  isMonthRecognised(month: Month): boolean;
  /** The last month whose recognition stands: it was closed with it, or nothing has moved deferred revenue since. null: none is recognised. */
  recognisedThrough(): Month | null;
  /**
   * The first open month that is marked as recognised although something was earned in it and no entry recognises any of it: the mark was not made by the job. null: none.
   * While entries wait for their seal it is not known what was earned, and nothing is looked for.
   */
  firstLeftOut(control: WorkControl): Promise<Month | null>;
  /** Line by line, what deferred revenue holds at the end of a month: the waterfall that ties to the account. */
  restOfLines(month: Month): DeferralView[];
}

/** Few enough that a transaction stays within some ten milliseconds. */
const invoicesPerBatch = 120;

export function createRecognition(dependencies: RecognitionDependencies): Recognition {
  const { readable, unitOfWork, journal, clock, timeZone } = dependencies;
  const lastOver = (): Month => addMonths(timeZone.monthOf(clock.now()), -1);

  function assertRecognisable(month: Month): void {
    if (month > lastOver()) throw new StateError('recognition-month-running', `${month} is not over yet: what it earned is not known.`, { data: { month }, nextStep: `Recognise it after ${addDays(endOf(month), -1)}.` });
    if (repository.isClosedMonth(readable, month)) throw new StateError('recognition-month-closed', `${month} is closed. Nothing was changed; what came late is recognised in the first open month.`, { data: { month }, nextStep: 'Recognise the first open month.' });
  }

  function assertSealed(month: Month): void {
    const pending = repository.pendingBefore(readable, endOf(month));
    if (pending > 0) throw new StateError('recognition-entries-pending', `${pending} entries up to ${month} wait to be sealed. Nothing was recognised yet.`, { data: { month, pending }, nextStep: 'Sync the shared database, then recognise the month again.' });
  }

  function draftsOf(month: Month, deferrals: readonly Deferral[]): JournalEntryDraft[] {
    const { functionalCurrency } = dependencies.settings();
    const lastDay = addDays(endOf(month), -1);
    const recognised = Map.groupBy(repository.recognisedOfLines(readable, deferrals.flatMap((deferral) => deferral.lines.map((line) => line.id))), (row) => row.lineId);
    return deferrals.flatMap((deferral) => {
      const states = linesByDay(deferral, functionalCurrency, lastDay);
      return deferral.lines.flatMap((line, index) => {
        const earned = states[index]?.earned ?? { minor: 0, functionalMinor: 0 };
        const rows = recognised.get(line.id) ?? [];
        const before = rows.filter((row) => row.bookedOn <= lastDay);
        const amount = { minor: before.reduce((rest, row) => rest - row.minor, earned.minor), functionalMinor: before.reduce((rest, row) => rest - row.functionalMinor, earned.functionalMinor) };
        const ofMonth = rows.filter((row) => row.key === recognitionKey(line.id, month, 1) || row.key.startsWith(`${recognitionKey(line.id, month, 1)}/`)).length;
        return recognitionEntry(deferral, line, month, amount, ofMonth + 1) ?? [];
      });
    });
  }

  /** Whether no entry after a place in the chain moved deferred revenue in a month or before it. */
  function holdsSince(month: Month, sequence: number): boolean {
    const moved = repository.earliestMoveSince(readable, sequence);
    return moved === null || moved >= endOf(month);
  }

  /** One month for itself. The caller has seen to the earlier ones. */
  async function recogniseOne(month: Month, control: WorkControl): Promise<RecognitionResult> {
    await dependencies.bringUpToDate?.(control);
    assertRecognisable(month);
    assertSealed(month);
    const head = repository.headSequence(readable);
    const { start, end } = timeZone.boundsOf(month);
    const invoices = repository.invoicesOfMonth(readable, { startAt: start, endAt: end, from: firstDayOf(month), before: endOf(month) });
    let posted = 0;
    for (let from = 0; from < invoices.length; from += invoicesPerBatch) {
      control.signal.throwIfAborted();
      const drafts = draftsOf(month, deferralsOf(dependencies, invoices.slice(from, from + invoicesPerBatch), month));
      if (drafts.length > 0) posted += unitOfWork.run('recognise revenue', (database) => journal.post(database, drafts).posted.length);
      control.report({ done: Math.min(from + invoicesPerBatch, invoices.length), total: invoices.length, note: `Recognising ${month}` });
      await setImmediate();
    }
    unitOfWork.run('mark a recognised month', (database) => repository.markMonth(database, month, head, clock.now()));
    return { month, invoices: invoices.length, posted };
  }

  /** Months whose mark holds: nothing has moved deferred revenue in them or before them since. One walk over what came after the oldest mark. */
  function standingMonths(): Set<Month> {
    const marks = repository.marksOfMonths(readable);
    if (marks.size === 0) return new Set();
    const moved = repository.earliestMoveSince(readable, Math.min(...marks.values()));
    return new Set([...marks.keys()].filter((month) => moved === null || moved >= endOf(month) || holdsSince(month, marks.get(month) ?? 0)));
  }

  async function firstLeftOut(control: WorkControl): Promise<Month | null> {
    const marked = [...repository.marksOfMonths(readable).keys()].toSorted();
    for (const month of marked) {
      if (repository.isClosedMonth(readable, month) || repository.isAnyRecognisedIn(readable, firstDayOf(month), endOf(month)) || repository.pendingBefore(readable, endOf(month)) > 0) continue;
      const { start, end } = timeZone.boundsOf(month);
      const invoices = repository.invoicesOfMonth(readable, { startAt: start, endAt: end, from: firstDayOf(month), before: endOf(month) });
      for (let from = 0; from < invoices.length; from += invoicesPerBatch) {
        control.signal.throwIfAborted();
        if (draftsOf(month, deferralsOf(dependencies, invoices.slice(from, from + invoicesPerBatch), month)).length > 0) return month;
        await setImmediate();
      }
    }
    return null;
  }

  /** @param isAsked the last month is looked at whatever its mark says. */
  async function recogniseUpTo(last: Month, isAsked: boolean, control: WorkControl): Promise<RecognitionResult[]> {
    const first = repository.firstDeferralDay(readable);
    const open = monthsFromTo(first === null || monthOf(first) > last ? last : monthOf(first), last).filter((month) => !repository.isClosedMonth(readable, month));
    const standing = standingMonths();
    const results: RecognitionResult[] = [];
    const wanted = open.filter((month) => !standing.has(month) || (isAsked && month === last));
    const recogniseAll = async (): Promise<void> => {
      for (const month of wanted) results.push(await recogniseOne(month, control));
    };
    if (dependencies.durability && wanted.length > 1) await dependencies.durability.relaxWhile(recogniseAll);
    else await recogniseAll();
    await dependencies.bringUpToDate?.(control);
    // The next look begins behind what this run has written.
    const head = repository.headSequence(readable);
    unitOfWork.run('mark recognised months', (database) => {
      for (const month of standingMonths()) repository.markMonth(database, month, head, clock.now());
    });
    return results;
  }

  return {
    assertRecognisable,
    async recogniseMonth(month, control = unattended) {
      assertRecognisable(month);
      return recogniseUpTo(month, true, control);
    },
    async recogniseDue(control = unattended) {
      return repository.firstDeferralDay(readable) === null ? [] : recogniseUpTo(lastOver(), false, control);
    },
    isMonthRecognised(month) {
      const mark = repository.markOfMonth(readable, month);
      if (mark !== undefined) return holdsSince(month, mark);
      const first = repository.firstDeferralDay(readable);
      return first === null || first >= endOf(month);
    },
    recognisedThrough: () => [...standingMonths(), repository.lastClosedMonth(readable)].reduce<Month | null>((last, month) => (last === null || (month !== null && month > last) ? month : last), null),
    firstLeftOut,
    restOfLines(month) {
      const lastDay = addDays(endOf(month), -1);
      const { end } = timeZone.boundsOf(month);
      const invoices = repository.invoicesOfMonth(readable, { startAt: end - 1, endAt: Number.MAX_SAFE_INTEGER, from: firstDayOf(month), before: endOf(month) });
      return deferralsOf(dependencies, invoices, month).flatMap((deferral) => linesByDay(deferral, dependencies.settings().functionalCurrency, lastDay).flatMap(({ rest }, index): DeferralView[] => {
        const line = deferral.lines[index];
        return line && rest.minor !== 0 ? [{ invoiceId: deferral.invoiceId, lineId: line.id, currency: deferral.currency, restMinor: rest.minor }] : [];
      }));
    },
  };
}

/** The deferrals of invoices that are in the books by the end of a month. */
export function deferralsOf({ readable, timeZone }: Pick<RecognitionDependencies, 'readable' | 'timeZone'>, invoiceIds: readonly string[], month: Month): Deferral[] {
  const lines = Map.groupBy(repository.linesOfInvoices(readable, invoiceIds), (line) => line.invoiceId);
  const movements = Map.groupBy(repository.movementsOfInvoices(readable, invoiceIds), (movement) => movement.invoiceId);
  return repository.invoicesById(readable, invoiceIds).flatMap((invoice): Deferral[] => {
    const rows = movements.get(invoice.id) ?? [];
    const booking = rows.find((row) => row.kind === 'invoice-finalised');
    if (!booking || booking.bookedOn >= endOf(month)) return [];
    const ofInvoice = (lines.get(invoice.id) ?? []).map((line) => toLine(line, timeZone)).filter((line) => line.period.startOn < line.period.endOn);
    if (ofInvoice.length === 0) return [];
    return [{
      invoiceId: invoice.id, bookedOn: booking.bookedOn, customerId: invoice.customerId, currency: invoice.currency, rate: booking.rate ?? null, functionalMinor: -booking.takenFunctionalMinor, lines: ofInvoice,
      movements: rows.filter((row) => row !== booking).map((row): DeferralMovement => ({ bookedOn: row.bookedOn, splitOn: row.splitAt === null ? (row.splitOn ?? row.bookedOn) : timeZone.dateOf(row.splitAt), takenMinor: row.takenMinor, takenFunctionalMinor: row.takenFunctionalMinor })),
    }];
  });
}

function toLine(row: repository.LineRow, timeZone: TimeZone): DeferredLine {
  const revenueAccount = row.usageType === 'metered' ? accountCodes.usageRevenue : row.subscriptionId === null ? accountCodes.oneOffRevenue : accountCodes.subscriptionRevenue;
  return { id: row.id, netMinor: row.netMinor, period: { startOn: timeZone.dateOf(row.startAt), endOn: timeZone.dateOf(row.endAt) }, revenueAccount };
}
