/**
 * The one door into the books: entries are posted inside the caller's own unit of work, so that the facts and their entry stand or fall together.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { WritableDatabase } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { readChartOfAccounts, type Account } from './chart-of-accounts.ts';
import { assertBalanced, inputHashOf, storableDraft, type JournalEntryDraft } from './journal-entry.ts';
import { ensureAccounts, inputHashesOfEntries, raiseReviewItem } from './journal.repository.ts';
import { createLocalSealer, type Sealer, type SealRequest } from './sealing.ts';

export interface JournalDependencies {
  readonly clock: Clock;
  /** The local twin unless a shared database seals. */
  readonly sealer?: Sealer;
  readonly chart?: readonly Account[];
}

/** Keys by what became of them. */
export interface PostingOutcome {
  readonly posted: readonly string[];
  /** Already in the books, saying the same. */
  readonly unchanged: readonly string[];
  /** Already in the books, saying something else: nothing was posted, a review item was raised. */
  readonly refused: readonly string[];
}

/** A draft that balances, with its id and the hash of what it says. */
export interface PreparedEntry {
  readonly id: string;
  readonly draft: JournalEntryDraft;
  readonly inputHash: string;
}

export interface Journal {
  /**
   * Posts entries in the given order inside the caller's transaction. Same key and same input is the same entry; same key with other input posts
   * nothing and raises a review item `entry-input-changed`.
   * @throws InvariantError when a draft does not balance: the caller's transaction rolls back.
   */
  post(database: WritableDatabase, drafts: readonly JournalEntryDraft[]): PostingOutcome;
  /** The first half of {@link post}, before the transaction: nothing is read and nothing written. @throws InvariantError as there. */
  prepare(drafts: readonly JournalEntryDraft[]): PreparedEntry[];
  /**
   * The second half.
   * @param isMoreToCome another transaction follows, or {@link settle}: the kept sums of the accounts need not be up to date between them.
   */
  postPrepared(database: WritableDatabase, entries: readonly PreparedEntry[], isMoreToCome?: boolean): PostingOutcome;
  /** After the last of many transactions. Whoever is interrupted before leaves it to the next who posts. */
  settle(database: WritableDatabase): void;
}

/** `createJournal({ clock })`, used as `unitOfWork.run('…', (database) => journal.post(database, [draft]))`. */
export function createJournal(dependencies: JournalDependencies): Journal {
  const { clock, sealer = createLocalSealer(), chart = readChartOfAccounts() } = dependencies;
  const prepare = (drafts: readonly JournalEntryDraft[]): PreparedEntry[] =>
    drafts.map((given) => {
      const draft = storableDraft(given);
      assertBalanced(draft);
      return { id: idFromKey(draft.key), draft, inputHash: inputHashOf(draft) };
    });

  function postPrepared(database: WritableDatabase, entries: readonly PreparedEntry[], isMoreToCome = false): PostingOutcome {
    const outcome = { posted: [] as string[], unchanged: [] as string[], refused: [] as string[] };
    const requests = new Map<string, SealRequest>();
    if (entries.length > 0) {
      ensureAccounts(database, chart);
      const recordedAt = clock.now();
      const inBooks = inputHashesOfEntries(database, entries.map(({ id }) => id));
      for (const { id, draft, inputHash } of entries) {
        const known = requests.get(draft.key)?.inputHash ?? inBooks.get(id) ?? sealer.waitingInputHash?.(database, id);
        if (known === undefined) requests.set(draft.key, { id, draft, inputHash, recordedAt });
        else if (known === inputHash) outcome.unchanged.push(draft.key);
        else {
          outcome.refused.push(draft.key);
          raiseInputChanged(database, draft, known, inputHash, recordedAt);
        }
      }
    }
    sealer.seal(database, [...requests.values()], isMoreToCome);
    outcome.posted.push(...requests.keys());
    return outcome;
  }

  return { prepare, postPrepared, post: (database, drafts) => postPrepared(database, prepare(drafts)), settle: (database) => sealer.settle?.(database) };
}

/** Same key, other input: nothing is posted, a person looks at it. */
export function raiseInputChanged(database: WritableDatabase, draft: Pick<JournalEntryDraft, 'key' | 'sourceType' | 'sourceId'>, known: string, inputHash: string, raisedAt: number): void {
  raiseReviewItem(database, {
    id: idFromKey(`review/entry-input-changed/${draft.key}/${inputHash}`),
    code: 'entry-input-changed',
    subjectType: draft.sourceType,
    subjectId: draft.sourceId,
    message: `${draft.sourceId} says something else than the entry made from it. The books were left as they are.`,
    data: { key: draft.key, postedInputHash: known, newInputHash: inputHash, draft },
    raisedAt,
  });
}
