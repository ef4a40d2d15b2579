/**
 * Puts every issued document away where the company keeps them. What is to be put away is found from the books at each run, what was put away is noted with where and with its hash; a document that could
 * not be put away is tried again until it is (docs/adr/0030). Nothing in the archive is ever written over.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, StorageError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { Logger } from '../platform/logger.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { destinationOf, mustBeSetUp, type ArchivePlace, type ArchiveSettings } from './archive-settings.ts';
import {
  countArchived, forgetOpenElsewhere, hasDueDocuments, hasUnnotedDocuments, listArchived, listArchivedOf, listDueDocuments, makeDocumentsDue, noteIssuedDocuments, noteMissed, noteStored, type ArchiveCounts, type ArchivedDocument, type ArchivedWindow,
} from './archived-document.repository.ts';
import type { ArchivedSubject, ArchiveStore, AuditPort, IssuedDocumentsPort, StoredFile } from './archiving.ports.ts';

export interface DocumentArchiveDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly settings: ArchiveSettings;
  /** @throws ValidationError `archive-secret-missing`. */
  openStore(place: ArchivePlace): ArchiveStore;
  readonly documents: IssuedDocumentsPort;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ArchiveResult {
  readonly stored: number;
  /** To be tried again. */
  readonly missed: number;
  /** Of those, at most a hundred, with why. */
  readonly problems: readonly { readonly number: string; readonly code: string; readonly message: string }[];
  /** The place is left alone until then, and nothing was tried. */
  readonly pausedUntil: number | null;
}

export interface DocumentArchive {
  /**
   * Puts away what is due; when a person asked, everything that is not there.
   * @throws StateError `archive-not-set-up`; ProviderError, PermissionError or StorageError `archive-…` when the place cannot be used. Nothing is lost: documents wait.
   */
  run(request: { readonly actor: string; readonly isAsked: boolean; readonly control: WorkControl }): Promise<ArchiveResult>;
  /** Where documents go from now on; null: nowhere. What was yet to go to another place goes there no more. @throws as `ArchiveSettings.save`. */
  setPlace(place: ArchivePlace | null, act: { readonly actor: string; readonly requestId?: string }): void;
  /** Something is due, and the desk does not pause. */
  isDue(): boolean;
  counts(): ArchiveCounts | null;
  list(window: ArchivedWindow): { readonly rows: readonly ArchivedDocument[]; readonly total: number };
  of(subject: ArchivedSubject): readonly ArchivedDocument[];
}

const minuteMs = 60_000;
/** After the n-th miss of a document; the last one is repeated for ever. */
const delaysMs = [minuteMs, 5 * minuteMs, 30 * minuteMs, 180 * minuteMs, 720 * minuteMs];
const longestPauseMs = 60 * minuteMs;
/** After so many misses a document is said to have failed; it is tried on. */
const failsAfter = 3;
/** Under way at once: while one is on the line, another is opened. */
const lanes = 4;
const together = 200;
const mostProblems = 100;

export function createDocumentArchive(dependencies: DocumentArchiveDependencies): DocumentArchive {
  const { readable, unitOfWork, settings, documents, audit, clock } = dependencies;

  /** Under its number, or, where another file has that name, under its number and what is in it. */
  async function putAway(store: ArchiveStore, document: ArchivedDocument, signal: AbortSignal): Promise<{ file: StoredFile; sha256: string; byteLength: number }> {
    const { number, year, bytes } = await documents.open(document);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const name = `${year}/${number.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_')}`;
    let file = await store.put(`${name}.pdf`, { bytes, sha256 }, signal);
    if (file.outcome === 'name-taken') file = await store.put(`${name}.${sha256.slice(0, 12)}.pdf`, { bytes, sha256 }, signal);
    if (file.outcome === 'name-taken') throw new StorageError('document-name-taken', `In the archive, other files stand under both names of ${number}.`, { data: { location: file.location }, nextStep: 'See what lies there, and move it away; the document goes there at the next run.' });
    return { file, sha256, byteLength: bytes.byteLength };
  }

  function noteMiss(document: ArchivedDocument, destination: string, error: DaybookError): void {
    const delay = delaysMs[Math.min(document.attempts, delaysMs.length - 1)] ?? minuteMs;
    const state = document.attempts + 1 >= failsAfter && !isOfThePlace(error) ? 'failed' : 'waiting';
    unitOfWork.run('archive.missed', (database) => noteMissed(database, document, destination, { state, nextAttemptAt: clock.now() + delay, errorCode: error.code, errorMessage: error.message }));
  }

  /** Something in the way of every document: the desk leaves the place alone for a while. */
  function notePause(error: DaybookError): void {
    const failures = (settings.pause()?.failures ?? 0) + 1;
    settings.setPause({ until: clock.now() + Math.min(minuteMs * 2 ** (failures - 1), longestPauseMs), failures, code: error.code, message: error.message });
  }

  async function run({ actor, isAsked, control }: Parameters<DocumentArchive['run']>[0]): Promise<ArchiveResult> {
    const place = mustBeSetUp(settings);
    const destination = destinationOf(place);
    const pause = settings.pause();
    if (!isAsked && pause && pause.until > clock.now()) return { stored: 0, missed: 0, problems: [], pausedUntil: pause.until };
    const startedAt = clock.now();
    while (unitOfWork.run('archive.note-issued', (database) => noteIssuedDocuments(database, destination, startedAt)) > 0) control.signal.throwIfAborted();
    if (isAsked) unitOfWork.run('archive.all-due', (database) => makeDocumentsDue(database, destination, startedAt));
    const { waiting, failed } = countArchived(readable, destination);
    const result = { stored: 0, missed: 0, problems: [] as { number: string; code: string; message: string }[] };
    let trouble: unknown = null;
    try {
      const store = dependencies.openStore(place);
      // What is missed goes behind its time, so that the list gets shorter with each document.
      for (let due = listDueDocuments(readable, destination, startedAt, together); due.length > 0 && trouble === null; due = listDueDocuments(readable, destination, startedAt, together)) {
        const rest = due.values();
        const lane = async (): Promise<void> => {
          for (const document of rest) {
            if (trouble !== null) return;
            control.signal.throwIfAborted();
            control.report({ done: result.stored, total: waiting + failed, note: `Archiving ${document.number}` });
            try {
              const { file, sha256, byteLength } = await putAway(store, document, control.signal);
              unitOfWork.run('archive.stored', (database) => {
                noteStored(database, document, destination, { location: file.location, sha256, byteLength }, clock.now());
                audit.append(database, { entity: document.type === 'invoice' ? 'invoice' : 'receivable-act', entityId: document.id, action: 'archive', actor, diff: { number: document.number, location: file.location, sha256 } });
              });
              result.stored += 1;
            } catch (error) {
              if (!(error instanceof DaybookError) || error.kind === 'invariant') throw error;
              noteMiss(document, destination, error);
              result.missed += 1;
              if (result.problems.length < mostProblems) result.problems.push({ number: document.number, code: error.code, message: error.message });
              if (isOfThePlace(error)) trouble ??= error;
            }
          }
        };
        await Promise.all(Array.from({ length: lanes }, lane));
      }
    } catch (error) {
      if (!isOfThePlace(error)) throw error;
      trouble = error;
    }
    if (isOfThePlace(trouble)) {
      notePause(trouble);
      throw trouble;
    }
    if (settings.pause()) settings.setPause(null);
    return { ...result, pausedUntil: null };
  }

  function setPlace(place: ArchivePlace | null, act: { readonly actor: string; readonly requestId?: string }): void {
    settings.save(place);
    const kept = settings.read();
    const destination = kept && destinationOf(kept);
    unitOfWork.run('archive.set-place', (database) => {
      forgetOpenElsewhere(database, destination);
      audit.append(database, { entity: 'setting', entityId: 'archive', action: 'set', actor: act.actor, requestId: act.requestId, diff: { destination } });
    });
  }

  return {
    run, setPlace,
    isDue() {
      const place = settings.read();
      if (!place) return false;
      const pause = settings.pause();
      if (pause && pause.until > clock.now()) return false;
      const destination = destinationOf(place);
      return hasDueDocuments(readable, destination, clock.now()) || hasUnnotedDocuments(readable, destination);
    },
    counts() {
      const place = settings.read();
      return place && countArchived(readable, destinationOf(place));
    },
    list(window) {
      const place = settings.read();
      return place ? listArchived(readable, destinationOf(place), window) : { rows: [], total: 0 };
    },
    of: (subject) => listArchivedOf(readable, subject),
  };
}

/** Whatever comes of the place and the way to it is named so. */
const isOfThePlace = (error: unknown): error is DaybookError => error instanceof DaybookError && error.code.startsWith('archive-');
