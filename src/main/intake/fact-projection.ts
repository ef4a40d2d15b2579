/**
 * From the mirror to the books: every waiting fact becomes its entries, in the order in which things happened, in short transactions. It can stop
 * anywhere: what is posted has left the queue in the same transaction.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { currencyExponent } from '../../shared/money/currency.ts';
import { DaybookError, InvariantError } from '../../shared/errors/errors.ts';
import { readTogether, type ReadableDatabase, type UnitOfWork, type WritableDatabase } from '../database/handles.ts';
import { noteState } from '../database/state-seen.ts';
import { createBookedEntries } from '../ledger/booked-entries.ts';
import { createExchangeRates } from '../ledger/exchange-rates.ts';
import type { Journal, PreparedEntry } from '../ledger/journal.ts';
import { raiseReview, settleReview, type ReviewFinding } from '../ledger/review-items.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { customerBalancePostings } from './customer-balance-postings.ts';
import { draftEntries, keysLookedFor, type AwaitedRate, type EntryGrounds, type LedgerIdentity } from './entry-drafting.ts';
import { assertPostable, codeOfUnpostable, findingOfUnpostable, reasonOfUnpostable, whilePostable, type Unpostable } from './unpostable-facts.ts';
import { openUnpostable } from './unpostable-facts.repository.ts';
import { countUnpostedFacts, dequeueFacts, parkFact, unpostedAfter, waitingAfter, type UnpostedFact } from './intake.repository.ts';
import { readFactRows, type FactRows } from './fact-rows.repository.ts';
import { loadBalanceTransaction, loadCreditNote, loadCustomerBalance, loadInvoice, type Loaded } from './posting-facts.repository.ts';
import type { FactPostings } from './posting-facts.ts';
import { balanceTransactionPostings } from './stripe-balance-postings.ts';
import { createTransactionPace } from '../database/transaction-pace.ts';
import { creditNotePostings, invoicePostings } from './stripe-invoice-postings.ts';

export interface FactProjectionDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  /** See {@link EntryGrounds.rateFirstTaken}. */
  readonly rateFirstTaken?: NonNullable<EntryGrounds['rateFirstTaken']>;
  /** Milliseconds that never go back: how long a transaction took. */
  readonly steadyNowMs?: () => number;
}

export interface ProjectionResult {
  readonly facts: number;
  readonly posted: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Facts that stay in the queue: no rate, or an object that is not here yet. */
  readonly parked: number;
}

export interface FactProjection {
  /** @param isGone whether the gateway was asked for an object and does not have it. */
  projectWaiting(identity: LedgerIdentity, isGone: (id: string) => boolean, control: WorkControl): Promise<ProjectionResult>;
  /**
   * Only what waits for a rate, without the gateway: what such a fact depends on was fetched when it was first tried. One whose object is gone at the
   * gateway waits for the next sync, which asks.
   */
  projectWaitingForRates(identity: LedgerIdentity, control: WorkControl): Promise<ProjectionResult>;
}

const factsPerTransaction = { first: 96, least: 32, most: 4_000 };

/** One that is no draft any more and does not say since when: nothing can be posted of it, and that must not go unseen. Of a void one there is nothing to post. */
function isWithoutFinalisation(rows: FactRows, invoiceId: string): boolean {
  const row = rows.invoice(invoiceId);
  return row !== undefined && row.finalised_at === null && row.status !== null && !['draft', 'void'].includes(row.status);
}

const withoutFinalisation = (invoiceId: string): ReviewFinding => ({
  code: 'invoice-without-finalisation', subjectType: 'stripe-invoice', subjectId: invoiceId, message: `Invoice ${invoiceId} is no draft and does not say when it was finalised; nothing of it is posted.`, data: { invoiceId },
});

export function loadFact(rows: FactRows, zone: TimeZone, fact: Pick<UnpostedFact, 'object_type' | 'object_id'>, isGone: (id: string) => boolean): Loaded<FactPostings> {
  const postingsOf = <Fact>(loaded: Loaded<Fact>, rule: (fact: Fact) => FactPostings): Loaded<FactPostings> => ('fact' in loaded ? { fact: rule(loaded.fact) } : loaded);
  switch (fact.object_type) {
    case 'balance_transaction':
      return postingsOf(loadBalanceTransaction(rows, zone, fact.object_id, isGone), balanceTransactionPostings);
    case 'invoice':
      return isWithoutFinalisation(rows, fact.object_id) ? { fact: { entries: [], findings: [withoutFinalisation(fact.object_id)] } } : postingsOf(loadInvoice(rows, zone, fact.object_id, isGone), invoicePostings);
    case 'credit_note':
      return postingsOf(loadCreditNote(rows, zone, fact.object_id, isGone), creditNotePostings);
    case 'customer_balance_transaction':
      return postingsOf(loadCustomerBalance(rows, zone, fact.object_id), customerBalancePostings);
  }
}

/** What becomes of a batch of facts. */
interface DraftedBatch {
  readonly entries: PreparedEntry[];
  readonly findings: ReviewFinding[];
  readonly settled: UnpostedFact[];
  readonly parked: { readonly fact: UnpostedFact; readonly reasonCode: string; readonly reason: string; readonly awaitedRate?: AwaitedRate }[];
}

interface Tally {
  facts: number;
  posted: number;
  unchanged: number;
  refused: number;
  parked: number;
}

export function createFactProjection(dependencies: FactProjectionDependencies): FactProjection {
  const { readable, unitOfWork, journal, clock, timeZone, rateFirstTaken, steadyNowMs = () => performance.now() } = dependencies;

  function draftBatch(database: ReadableDatabase, batch: readonly UnpostedFact[], { identity, rates }: Omit<EntryGrounds, 'booked' | 'rateFirstTaken'>, isGone: (id: string) => boolean): DraftedBatch {
    const drafted: DraftedBatch = { entries: [], findings: [], settled: [], parked: [] };
    const rows = readFactRows(database, identity.functionalCurrency, batch);
    const asFacts = batch.map((fact) => ({ fact, loaded: whilePostable(() => loadFact(rows, timeZone, fact, isGone)) }));
    const grounds: EntryGrounds = { identity, rates, ...(rateFirstTaken ? { rateFirstTaken } : {}), booked: createBookedEntries(database, keysLookedFor(asFacts.flatMap(({ loaded }) => ('fact' in loaded ? [loaded.fact] : [])), identity)) };
    const setAside = (fact: UnpostedFact, unpostable: Unpostable): void => {
      drafted.parked.push({ fact, reasonCode: codeOfUnpostable, reason: reasonOfUnpostable(unpostable) });
      drafted.findings.push(findingOfUnpostable(fact, unpostable));
    };
    for (const { fact, loaded } of asFacts) {
      if ('unpostable' in loaded) {
        setAside(fact, loaded);
        continue;
      }
      if ('missing' in loaded) {
        drafted.parked.push({ fact, reasonCode: 'source-missing', reason: `It needs ${loaded.missing.id}, which has not been fetched yet.` });
        continue;
      }
      if ('fact' in loaded) {
        const entries = whilePostable(() => draftEntries(loaded.fact, grounds));
        if ('parkedFor' in entries) {
          drafted.parked.push({ fact, reasonCode: entries.parkedFor, reason: entries.reason, awaitedRate: entries.awaitedRate });
          continue;
        }
        const prepared = 'unpostable' in entries ? entries : whilePostable(() => ({ entries: journal.prepare(assertPostable(entries.drafts)) }));
        if ('unpostable' in prepared) {
          setAside(fact, prepared);
          continue;
        }
        drafted.entries.push(...prepared.entries);
        drafted.findings.push(...loaded.fact.findings);
      }
      drafted.settled.push(fact);
    }
    return drafted;
  }

  function postBatch(database: WritableDatabase, { entries, findings, settled, parked }: DraftedBatch, tally: Tally, isMoreToCome: boolean): void {
    for (const { fact, reasonCode, reason, awaitedRate } of parked) parkFact(database, fact, reasonCode, reason, awaitedRate);
    for (const finding of findings) raiseReview(database, finding, clock.now());
    settleReviewsOf(database, settled);
    dequeueFacts(database, settled);
    const outcome = journal.postPrepared(database, entries, isMoreToCome);
    tally.facts += settled.length + parked.length;
    tally.parked += parked.length;
    tally.posted += outcome.posted.length;
    tally.unchanged += outcome.unchanged.length;
    tally.refused += outcome.refused.length;
  }

  /** Of which no entry could be made before, and of which one is made now: Stripe has corrected it, or a newer Daybook knows it. */
  function settleReviewsOf(database: WritableDatabase, settled: readonly UnpostedFact[]): void {
    const open = openUnpostable(database);
    if (open.size === 0) return;
    for (const fact of settled) if (open.has(fact.object_id)) settleReview(database, findingOfUnpostable(fact), clock.now());
  }

  async function projectAll(identity: LedgerIdentity, isGone: (id: string) => boolean, next: (after: UnpostedFact | undefined, limit: number) => UnpostedFact[], control: WorkControl): Promise<ProjectionResult> {
    currencyExponent(identity.functionalCurrency);
    const grounds = { identity, rates: createExchangeRates(readable, identity.functionalCurrency) };
    const tally: Tally = { facts: 0, posted: 0, unchanged: 0, refused: 0, parked: 0 };
    const total = countUnpostedFacts(readable);
    const pace = createTransactionPace({ ...factsPerTransaction, patienceMs: unitOfWork.patienceMs });
    let after: UnpostedFact | undefined;
    // Sums that an interrupted run left behind are settled too.
    let isMoreToCome = true;
    for (;;) {
      control.signal.throwIfAborted();
      const size = pace.size();
      const batch = next(after, size);
      if (batch.length === 0) break;
      isMoreToCome = batch.length === size;
      try {
        // Read and drafted before the transaction, which then only writes; again inside it where somebody else has written meanwhile.
        const stillHolds = noteState(readable);
        const drafted = readTogether(readable, () => draftBatch(readable, batch, grounds, isGone));
        const startedMs = steadyNowMs();
        unitOfWork.run('post facts', (database) => postBatch(database, stillHolds(database) ? drafted : draftBatch(database, batch, grounds, isGone), tally, isMoreToCome));
        pace.took(batch.length, steadyNowMs() - startedMs);
      } catch (error) {
        throw nameSubject(error, batch);
      }
      after = batch.at(-1);
      control.report({ done: tally.facts, total, note: 'Posting to the ledger' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (isMoreToCome) unitOfWork.run('settle the sums of the accounts', (database) => journal.settle(database));
    return tally;
  }

  return {
    projectWaiting: (identity, isGone, control) => projectAll(identity, isGone, (after, limit) => unpostedAfter(readable, after, limit), control),
    projectWaitingForRates: (identity, control) => projectAll(identity, () => false, (after, limit) => waitingAfter(readable, 'exchange-rate-missing', after, limit), control),
  };
}

/** An invariant that broke says in the log which facts were at hand. */
function nameSubject(error: unknown, batch: readonly UnpostedFact[]): unknown {
  if (!(error instanceof InvariantError)) return error;
  return new InvariantError(error.code, error.message, { data: { ...(error as DaybookError).data, firstFact: batch[0]?.object_id ?? null, lastFact: batch.at(-1)?.object_id ?? null }, cause: error });
}
