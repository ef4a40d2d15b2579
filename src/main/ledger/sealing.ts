/**
 * The local twin of the sealing function (domain.md §3): checks the period, gives the sequence number and chains the hash. It works inside the
 * caller's transaction, which holds SQLite's only write lock: that is the lock on the ledger row.
 */
import { hash } from 'node:crypto';
import type { ReadableDatabase, WritableDatabase } from '../database/handles.ts';
import type { JournalEntryDraft, PostingDraft } from './journal-entry.ts';
import { accountTotalsMark, addToAccountTotals, catchUpAccountTotals } from './account-totals.repository.ts';
import { createAccountTally, type AccountTally } from './account-totals.ts';
import { quoted, quotedOrNull } from './json-text.ts';
import { closedMonths, headOfChain, insertSealedEntries, type JournalEntryRow, type SealedEntry } from './journal.repository.ts';
import { datedForOpenMonth, lastClosedMonth } from './period-state.ts';

/** What the first entry names as the hash before it. */
export const chainStart = '0'.repeat(64);

/** An entry with its input hash, ready to be sealed. */
export interface SealRequest {
  /** The entry's id, derived from its key. */
  readonly id: string;
  readonly draft: JournalEntryDraft;
  readonly inputHash: string;
  readonly recordedAt: number;
}

/** Port: whoever gives sequence and hash. With a shared database that is its server function; alone it is {@link createLocalSealer}. */
export interface Sealer {
  /** @param isMoreToCome the kept sums of the accounts may be brought up to date with what comes next, or by {@link settle}: one road for many transactions. */
  seal(database: WritableDatabase, requests: readonly SealRequest[], isMoreToCome?: boolean): void;
  /** Brings the kept sums of the accounts up to the newest entry, where the sealer keeps them. */
  settle?(database: WritableDatabase): void;
  /** The input hash of an entry that waits for its seal, where the sealer is not at hand in the caller's transaction. */
  waitingInputHash?(database: ReadableDatabase, id: string): string | undefined;
}

/** The canonical text of a sealed entry: JSON in fixed field order, no white space, every posting in its line order. */
export function canonicalEntryText(entry: Omit<JournalEntryRow, 'hash'>, postings: readonly PostingDraft[]): string {
  let lines = '';
  for (const posting of postings) {
    if (lines !== '') lines += ',';
    lines += `{"accountCode":${quoted(posting.accountCode)},"amount":${posting.amount},"currency":${quoted(posting.currency)},"direction":"${posting.direction}","functionalAmount":${posting.functionalAmount},"partyId":${quotedOrNull(posting.partyId)},"rate":${quotedOrNull(posting.rate)}}`;
  }
  return `{"concernsMonth":${quotedOrNull(entry.concerns_month)},"entryDate":${quoted(entry.entry_date)},"id":${quoted(entry.id)},"idempotencyKey":${quoted(entry.idempotency_key)},"inputHash":${quoted(entry.input_hash)},"kind":${quoted(entry.kind)},"ledgerSequence":${entry.ledger_sequence},"memo":${quoted(entry.memo)},"postings":[${lines}],"previousHash":${quoted(entry.previous_hash)},"recordedAt":${entry.recorded_at},"reversesEntryId":${quotedOrNull(entry.reverses_entry_id)},"sourceId":${quoted(entry.source_id)},"sourceType":${quoted(entry.source_type)}}`;
}

export function hashOfEntry(entry: Omit<JournalEntryRow, 'hash'>, postings: readonly PostingDraft[]): string {
  return hash('sha256', canonicalEntryText(entry, postings), 'hex');
}

interface ChainHead {
  sequence: number;
  hash: string;
}

function readHead(database: ReadableDatabase): ChainHead {
  const head = headOfChain(database);
  return head ? { sequence: head.ledger_sequence, hash: head.hash } : { sequence: 0, hash: chainStart };
}

/**
 * Entries that are sealed and not in the kept sums yet, at most about so many: whoever reads adds them from their postings. A transaction touches the sums of some sixty
 * accounts, currencies and days, each on a page of its own.
 */
const mostUnsummed = 2_000;

/**
 * What was sealed since the kept sums were last brought up to date. It holds while the sums still end where it begins and the chain still ends where it ends: else somebody
 * else has sealed or summed, or a transaction was rolled back.
 */
interface Unsummed {
  readonly from: number;
  headHash: string;
  entries: number;
  readonly tally: AccountTally;
}

export function createLocalSealer(): Sealer {
  let unsummed: Unsummed | undefined;

  /** What is still to be added at this head, for whoever adds it; what else lies behind the mark is added from its postings now. */
  function takeUnsummed(database: WritableDatabase, head: ChainHead): Unsummed {
    const known = unsummed;
    unsummed = undefined;
    if (known?.headHash === head.hash && known.from === accountTotalsMark(database)) return known;
    catchUpAccountTotals(database, head.sequence);
    return { from: head.sequence, headHash: head.hash, entries: 0, tally: createAccountTally() };
  }

  function settle(database: WritableDatabase): void {
    const head = readHead(database);
    const { tally, entries } = takeUnsummed(database, head);
    if (entries > 0) addToAccountTotals(database, tally.sums(), head.sequence);
  }

  return {
    settle,
    seal(database, requests, isMoreToCome = false) {
      if (requests.length === 0) {
        if (!isMoreToCome && unsummed) settle(database);
        return;
      }
      const lastClosed = lastClosedMonth(closedMonths(database));
      const head = readHead(database);
      const behind = takeUnsummed(database, head);
      const { tally } = behind;
      const sealed: SealedEntry[] = [];
      for (const { id, draft, inputHash, recordedAt } of requests) {
        const { entryDate, concernsMonth } = datedForOpenMonth(draft, lastClosed);
        const unhashed = {
          ledger_sequence: head.sequence + 1,
          id,
          entry_date: entryDate,
          recorded_at: recordedAt,
          kind: draft.kind,
          source_type: draft.sourceType,
          source_id: draft.sourceId,
          idempotency_key: draft.key,
          input_hash: inputHash,
          reverses_entry_id: draft.reversesEntryId ?? null,
          concerns_month: concernsMonth,
          memo: draft.memo,
          previous_hash: head.hash,
        };
        const row = { ...unhashed, hash: hashOfEntry(unhashed, draft.postings) };
        sealed.push({ row, postings: draft.postings });
        tally.add(entryDate, draft.postings);
        head.sequence += 1;
        head.hash = row.hash;
      }
      insertSealedEntries(database, sealed);
      behind.entries += sealed.length;
      behind.headHash = head.hash;
      if (isMoreToCome && behind.entries < mostUnsummed) unsummed = behind;
      else addToAccountTotals(database, tally.sums(), head.sequence);
    },
  };
}
