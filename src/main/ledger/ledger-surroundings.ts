/**
 * What later entries will be made from, for `ledger verify`: the settings the books were made by, the facts and entries that wait, the months marked as recognised. A change there leaves every entry
 * as it was, and makes the next ones wrong or keeps them away.
 */
import { setImmediate } from 'node:timers/promises';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { endOf, localDate, month } from '../../shared/calendar/local-date.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import { readTogether, type ReadableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { assertBalanced, inputHashOf, type JournalEntryDraft } from './journal-entry.ts';
import { documentsAfter, fixedSettings, markAhead, marksOfMonths, newestDays, stretchEnd, unbookedBetween, waitingRowsAfter, waitingSources, type DocumentKind, type FactPlace, type FixedSetting, type WaitingRow } from './ledger-surroundings.repository.ts';
import { parseProvisional, type ProvisionalEntry } from './provisional-entries.repository.ts';

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly subjectId: string;
}

/** A setting as somebody outside the file has seen it. */
export interface SettingSeen {
  readonly name: FixedSetting;
  readonly value: string;
  /** As it stands in a sentence: 'the backup of 18 November 2026, 06:00 UTC'. */
  readonly where: string;
}

const fault = (code: string, message: string, subjectId: string): Fault => ({ code, message, subjectId });

const words: Readonly<Record<FixedSetting, string>> = { gateway_account: 'Stripe account', mode: 'mode', functional_currency: 'functional currency', reporting_time_zone: 'reporting time zone' };

/**
 * The settings are those the entries were made by, and those that others have seen: `ledger-setting-differs`. Another zone would date the next entries wrongly. Account,
 * mode and functional currency are held against each entry where the chain is walked (`chain-stretch.ts`).
 */
export function faultOfSettings(database: ReadableDatabase, seen: readonly SettingSeen[]): Fault | undefined {
  const settings = fixedSettings(database);
  for (const { name, value, where } of seen) {
    const standing = settings.get(name);
    if (standing !== value) return fault('ledger-setting-differs', `The ${words[name]} of the ledger is ${standing === undefined ? 'missing' : `“${standing}”`}; ${where} has seen “${value}”.`, name);
  }
  return faultOfZone(database, settings.get('reporting_time_zone'));
}

function faultOfZone(database: ReadableDatabase, name: string | undefined): Fault | undefined {
  if (name === undefined) return undefined;
  try {
    const zone = new TimeZone(name);
    const differing = newestDays(database).find(({ createdAt, createdOn }) => zone.dateOf(createdAt) !== createdOn);
    return differing && fault('ledger-setting-differs', `The ledger is set to report in ${name}; ${differing.id} was put on ${differing.createdOn}, which it is not there.`, 'reporting_time_zone');
  } catch (error) {
    if (error instanceof DaybookError) return fault('ledger-setting-differs', `The ledger is set to report in “${name}”, which is no time zone, or a fact of it has no day there.`, 'reporting_time_zone');
    throw error;
  }
}

const [factsAtATime, entriesAtATime] = [2_000, 1_000];
const firstPlace: FactPlace = { createdAt: Number.MIN_SAFE_INTEGER, id: '' };
const lastPlace: FactPlace = { createdAt: Number.MAX_SAFE_INTEGER, id: '' };

/** Every balance transaction that moved something is in an entry or waits to be: `fact-without-entry`. Gives other work its turn. */
export async function faultOfFacts(database: ReadableDatabase, { signal }: Pick<WorkControl, 'signal'>): Promise<Fault | undefined> {
  for (let after: FactPlace | undefined = firstPlace; after; ) {
    const end: FactPlace | undefined = stretchEnd(database, after, factsAtATime);
    const id = readTogether(database, () => forgottenBetween(database, after ?? firstPlace, end ?? lastPlace));
    if (id !== undefined) return fault('fact-without-entry', `The balance transaction ${id} is in no entry and does not wait for one: its money would never be in the books.`, id);
    after = end;
    await setImmediate();
    signal.throwIfAborted();
  }
  return undefined;
}

const documentKinds = { invoice: 'invoice', credit_note: 'credit note' } as const satisfies Record<DocumentKind, string>;

/** Every invoice that was finalised and every credit note is in an entry or waits to be: `fact-without-entry`. Gives other work its turn. */
export async function faultOfDocuments(database: ReadableDatabase, { signal }: Pick<WorkControl, 'signal'>): Promise<Fault | undefined> {
  for (const kind of ['invoice', 'credit_note'] as const) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { forgotten, last }: ReturnType<typeof forgottenDocument> = readTogether(database, () => forgottenDocument(database, kind, after ?? ''));
      if (forgotten !== undefined) return fault('fact-without-entry', `The ${documentKinds[kind]} ${forgotten} is in no entry and does not wait for one: it would never be in the books.`, forgotten);
      after = last;
      await setImmediate();
      signal.throwIfAborted();
    }
  }
  return undefined;
}

/** To be read together, as below. @returns the last of them where there are more. */
function forgottenDocument(database: ReadableDatabase, kind: DocumentKind, after: string): { readonly forgotten: string | undefined; readonly last: string | undefined } {
  const documents = documentsAfter(database, kind, after, factsAtATime);
  const last = documents.length < factsAtATime ? undefined : documents.at(-1)?.id;
  const unbooked = documents.filter(({ isUnbooked }) => isUnbooked === 1);
  if (unbooked.length === 0) return { forgotten: undefined, last };
  const unsealed = waitingSources(database);
  return { forgotten: unbooked.find(({ id }) => !unsealed.has(id))?.id, last };
}

/** To be read together: what is sealed meanwhile leaves one place for another. */
function forgottenBetween(database: ReadableDatabase, after: FactPlace, upTo: FactPlace): string | undefined {
  const unbooked = unbookedBetween(database, after, upTo);
  if (unbooked.length === 0) return undefined;
  const waiting = waitingSources(database);
  return unbooked.find((id) => !waiting.has(id));
}

/** What waits for its seal says what it said when it was written: `pending-entry-wrong`. Gives other work its turn. */
export async function faultOfWaiting(database: ReadableDatabase, { signal }: Pick<WorkControl, 'signal'>): Promise<Fault | undefined> {
  for (let rows = waitingRowsAfter(database, 0, entriesAtATime); rows.length > 0; rows = waitingRowsAfter(database, rows.at(-1)?.place ?? 0, entriesAtATime)) {
    for (const row of rows) {
      const wrong = wrongOf(row);
      if (wrong !== undefined) return fault('pending-entry-wrong', `The entry ${row.key} that waits for its seal is not as it was written: ${wrong}.`, row.id);
    }
    await setImmediate();
    signal.throwIfAborted();
  }
  return undefined;
}

function wrongOf(row: WaitingRow): string | undefined {
  let entry: ProvisionalEntry;
  let hash: string;
  try {
    entry = parseProvisional(row.body);
    const draft = draftOf(entry);
    assertBalanced(draft);
    hash = inputHashOf(draft);
  } catch (error) {
    return error instanceof DaybookError ? error.message.replace(/\.$/, '') : 'its text cannot be read';
  }
  if (row.id !== idFromKey(row.key) || entry.id !== row.id || entry.key !== row.key) return 'its id does not follow from its key';
  if (hash !== row.inputHash || entry.inputHash !== row.inputHash) return 'its hash is not that of its text';
  return entry.entryDate === row.entryDate && entry.recordedAt === row.recordedAt ? undefined : 'its dates differ from its text';
}

function draftOf({ key, entryDate, kind, sourceType, sourceId, memo, reversesEntryId, concernsMonth, postings }: ProvisionalEntry): JournalEntryDraft {
  return { key, entryDate: localDate(entryDate), kind, sourceType, sourceId, memo, postings, ...(reversesEntryId === null ? {} : { reversesEntryId }), ...(concernsMonth === null ? {} : { concernsMonth: month(concernsMonth) }) };
}

/** The day before which a month cannot be over anywhere lies this much before its end by UTC. */
const earliestZoneMs = 14 * 3_600_000;

/**
 * A month marked as recognised was over then, and the mark names a place of the chain: `recognised-month-wrong`. One that is ahead of the chain would hold whatever came.
 * @param headSequence the newest entry of the chain.
 */
export function faultOfMarks(database: ReadableDatabase, headSequence: number): Fault | undefined {
  const ahead = markAhead(database, headSequence);
  if (ahead) return fault('recognised-month-wrong', `${ahead.month} is marked as recognised up to entry ${ahead.sequence}; the ledger ends with entry ${headSequence}.`, ahead.month);
  const early = marksOfMonths(database).find(({ month: name, recognisedAt }) => !/^\d{4}-(0[1-9]|1[0-2])$/.test(name) || recognisedAt < Date.parse(`${endOf(month(name))}T00:00:00Z`) - earliestZoneMs);
  return early && fault('recognised-month-wrong', `${early.month} is marked as recognised before it was over.`, early.month);
}
