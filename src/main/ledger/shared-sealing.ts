/**
 * A desk on a shared ledger (domain.md §3, Sealing): sends what waits to the one sealer, copies what is sealed, by sequence, and drops its own twin of it.
 *
 * The local journal is always the beginning of the shared chain: entries are written in order, each checked against the hash before it, in short transactions.
 * A crash anywhere is healed by copying: what was sent and not written here comes back by its sequence.
 */
import { month } from '../../shared/calendar/local-date.ts';
import { InvariantError, PermissionError, ValidationError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { Durability, ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { createTransactionPace } from '../database/transaction-pace.ts';
import { idFromKey } from '../platform/ids.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { addToAccountTotals, catchUpAccountTotals } from './account-totals.repository.ts';
import { createAccountTally } from './account-totals.ts';
import { isRestoredSince } from './anchors.ts';
import { headOfLog, loggedHash, newestRestore, type LogHead } from './anchors.repository.ts';
import { readChartOfAccounts, type Account } from './chart-of-accounts.ts';
import { raiseInputChanged } from './journal.ts';
import { ensureAccounts, headOfChain, insertSealedEntries, type JournalEntryRow, type SealedEntry } from './journal.repository.ts';
import { entriesToUpload } from './ledger-upload.repository.ts';
import { appendPeriodLog, headOfPeriodLog, readPeriodLog } from './period-close.repository.ts';
import { hashOfPeriodLogRow, periodLogStart, type PeriodLogRow } from './period-state.ts';
import { countProvisional, differingTwins, dropProvisional, hasRecordedAfter, markProvisional, parseProvisional, recordLaterOnesAt, waitingAfter, type WaitingEntry } from './provisional-entries.repository.ts';
import { raiseReview } from './review-items.ts';
import { chainStart, hashOfEntry } from './sealing.ts';
import type { SealAnswer, SealOutcome, SharedLedger, SharedLedgerState } from './shared-sealing.ports.ts';

export interface SharedSealingDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly shared: SharedLedger;
  readonly clock: Clock;
  newId(): string;
  /** The shared ledger this desk belongs to; null before it has joined one, and then nothing is exchanged. */
  joinedLedger(): string | null;
  /** Writes into the audit log that this file was begun anew where another one stood, whose audit log the shared database has seen up to `lost`. */
  noteBegunAnew(database: WritableDatabase, lost: LogHead): void;
  readonly chart?: readonly Account[];
  /** Of a connection through which nobody else writes meanwhile: many entries are not forced to disk page by page. What a power cut takes back is sealed already and comes again. */
  readonly durability?: Durability;
  /** Entries sent or asked for at once. */
  readonly pageSize?: number;
}

export interface ExchangeResult {
  /** Given their place by this call. */
  readonly sealed: number;
  /** Written here that others had sealed, or this desk before. */
  readonly copied: number;
  /** Left by the sealer, each with a review item. */
  readonly refused: number;
  /** Still waiting on this desk. */
  readonly pending: number;
}

export interface SharedSealing {
  /**
   * Everything sealed is here and everything that may be is sealed when it returns.
   * @throws ValidationError `shared-ledger-mismatch` when this desk's chain is not the shared one; InvariantError `shared-chain-broken`; ProviderError `postgres-…`.
   */
  exchange(control: WorkControl): Promise<ExchangeResult>;
  /** Whether this desk's chain can be the beginning of the shared one, or become it. @throws as {@link exchange}; PermissionError `role-too-small`. */
  assertJoinable(): Promise<void>;
  /**
   * Before a desk takes a shared ledger on: brings its chain and its log of months into an empty one. A desk is known by its machine and its place: where another file stood
   * there and is lost, the audit logs, this one's and the shared one, say that it was begun anew. @throws as {@link assertJoinable}.
   */
  bring(control: WorkControl): Promise<void>;
}

const defaultPageSize = 2_000;
const entriesPerTransaction = { first: 250, least: 50, most: 2_000 };
/** From so many entries on an exchange is a bulk load: fewer are on disk before it would pay. */
const bulkEntries = 1_000;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Head {
  readonly sequence: number;
  readonly hash: string;
}

export function createSharedSealing(dependencies: SharedSealingDependencies): SharedSealing {
  const { readable, unitOfWork, shared, clock, newId, joinedLedger, noteBegunAnew, durability, chart = readChartOfAccounts(), pageSize = defaultPageSize } = dependencies;

  const pace = createTransactionPace({ ...entriesPerTransaction, patienceMs: unitOfWork.patienceMs });
  const localHead = (database: ReadableDatabase = readable): Head => {
    const head = headOfChain(database);
    return head ? { sequence: head.ledger_sequence, hash: head.hash } : { sequence: 0, hash: chainStart };
  };

  /** Writes what follows this desk's head; entries that do not follow yet are left to the copy. */
  function append(database: WritableDatabase, entries: readonly SealedEntry[]): void {
    let head = localHead(database);
    catchUpAccountTotals(database, head.sequence);
    const tally = createAccountTally();
    const following: SealedEntry[] = [];
    for (const entry of entries) {
      const { row, postings } = entry;
      if (row.ledger_sequence <= head.sequence) continue; // another thread of this desk was quicker
      if (row.ledger_sequence !== head.sequence + 1) break;
      assertFollows(row, postings, head);
      following.push(entry);
      tally.add(row.entry_date, postings);
      head = { sequence: row.ledger_sequence, hash: row.hash };
    }
    dropTwins(database, following);
    insertSealedEntries(database, following);
    addToAccountTotals(database, tally.sums(), head.sequence);
  }

  /** This desk's own copies of what is sealed now; one that says something else is shown to a person. */
  function dropTwins(database: WritableDatabase, entries: readonly SealedEntry[]): void {
    if (entries.length === 0 || countProvisional(database) === 0) return;
    const sealed = new Map(entries.map(({ row }) => [row.id, row.input_hash]));
    for (const { id, inputHash, body } of differingTwins(database, sealed)) raiseInputChanged(database, parseProvisional(body), sealed.get(id) ?? '', inputHash, clock.now());
    dropProvisional(database, [...sealed.keys()]);
  }

  async function appendAll(entries: readonly SealedEntry[], control: WorkControl): Promise<void> {
    for (let start = 0; start < entries.length; ) {
      control.signal.throwIfAborted();
      const some = entries.slice(start, start + pace.size());
      const startedMs = performance.now();
      unitOfWork.run('ledger.copy-sealed', (database) => {
        ensureAccounts(database, chart);
        append(database, some);
      });
      pace.took(some.length, performance.now() - startedMs);
      start += some.length;
      await nextTurn();
    }
  }

  let auditTold = '';

  /** An audit log that lost what was told of it is told no further, so that the anchor goes on naming what is missing. A restore, or a file begun anew, may set it back. */
  async function tellAuditLog(): Promise<void> {
    const head = headOfLog(readable, 'audit');
    const restore = newestRestore(readable);
    if (!head || `${head.hash}/${restore ?? ''}` === auditTold) return;
    const told = await shared.auditAnchor();
    const isKept = !told || isRestoredSince(told.restore, restore) || loggedHash(readable, 'audit', told.sequence) === told.hash;
    if (isKept) await shared.recordAuditAnchor(head, restore);
    auditTold = `${head.hash}/${restore ?? ''}`;
  }

  /** Without this a new file in the place of a lost one would be called cut short for good. A second try finds what the first one noted. */
  async function noteWhatIsLost(): Promise<void> {
    const told = await shared.auditAnchor();
    if (told && !isRestoredSince(told.restore, newestRestore(readable)) && loggedHash(readable, 'audit', told.sequence) !== told.hash) unitOfWork.run('ledger.begun-anew', (database) => noteBegunAnew(database, { sequence: told.sequence, hash: told.hash }));
  }

  /** @throws ValidationError `shared-ledger-mismatch` where the shared log of months ends before this desk's, or is another one. */
  function assertSamePeriods(state: SharedLedgerState): void {
    const head = headOfPeriodLog(readable);
    if (head && state.joining === null && state.periodHash !== head.hash) throw otherLedger(`Row ${head.sequence} of this desk’s log of months is not the one of the shared ledger. Nothing was exchanged.`);
  }

  function takeOverPeriods(rows: readonly PeriodLogRow[]): void {
    if (rows.length === 0) return;
    unitOfWork.run('periods.copy', (database) => {
      for (const row of rows) {
        const before = headOfPeriodLog(database);
        if (row.sequence <= (before?.sequence ?? 0)) continue;
        const { hash, ...content } = row;
        if (row.sequence !== (before?.sequence ?? 0) + 1 || row.previousHash !== (before?.hash ?? periodLogStart) || hash !== hashOfPeriodLogRow(content)) throw chainBroken('The log of months in the shared database does not follow from its rows.');
        appendPeriodLog(database, row);
      }
    });
  }

  const readState = (): Promise<SharedLedgerState> => shared.state(headOfPeriodLog(readable)?.sequence ?? 0);

  /** Months and entries of one moment: an entry never comes before the month it needs was opened. */
  async function copy(state: SharedLedgerState, control: WorkControl): Promise<void> {
    takeOverPeriods(state.periods);
    let page = localHead().sequence < state.headSequence ? shared.entriesAfter(localHead().sequence, state.headSequence, pageSize) : null;
    while (page) {
      const entries = await page;
      const last = entries.at(-1)?.row.ledger_sequence;
      if (last === undefined) throw chainBroken(`The shared ledger lacks its entry ${localHead().sequence + 1}.`);
      page = last < state.headSequence ? shared.entriesAfter(last, state.headSequence, pageSize) : null; // on its way while this page is written
      page?.catch(() => undefined);
      await appendAll(entries, control);
      if (localHead().sequence < last) throw chainBroken(`The shared ledger lacks its entry ${localHead().sequence + 1}.`);
      control.report({ done: localHead().sequence, total: state.headSequence, note: 'Copying sealed entries' });
    }
  }

  /** What this desk's own clock calls the future was recorded while that clock was ahead: it is recorded now, or it would wait for years after the clock was set. */
  function correctFutureRecordings(): void {
    const now = clock.now();
    if (hasRecordedAfter(readable, now)) unitOfWork.run('ledger.correct-recorded', (database) => recordLaterOnesAt(database, now));
  }

  /** Seals what waits, in the order in which it was posted; the next page is on its way while the last one's answer is written. */
  async function sealWaiting(control: WorkControl): Promise<Pick<ExchangeResult, 'sealed' | 'refused'>> {
    const tally = { sealed: 0, refused: 0 };
    const total = countProvisional(readable);
    correctFutureRecordings();
    let waiting = waitingAfter(readable, 0, pageSize);
    let answer = waiting.length > 0 ? sendPage(waiting) : null;
    while (answer) {
      const { periodSequence, outcomes } = await answer;
      const next = waitingAfter(readable, waiting.at(-1)?.place ?? 0, pageSize);
      answer = next.length > 0 && !control.signal.aborted ? sendPage(next) : null;
      const isOfOurMonths = periodSequence === (headOfPeriodLog(readable)?.sequence ?? 0);
      const taken = await writeAnswer(waiting, outcomes, isOfOurMonths, control);
      tally.sealed += taken.sealed;
      tally.refused += taken.refused;
      control.report({ done: tally.sealed, total, note: 'Sealing entries' });
      waiting = next;
    }
    control.signal.throwIfAborted();
    return tally;
  }

  async function copyAndSeal(state: SharedLedgerState, control: WorkControl): Promise<Pick<ExchangeResult, 'sealed' | 'refused'>> {
    await copy(state, control);
    if (!state.maySeal || state.joining !== null || countProvisional(readable) === 0) return { sealed: 0, refused: 0 };
    const tally = await sealWaiting(control);
    await copy(await readState(), control);
    return tally;
  }

  function sendPage(waiting: readonly WaitingEntry[]): Promise<SealAnswer> {
    const answer = shared.seal(waiting.map((entry) => entry.body));
    answer.catch(() => undefined); // told by whoever awaits it
    return answer;
  }

  /** What was sealed is written from what was sent; what others sealed first comes with the copy. */
  async function writeAnswer(waiting: readonly WaitingEntry[], outcomes: readonly SealOutcome[], isOfOurMonths: boolean, control: WorkControl): Promise<{ sealed: number; refused: number }> {
    const entries: SealedEntry[] = [];
    const refused: { id: string; body: string; code: string }[] = [];
    let sealed = 0;
    let previousHash: string | undefined;
    for (const [index, { id, body }] of waiting.entries()) {
      const outcome = outcomes[index];
      if (outcome?.outcome === 'refused') refused.push({ id, body, code: outcome.code });
      if (outcome?.outcome !== 'sealed') continue;
      sealed += 1;
      previousHash ??= localHead().hash;
      entries.push(toSealedEntry(body, outcome, previousHash));
      previousHash = outcome.hash;
    }
    // The first one follows this desk's head, or all of them wait for the copy.
    if (isOfOurMonths && entries[0]?.row.ledger_sequence === localHead().sequence + 1) await appendAll(entries, control);
    if (refused.length > 0) {
      unitOfWork.run('ledger.refused', (database) => {
        for (const item of refused) tellRefused(database, item);
      });
    }
    return { sealed, refused: refused.length };
  }

  function tellRefused(database: WritableDatabase, { id, body, code }: { id: string; body: string; code: string }): void {
    const { key, kind, sourceType, sourceId } = parseProvisional(body);
    markProvisional(database, id, code);
    if (code === 'recorded-in-future') {
      // About the desk, not about each entry: a clock that is ahead would raise one for everything that was posted.
      raiseReview(database, { code: 'entry-left-unsealed', subjectType: 'desk', subjectId: 'clock', message: `Entries of this desk wait: they were recorded ahead of the shared database’s clock (${code}). Set the clock of this machine: they are sealed by the next sync then, or when that time has come.`, data: { code } }, clock.now());
      return;
    }
    raiseReview(database, { code: 'entry-left-unsealed', subjectType: sourceType, subjectId: sourceId, message: `The ${kind.replaceAll('-', ' ')} of ${sourceId} waits: the shared ledger did not seal it (${code}).`, data: { key, code } }, clock.now());
  }

  /** @throws ValidationError `shared-ledger-mismatch`; what is only here is uploaded by {@link join}. */
  async function assertSameChain(state: SharedLedgerState): Promise<void> {
    const head = localHead();
    const common = Math.min(head.sequence, state.headSequence);
    if (common === 0) return;
    const [ours, theirs] = [common === head.sequence ? head.hash : entriesToUpload(readable, common - 1, 1)[0]?.row.hash, common === state.headSequence ? state.headHash : await shared.hashAt(common)];
    if (ours !== theirs) throw otherLedger(`Entry ${common} of this desk is not the one of the shared ledger. Nothing was exchanged.`);
  }

  function isJoiningWithOurs(state: SharedLedgerState): boolean {
    const head = localHead();
    return state.joining !== null && state.joining.until === head.sequence && state.joining.hash === head.hash;
  }

  const isToBring = (state: SharedLedgerState): boolean => localHead().sequence > state.headSequence || (state.joining !== null && isJoiningWithOurs(state));

  async function assertJoinable(state: SharedLedgerState): Promise<void> {
    await assertSameChain(state);
    if (localHead().sequence <= state.headSequence) return;
    const isEmpty = state.headSequence === 0 && state.joining === null;
    if (!isEmpty && !isJoiningWithOurs(state)) throw otherLedger(`The shared ledger ends with entry ${state.headSequence}, and this desk holds ${localHead().sequence}: another ledger stands there, or it was set back. Nothing was exchanged.`);
    if (!state.mayJoin) {
      throw new PermissionError('role-too-small', 'Bringing a ledger into the shared database needs the role accountant. Nothing was uploaded.', { data: { needed: 'accountant' }, nextStep: 'Ask an accountant or an admin to connect this desk.' });
    }
  }

  /** Brings this desk's chain into an empty shared ledger. It can stop anywhere and goes on where it stopped. */
  async function join(control: WorkControl): Promise<void> {
    const head = localHead();
    let sequence = await shared.beginJoin(head.sequence, head.hash);
    while (sequence < head.sequence) {
      control.signal.throwIfAborted();
      const page = entriesToUpload(readable, sequence, pageSize);
      await shared.upload(page);
      sequence = page.at(-1)?.row.ledger_sequence ?? head.sequence;
      control.report({ done: sequence, total: head.sequence, note: 'Uploading the ledger' });
    }
    await shared.finishJoin(readPeriodLog(readable), newId());
  }

  return {
    async assertJoinable() {
      await assertJoinable(await readState());
    },
    async bring(control) {
      const state = await readState();
      await assertJoinable(state);
      if (isToBring(state)) await join(control);
      await noteWhatIsLost();
    },
    async exchange(control) {
      const before = localHead();
      const joined = joinedLedger();
      if (joined === null) return { sealed: 0, copied: 0, refused: 0, pending: countProvisional(readable) };
      let state = await readState();
      if (state.ledgerId !== joined) throw otherLedger('The shared database holds another ledger than the one this desk belongs to. Nothing was exchanged.');
      await assertJoinable(state);
      if (isToBring(state)) {
        await join(control);
        state = await readState();
      }
      assertSamePeriods(state);
      const isBulk = countProvisional(readable) + state.headSequence - before.sequence >= bulkEntries;
      const tally = durability && isBulk ? await durability.relaxWhile(() => copyAndSeal(state, control)) : await copyAndSeal(state, control);
      const head = localHead();
      if (head.sequence > 0 && head.hash !== before.hash) await shared.recordAnchor(head.sequence, head.hash);
      await tellAuditLog();
      return { ...tally, copied: Math.max(0, head.sequence - before.sequence - tally.sealed), pending: countProvisional(readable) };
    },
  };
}

function toSealedEntry(body: string, outcome: Extract<SealOutcome, { outcome: 'sealed' }>, previousHash: string): SealedEntry {
  const entry = parseProvisional(body);
  return {
    row: {
      ledger_sequence: outcome.sequence, id: entry.id, entry_date: outcome.entryDate, recorded_at: entry.recordedAt, kind: entry.kind, source_type: entry.sourceType, source_id: entry.sourceId, idempotency_key: entry.key,
      input_hash: entry.inputHash, reverses_entry_id: entry.reversesEntryId, concerns_month: outcome.concernsMonth === null ? null : month(outcome.concernsMonth), memo: entry.memo, previous_hash: previousHash, hash: outcome.hash,
    },
    postings: entry.postings,
  };
}

/** An entry is believed when its hash follows from what it says and from the entry before it. */
function assertFollows(row: JournalEntryRow, postings: SealedEntry['postings'], head: Head): void {
  if (row.previous_hash !== head.hash || row.hash !== hashOfEntry(row, postings) || row.id !== idFromKey(row.idempotency_key)) throw chainBroken(`Entry ${row.ledger_sequence} of the shared ledger does not follow from what it says and from the entry before it.`);
}

function chainBroken(message: string): InvariantError {
  return new InvariantError('shared-chain-broken', `${message} Nothing from there on was copied; this desk keeps what it had.`, { nextStep: 'Ask who can write to the shared database, and compare it with a backup.' });
}

function otherLedger(message: string): ValidationError {
  return new ValidationError('shared-ledger-mismatch', message, { nextStep: 'Check the address of the shared database, or start a fresh data folder for this ledger.' });
}
