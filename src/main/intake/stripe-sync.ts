/**
 * Stripe in, books out: refill on a new machine, increments from then on. Everything is staged or mirrored first and posted from there, so that
 * any order, any duplicate and any crash between the stages ends in the same books (domain.md §2).
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { Durability, ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { Journal } from '../ledger/journal.ts';
import { createMirror } from '../mirror/mirror.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { readCustomerBalances } from './customer-balances.ts';
import { createFactCompletion } from './fact-completion.ts';
import type { LedgerIdentity } from './entry-drafting.ts';
import { createFactProjection, type ProjectionResult } from './fact-projection.ts';
import { findOpenGap, noteGap, parkedByReason, readCursor, saveCursor, saveFailure, type EventGap } from './intake.repository.ts';
import { confirmIdentity, refuseMode } from './ledger-identity.ts';
import { createObjectIntake } from './object-intake.ts';
import { readPayoutContents } from './payout-contents.ts';
import { createRelayedEvents } from './relayed-events.ts';
import { createSharedInbox, type SharedInboxResult } from './shared-inbox.ts';
import type { SharedInboxSource } from './shared-inbox.ports.ts';
import { createdSeconds, createStripeEvents, errorCodeOf, type EventsResult } from './stripe-events.ts';
import { completedRefill, createStripeRefill, eventsBridgeMs, markRefillComplete } from './stripe-refill.ts';
import type { GatewayAccount, GatewaySource } from './stripe-sync.ports.ts';
import { settleUnlisted } from './unlisted-objects.ts';

export interface StripeSyncDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  /** What `daybook relay` received; absent on a desk without a shared database. */
  readonly sharedInbox?: SharedInboxSource;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  /** For a new ledger; the gateway account's default currency when absent. */
  readonly functionalCurrency?: string;
  readonly steadyNowMs?: () => number;
  /** In a rebuild: the rate an entry was valued at when it was first booked. */
  readonly rateFirstTaken?: (key: string, currency: string, on: LocalDate) => string | undefined;
  /** For the refill, whose pages can be fetched again; each commit is forced to disk when absent. */
  readonly durability?: Durability;
}

export interface StripeSyncResult {
  readonly account: string;
  readonly mode: string;
  /** Whether the lists were read from their beginning (or the rest of them after a stop). */
  readonly isRefill: boolean;
  readonly objects: number;
  readonly events: EventsResult;
  /** What the shared inbox held for this desk; absent on a desk without one. */
  readonly relayed?: SharedInboxResult;
  readonly posted: number;
  readonly unchanged: number;
  /** Same key, other input: each has a review item. */
  readonly refused: number;
  /** Facts that wait, by reason: `exchange-rate-missing`, `source-missing`. */
  readonly waiting: Readonly<Record<string, number>>;
  /** The stretch (epoch milliseconds) that events could not tell of any more, so that everything was listed again; null: there was none. */
  readonly gap: EventGap | null;
}

export interface StripeSync {
  /** Refill when there was none, or when asked for; then what changed since. */
  sync(options: { readonly isFull: boolean }, control: WorkControl): Promise<StripeSyncResult>;
  refill(control: WorkControl): Promise<StripeSyncResult>;
  syncIncremental(control: WorkControl): Promise<StripeSyncResult>;
  /** Fetches balance transactions by their ids, whatever the cursors say, and posts what comes of them: how a fact that was missed is brought in. */
  fetchTransactions(ids: readonly string[], control: WorkControl): Promise<FetchedTransactions>;
}

/** Ids by what became of them; `posted` counts entries, those of objects they depend on included. */
export interface FetchedTransactions {
  readonly fetched: readonly string[];
  /** The gateway does not have them. */
  readonly unknown: readonly string[];
  readonly posted: number;
  readonly waiting: Readonly<Record<string, number>>;
}

/** The source as a whole: when it last succeeded and why it last failed. */
const syncCursor = 'stripe/sync';
const balanceCursor = 'stripe/balance_transactions';
/** No event tells of a balance transaction, and some appear late: the last three days are always read again. */
const balanceOverlapSeconds = 72 * 3_600;
/** How long Stripe keeps events. */
const eventRetentionMs = 30 * 86_400_000;
/**
 * After a refill there are many payouts whose lists were never read. The books do not need them, so each sync reads some, the newest first, and leaves the rest to the next
 * ones. Nobody who syncs waits long for that: less than two seconds, where half of Stripe's 25 requests a second are left to others. A refill takes its time anyway, and
 * reads a year and more of them. Four thousand payouts of ten years are read within a day.
 */
const payoutRequests = { ofIncrement: 20, afterRefill: 500 };
/** Customers whose credit was moved by hand are few; where an older ledger meets them all at once, the rest is read by the next syncs. */
const balanceRequestsOfIncrement = 100;
const noEvents: EventsResult = { staged: 0, projected: 0, unhandled: 0, parked: 0 };

interface Contact {
  readonly account: GatewayAccount;
  readonly identity: LedgerIdentity;
  /** Epoch milliseconds by the gateway's clock. */
  readonly nowMs: number;
}

export function createStripeSync(dependencies: StripeSyncDependencies): StripeSync {
  const { readable, unitOfWork, source, clock, timeZone } = dependencies;
  const mirror = createMirror({ timeZone });
  const objectIntake = createObjectIntake({ mirror, clock });
  const events = createStripeEvents({ readable, unitOfWork, source, objectIntake, mirror, clock });
  const sharedInbox = dependencies.sharedInbox && createSharedInbox({ source: dependencies.sharedInbox, readable, unitOfWork, clock });
  const relayedEvents = createRelayedEvents({ readable, unitOfWork, source, objectIntake, mirror });
  const lists = createStripeRefill({ readable, unitOfWork, source, objectIntake, clock });
  const projection = createFactProjection(dependencies);

  async function contact(control: WorkControl): Promise<Contact> {
    if (source.mode !== undefined) refuseMode(readable, source.mode);
    const account = await source.account(control.signal);
    const { functionalCurrency } = dependencies;
    const identity = confirmIdentity({ readable, unitOfWork, clock, reportingTimeZone: timeZone.name, ...(functionalCurrency === undefined ? {} : { functionalCurrency }) }, account);
    return { account, identity, nowMs: account.observedAt ?? clock.now() };
  }

  /**
   * The gap that is to be filled: one that was noticed before and is not filled yet, or one that shows now, because nothing was read for longer than
   * Stripe keeps events. Told by the gateway's clock, so that a machine whose clock is wrong neither makes nor hides one.
   */
  function noticeGap(nowMs: number): EventGap | null {
    const open = findOpenGap(readable);
    if (open) return open;
    const refilledFrom = completedRefill(readable);
    if (refilledFrom === undefined) return null;
    const knownUpTo = Math.max(refilledFrom, events.readUpTo() ?? 0);
    if (nowMs - knownUpTo <= eventsBridgeMs) return null;
    const gap: EventGap = { from: knownUpTo, to: Math.max(knownUpTo, nowMs - eventRetentionMs) };
    unitOfWork.run('note a gap', (database) => noteGap(database, gap, clock.now()));
    return gap;
  }

  /** Posts what waits, fetching what it depends on; a fact that needs an object that needs an object takes another round. */
  async function post(identity: LedgerIdentity, tiesKnownBefore: number, control: WorkControl): Promise<ProjectionResult> {
    const completion = createFactCompletion({ readable, unitOfWork, source, objectIntake, timeZone, functionalCurrency: identity.functionalCurrency });
    let sum: ProjectionResult = { facts: 0, posted: 0, unchanged: 0, refused: 0, parked: 0 };
    for (let round = 1; ; round += 1) {
      await completion.completeWaiting(tiesKnownBefore, control);
      const result = await projection.projectWaiting(identity, completion.isGone, control);
      sum = { facts: sum.facts + result.facts, posted: sum.posted + result.posted, unchanged: sum.unchanged + result.unchanged, refused: sum.refused + result.refused, parked: result.parked };
      if (round >= 4 || (parkedByReason(readable)['source-missing'] ?? 0) === 0) return sum;
    }
  }

  async function readBalanceTransactions(control: WorkControl): Promise<number> {
    const known = readCursor(readable, balanceCursor);
    const since = known?.cursor ? Number(known.cursor) : newestKnown();
    let newest = since;
    let objects = 0;
    let startingAfter: string | undefined;
    // What moves money while the pages are read stands before the first of them: the next run finds it.
    let readUpTo: number | undefined;
    for (;;) {
      const page = await source.list('balance_transactions', { createdFrom: Math.max(0, since - balanceOverlapSeconds), ...(startingAfter === undefined ? {} : { startingAfter }) }, control.signal);
      const upTo = (readUpTo ??= page.observedAt);
      startingAfter = page.objects.at(-1)?.id;
      const isLast = !page.hasMore || startingAfter === undefined;
      unitOfWork.run('store balance transactions', (database) => {
        for (const object of page.objects) newest = Math.max(newest, createdSeconds(object.value, page.observedAt) ?? 0);
        objectIntake.takeAll(database, page.objects.map((object) => ({ object })), page.observedAt);
        objects += page.objects.length;
        if (isLast) mirror.settleAvailable(database, page.observedAt);
        if (isLast) saveCursor(database, balanceCursor, { cursor: String(newest), isComplete: true, rowsSeen: (known?.rows_seen ?? 0) + objects, attemptedAt: page.observedAt, succeededAt: upTo });
      });
      if (isLast) return objects;
    }
  }

  const newestKnown = (): number => Math.floor((completedRefill(readable) ?? 0) / 1000);

  async function refillFrom({ account, identity, nowMs }: Contact, control: WorkControl): Promise<StripeSyncResult> {
    const gap = noticeGap(nowMs);
    await sharedInbox?.begin(control);
    await events.markStart(control);
    const { objects, startedAt } = await lists.run(account, control);
    await settleUnlisted({ readable, unitOfWork, source, mirror, objectIntake }, startedAt, control);
    await readCustomerBalances({ readable, unitOfWork, source, objectIntake, clock }, Infinity, control);
    const posted = await post(identity, startedAt, control);
    markRefillComplete(unitOfWork, readable, objects, clock.now());
    return { ...resultOf(identity, true, objects, noEvents, posted), gap };
  }

  /** More where no sync has come to its end since the refill did: it may have been killed in between. */
  function mostPayoutRequests(): number {
    const refilledAt = readCursor(readable, 'stripe/refill')?.last_success_at ?? 0;
    const syncedAt = readCursor(readable, syncCursor)?.last_success_at ?? null;
    return syncedAt === null || syncedAt < refilledAt ? payoutRequests.afterRefill : payoutRequests.ofIncrement;
  }

  async function increment({ identity }: Contact, control: WorkControl): Promise<StripeSyncResult> {
    // First: what Stripe's own list tells as well is then taken at its word and need not be asked for.
    const relayed = await sharedInbox?.pull(control);
    const { staged, unhandled } = await events.pull(control);
    const polled = await events.project(control);
    const asked = await relayedEvents.project(control);
    const projected = { projected: polled.projected + asked.projected, unhandled: polled.unhandled, parked: polled.parked + asked.parked };
    const objects = await readBalanceTransactions(control);
    await readCustomerBalances({ readable, unitOfWork, source, objectIntake, clock }, balanceRequestsOfIncrement, control);
    const posted = await post(identity, 0, control);
    await readPayoutContents({ readable, unitOfWork, source }, mostPayoutRequests(), control);
    return { ...resultOf(identity, false, objects, { staged, ...projected, unhandled: unhandled + projected.unhandled }, posted), ...(relayed ? { relayed } : {}) };
  }

  const resultOf = (identity: LedgerIdentity, isRefill: boolean, objects: number, eventsResult: EventsResult, posted: ProjectionResult): StripeSyncResult => ({
    account: identity.account, mode: identity.mode, isRefill, objects, events: eventsResult, posted: posted.posted, unchanged: posted.unchanged, refused: posted.refused, waiting: parkedByReason(readable), gap: null,
  });

  /** The state of the source is kept: screens say “fresh at” and why not. A person who cancels is no failure of the source. */
  async function recorded(control: WorkControl, work: () => Promise<StripeSyncResult>): Promise<StripeSyncResult> {
    try {
      const result = await work();
      const at = clock.now();
      unitOfWork.run('record a sync', (database) => saveCursor(database, syncCursor, { cursor: null, isComplete: true, rowsSeen: (readCursor(database, syncCursor)?.rows_seen ?? 0) + result.objects, attemptedAt: at, succeededAt: at }));
      return result;
    } catch (error) {
      if (!control.signal.aborted) unitOfWork.run('record a failed sync', (database) => saveFailure(database, syncCursor, clock.now(), errorCodeOf(error)));
      throw error;
    }
  }

  const relaxed: Durability = dependencies.durability ?? { relaxWhile: (work) => work() };

  return {
    refill: (control) =>
      recorded(control, async () => {
        const contacted = await contact(control);
        return relaxed.relaxWhile(() => refillFrom(contacted, control));
      }),
    syncIncremental: (control) => recorded(control, async () => increment(await contact(control), control)),
    async fetchTransactions(ids, control) {
      const { identity } = await contact(control);
      const fetched: string[] = [];
      const unknown: string[] = [];
      for (const [index, id] of ids.entries()) {
        control.signal.throwIfAborted();
        const object = await source.get('balance_transactions', id, control.signal);
        if (object) unitOfWork.run('store a balance transaction', (database) => objectIntake.takeAll(database, [{ object }], object.observedAt));
        (object ? fetched : unknown).push(id);
        control.report({ done: index + 1, total: ids.length, note: 'Fetching from Stripe' });
      }
      const { posted } = await post(identity, 0, control);
      return { fetched, unknown, posted, waiting: parkedByReason(readable) };
    },
    sync: ({ isFull }, control) =>
      recorded(control, async () => {
        const contacted = await contact(control);
        const isRefillDue = isFull || completedRefill(readable) === undefined || noticeGap(contacted.nowMs) !== null;
        if (!isRefillDue) return increment(contacted, control);
        const refilled = await relaxed.relaxWhile(() => refillFrom(contacted, control));
        const changed = await increment(contacted, control);
        return { ...changed, isRefill: true, gap: refilled.gap, objects: refilled.objects + changed.objects, posted: refilled.posted + changed.posted, unchanged: refilled.unchanged + changed.unchanged, refused: refilled.refused + changed.refused };
      }),
  };
}
