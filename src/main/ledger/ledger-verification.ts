/**
 * `daybook ledger verify`: recomputes every hash, the chain, balances, accounts, periods, the kept totals and the audit log's chain, looks whether
 * the guards still stand and whether what later entries will be made from is what it was, and names the first thing that is wrong. It only reads.
 */
import { expectedSchema, standingSchema } from '../database/file-schema.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { accountTotalsUpTo } from './account-totals.repository.ts';
import { createTallyOfSums, keyOfSum, type AccountDaySum } from './account-totals.ts';
import { faultOfAnchors, type Anchor, type AnchorSource } from './anchors.ts';
import { verifyStretch, type LedgerFault, type StretchControl, type StretchOrder, type StretchResult } from './chain-stretch.ts';
import { faultOfAccounts, faultOfPeriods } from './ledger-grounds.ts';
import { faultOfGuards } from './ledger-guards.ts';
import { faultOfDocuments, faultOfFacts, faultOfMarks, faultOfSettings, faultOfWaiting } from './ledger-surroundings.ts';
import { chainStart } from './sealing.ts';
import { differingDailyTotal, entryCount, headSequence, lowestSequence, orphanPosting, postingCount } from './ledger-verification.repository.ts';

export type { LedgerFault } from './chain-stretch.ts';

export interface VerifyResult {
  readonly isSound: boolean;
  readonly entries: number;
  readonly postings: number;
  readonly headHash: string | null;
  readonly firstFault: LedgerFault | null;
}

/** What is wrong beside the chain: an entry before its start, postings nobody owns, a cache that does not say what its rows say. */
function faultOutsideChain(database: ReadableDatabase, postingsSeen: number): LedgerFault | undefined {
  const lowest = lowestSequence(database);
  if (lowest !== null && lowest < 1) return { code: 'ledger-sequence-gap', message: `There is an entry ${lowest} before the first one: the fact it stands for would pass for posted.`, subjectId: String(lowest) };
  if (postingCount(database) !== postingsSeen) {
    const orphan = orphanPosting(database);
    return { code: 'posting-without-entry', message: 'There are postings that belong to no entry.', subjectId: orphan === undefined ? 'unknown' : String(orphan) };
  }
  const total = differingDailyTotal(database);
  return total && { code: 'daily-totals-differ', message: `The daily total of ${total.type} in ${total.currency.toUpperCase()} on ${total.day_on} is not the sum of its balance transactions.`, subjectId: `${total.day_on}/${total.currency}/${total.type}` };
}

/** @returns 'more' when entries were added since the last stretch was read. */
function faultOfAccountTotals(database: ReadableDatabase, recomputed: readonly AccountDaySum[], verifiedUpTo: number): LedgerFault | 'more' | undefined {
  const { sums, mark } = accountTotalsUpTo(database, verifiedUpTo);
  if (mark > verifiedUpTo && headSequence(database) > verifiedUpTo) return 'more';
  if (mark > verifiedUpTo) return { code: 'account-totals-differ', message: `The totals of the accounts go up to entry ${mark}, the entries to ${verifiedUpTo}.`, subjectId: String(mark) };
  const kept = new Map(sums.map((sum) => [keyOfSum(sum), sum]));
  const differing = recomputed.find((sum) => {
    const other = kept.get(keyOfSum(sum));
    kept.delete(keyOfSum(sum));
    return !other || other.debitMinor !== sum.debitMinor || other.creditMinor !== sum.creditMinor || other.functionalMinor !== sum.functionalMinor || other.entries !== sum.entries;
  }) ?? kept.values().next().value;
  return differing && { code: 'account-totals-differ', message: `The total of account ${differing.accountCode || 'any'} in ${differing.currency.toUpperCase() || 'any currency'} on ${differing.dayOn} is not the sum of its postings.`, subjectId: keyOfSum(differing) };
}

/** What is wrong with the ground the entries stand on: a guard that was taken away or weakened, a table or an index that is not as it was made, an account that means something else than in the chart, a month that is not what its log says. */
function faultOfGround(database: ReadableDatabase, headSequence: number): LedgerFault | undefined {
  return faultOfGuards(expectedSchema(), standingSchema(database)) ?? faultOfAccounts(database) ?? faultOfPeriods(database, headSequence);
}

/** The months that are marked as recognised: `revenue/recognition.ts`. */
export interface RecognitionPort {
  /** The first open month that is marked as recognised, in which something was earned and nothing is recognised; null when there is none. */
  firstLeftOut(control: WorkControl): Promise<string | null>;
}

/** What is wrong with what later entries will be made from. */
async function faultOfSurroundings({ readable: database, anchors, recognition }: LedgerVerificationDependencies, headSequence: number, control: WorkControl): Promise<LedgerFault | undefined> {
  const found = faultOfSettings(database, anchors?.settings?.() ?? []) ?? (await faultOfFacts(database, control)) ?? (await faultOfDocuments(database, control)) ?? (await faultOfWaiting(database, control)) ?? faultOfMarks(database, headSequence);
  if (found) return found;
  const month = (await recognition?.firstLeftOut(control)) ?? null;
  return month === null ? undefined : { code: 'recognised-month-wrong', message: `${month} is marked as recognised, and nothing of what it earned is.`, subjectId: month };
}

/** The audit log's own check of its chain: `audit/audit-log.ts`. */
export interface AuditChainPort {
  verify(database: ReadableDatabase): { readonly firstBroken: { readonly sequence: number; readonly entity: string; readonly entityId: string } | null };
}

function faultOfAudit(database: ReadableDatabase, audit: AuditChainPort): LedgerFault | undefined {
  const broken = audit.verify(database).firstBroken;
  return broken ? { code: 'audit-chain-broken', message: `Row ${broken.sequence} of the audit log was changed, or one before it was taken out.`, subjectId: `${broken.entity}/${broken.entityId}` } : undefined;
}

export interface LedgerVerification {
  /** Reads the whole ledger in stretches and gives other work its turn between them. A signal that is aborted throws its reason. */
  verify(control: WorkControl): Promise<VerifyResult>;
}

export interface LedgerVerificationDependencies {
  readonly readable: ReadableDatabase;
  /** Left out where only the books are looked at. */
  readonly audit?: AuditChainPort;
  /** Left out where only the books are looked at. */
  readonly recognition?: RecognitionPort;
  /** Heads of the chain, and settings, seen from outside the file. */
  readonly anchors?: AnchorSource;
  /** Verifies a stretch on a thread of its own, with a connection of its own. */
  readonly onOtherThread?: StretchVerifier;
  /** How many entries a chain has at least that two threads share. */
  readonly sharedFrom?: number;
}

export type StretchVerifier = (order: StretchOrder, control: StretchControl) => Promise<StretchResult>;

export function createLedgerVerification(dependencies: LedgerVerificationDependencies): LedgerVerification {
  return { verify: async (control) => verifyAll(dependencies, (await dependencies.anchors?.known(control.signal)) ?? [], control) };
}

/** Shorter chains are verified on one thread: to start another takes longer. */
const usuallySharedFrom = 50_000;

/** The chain up to its head, in two halves side by side where another thread takes one. The first fault is the one with the lowest sequence. */
async function verifyChain({ readable: database, onOtherThread, sharedFrom = usuallySharedFrom }: LedgerVerificationDependencies, from: number, head: number, control: WorkControl): Promise<StretchResult[]> {
  const done = [0, 0];
  const reporting = (part: 0 | 1, signal: AbortSignal): StretchControl => ({
    signal,
    report: (entries) => {
      done[part] = entries;
      control.report({ done: from + (done[0] ?? 0) + (done[1] ?? 0), total: head, note: 'Verifying the ledger' });
    },
  });
  if (!onOtherThread || head - from < sharedFrom) return [await verifyStretch(database, { after: from, upTo: head }, reporting(0, control.signal))];
  const middle = from + Math.floor((head - from) / 2);
  const stop = new AbortController();
  const signal = AbortSignal.any([control.signal, stop.signal]);
  const halves = [onOtherThread({ after: from, upTo: middle }, reporting(0, signal)), verifyStretch(database, { after: middle, upTo: head }, reporting(1, signal))];
  try {
    return await Promise.all(halves);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(halves);
    throw error;
  }
}

async function verifyAll(dependencies: LedgerVerificationDependencies, anchors: readonly Anchor[], control: WorkControl): Promise<VerifyResult> {
  const { readable: database, audit } = dependencies;
  const total = entryCount(database);
  const sums = createTallyOfSums();
  let postings = 0;
  let strange: LedgerFault | null = null;
  let last = { sequence: 0, hash: chainStart };
  const result = (firstFault: LedgerFault | undefined): VerifyResult => ({ isSound: firstFault === undefined, entries: total, postings, headHash: last.sequence === 0 ? null : last.hash, firstFault: firstFault ?? null });
  // Entries that are added meanwhile are taken in by another round.
  for (let head = headSequence(database); ; head = headSequence(database)) {
    for (const stretch of await verifyChain(dependencies, last.sequence, head, control)) {
      postings += stretch.postings;
      sums.add(stretch.sums);
      last = { sequence: stretch.lastSequence, hash: stretch.lastHash };
      if (stretch.fault) return result(stretch.fault);
      strange ??= stretch.strange;
    }
    const fault = faultOfAnchors(database, anchors) ?? faultOutsideChain(database, postings) ?? faultOfAccountTotals(database, sums.all(), last.sequence) ?? faultOfGround(database, last.sequence) ?? (audit && faultOfAudit(database, audit));
    if (fault !== 'more') return result(fault ?? strange ?? (await faultOfSurroundings(dependencies, last.sequence, control)));
  }
}
