/**
 * The mirror from nothing, by object lists: several lists at once, each in slices of its own time range, every page stored in one transaction with
 * its cursor. It can be stopped or killed anywhere and goes on where it stopped.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { ProviderError } from '../../shared/errors/errors.ts';
import { readTogether, type ReadableDatabase, type UnitOfWork, type WritableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { fillGaps, forgetRefill, readCursor, saveCursor } from './intake.repository.ts';
import { fetchWhole, isPartial, type ObjectIntake } from './object-intake.ts';
import { createRefillProgress, type RefillProgress } from './refill-progress.ts';
import type { GatewayAccount, GatewayList, GatewayPage, GatewaySource } from './stripe-sync.ports.ts';
import { createBatchedWriter, type BatchedWriter } from './write-batching.ts';

export interface StripeRefillDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  readonly objectIntake: ObjectIntake;
  readonly clock: Clock;
}

export interface RefillResult {
  readonly objects: number;
  /** Epoch milliseconds by the gateway's clock: every list was read to its end after this moment. */
  readonly startedAt: number;
}

export interface StripeRefill {
  /** Goes on where one was stopped. After one that came to its end, or that was begun longer ago than events can bridge, all is read anew. */
  run(account: GatewayAccount, control: WorkControl): Promise<RefillResult>;
}

/** Read before anything that names a coupon or a tax rate. */
const first: readonly GatewayList[] = ['coupons', 'tax_rates'];
/** Long lists are read in slices, so that a slow line keeps several pages on the way. */
const sliced: ReadonlySet<GatewayList> = new Set(['invoices', 'invoice_payments', 'payment_intents', 'charges', 'balance_transactions']);
const whole: readonly GatewayList[] = ['products', 'prices', 'customers', 'subscriptions', 'invoiceitems', 'refunds', 'disputes', 'payouts', 'credit_notes', 'checkout_sessions'];
const slices = 4;
const mostPagesPerTransaction = 96;
/** How many pages of a slice may wait to be written while the next is asked for: enough for pages of one list to share a transaction. */
const pagesAhead = 4;
/** Stripe keeps events 30 days; one day is left for clocks that differ. */
export const eventsBridgeMs = 29 * 86_400_000;

/** What a refill was begun with; kept so that a resumed one has the same slices. */
interface RefillPlan {
  readonly startedAt: number;
  /** Epoch seconds between the slices, ascending. */
  readonly bounds: readonly number[];
}

interface Slice {
  readonly source: string;
  readonly list: GatewayList;
  readonly createdFrom: number | undefined;
  readonly createdBefore: number | undefined;
}

function slicesOf(list: GatewayList, bounds: readonly number[]): Slice[] {
  if (!sliced.has(list) || bounds.length === 0) return [{ source: `stripe/refill/${list}`, list, createdFrom: undefined, createdBefore: undefined }];
  return [...bounds, undefined].map((before, index) => ({ source: `stripe/refill/${list}/${index}`, list, createdFrom: index === 0 ? undefined : bounds[index - 1], createdBefore: before }));
}

function makePlan(account: GatewayAccount, startedAt: number): RefillPlan {
  const nowSeconds = Math.floor(startedAt / 1000);
  const from = account.createdAt;
  if (from === null || from >= nowSeconds) return { startedAt, bounds: [] };
  const step = Math.floor((nowSeconds - from) / slices);
  return { startedAt, bounds: Array.from({ length: slices - 1 }, (_, index) => from + (index + 1) * step) };
}

/** The object a page was to begin after is no longer at the gateway. */
function isCursorGone(error: unknown): boolean {
  return error instanceof ProviderError && error.data['stripeCode'] === 'resource_missing';
}

function createdOf(page: GatewayPage): number | null {
  const created = page.objects.at(-1)?.value['created'];
  return typeof created === 'number' && Number.isSafeInteger(created) ? created : null;
}

export function createStripeRefill(dependencies: StripeRefillDependencies): StripeRefill {
  const { readable, unitOfWork, source, objectIntake, clock } = dependencies;

  function loadPlan(account: GatewayAccount): RefillPlan {
    const now = account.observedAt ?? clock.now();
    const known = readCursor(readable, 'stripe/refill');
    const begun = known?.cursor && known.is_complete === 0 ? (JSON.parse(known.cursor) as RefillPlan) : undefined;
    if (begun && now - begun.startedAt <= eventsBridgeMs) return begun;
    const plan = makePlan(account, now);
    unitOfWork.run('begin a refill', (database) => {
      forgetRefill(database);
      objectIntake.take(database, { object: account.object }, plan.startedAt);
      saveCursor(database, 'stripe/refill', { cursor: JSON.stringify(plan), isComplete: false, rowsSeen: 0, attemptedAt: plan.startedAt });
    });
    return plan;
  }

  function ask(slice: Slice, startingAfter: string | undefined, signal: AbortSignal): Promise<GatewayPage> {
    const { createdFrom, createdBefore } = slice;
    return source.list(slice.list, { ...(startingAfter === undefined ? {} : { startingAfter }), ...(createdFrom === undefined ? {} : { createdFrom }), ...(createdBefore === undefined ? {} : { createdBefore }) }, signal);
  }

  /** Where an earlier run stopped, or the slice's beginning: also when the object it stopped at was deleted meanwhile. */
  async function firstPage(slice: Slice, signal: AbortSignal): Promise<{ readonly page: GatewayPage; readonly rowsSeen: number; readonly isAnew: boolean }> {
    const known = readCursor(readable, slice.source);
    const cursor = known?.cursor ?? undefined;
    try {
      return { page: await ask(slice, cursor, signal), rowsSeen: known?.rows_seen ?? 0, isAnew: false };
    } catch (error) {
      if (cursor === undefined || !isCursorGone(error)) throw error;
      return { page: await ask(slice, undefined, signal), rowsSeen: 0, isAnew: true };
    }
  }

  async function readSlice(slice: Slice, writer: BatchedWriter, control: WorkControl, progress: RefillProgress, onStored: (objects: number) => void): Promise<void> {
    if (readCursor(readable, slice.source)?.is_complete === 1) return;
    const { signal } = control;
    const begun = await firstPage(slice, signal);
    if (begun.isAnew) progress.restarted(slice.source);
    let rowsSeen = begun.rowsSeen;
    const underWay: Promise<void>[] = [];
    const store = async (page: GatewayPage, isLast: boolean): Promise<void> => {
      const wholeObjects = page.objects.some(isPartial) ? await Promise.all(page.objects.map((object) => fetchWhole(source, object, signal))) : page.objects.map((object) => ({ object }));
      const prepared = readTogether(readable, () => objectIntake.prepareAll(readable, wholeObjects, page.observedAt));
      rowsSeen += page.objects.length;
      const rows = rowsSeen;
      const stored = writer
        .write(slice.list, (database: WritableDatabase) => {
          objectIntake.takePrepared(database, prepared);
          saveCursor(database, slice.source, { cursor: page.objects.at(-1)?.id ?? null, isComplete: isLast, rowsSeen: rows, attemptedAt: page.observedAt });
        })
        .then(() => {
          progress.stored(slice.source, page.objects.length, createdOf(page), isLast);
          onStored(page.objects.length);
        });
      stored.catch(() => {}); // awaited in its turn
      underWay.push(stored);
    };
    try {
      for (let coming: Promise<GatewayPage> | undefined = Promise.resolve(begun.page); coming; ) {
        const page: GatewayPage = await coming;
        const last = page.objects.at(-1)?.id;
        const isLast = !page.hasMore || last === undefined;
        // The next page is on its way while this one is written.
        coming = isLast ? undefined : ask(slice, last, signal);
        coming?.catch(() => {});
        await store(page, isLast);
        if (underWay.length > pagesAhead) await underWay.shift();
        signal.throwIfAborted();
      }
      await Promise.all(underWay);
    } finally {
      await Promise.allSettled(underWay);
    }
  }

  return {
    async run(account, control) {
      const plan = loadPlan(account);
      const writer = createBatchedWriter(unitOfWork, 'store pages', mostPagesPerTransaction);
      const progress = createRefillProgress();
      const slicesBy = (lists: readonly GatewayList[]): Slice[] => lists.flatMap((list) => slicesOf(list, plan.bounds));
      for (const slice of slicesBy([...first, ...sliced, ...whole])) {
        const known = readCursor(readable, slice.source);
        progress.add(slice.source, { from: slice.createdFrom ?? account.createdAt, before: slice.createdBefore ?? Math.ceil(plan.startedAt / 1000) }, { rows: known?.rows_seen ?? 0, isComplete: known?.is_complete === 1 });
      }
      let objects = 0;
      const onStored = (count: number): void => {
        objects += count;
        const total = progress.total();
        control.report({ done: progress.done(), total: total?.rows ?? null, isEstimate: total?.isEstimate ?? false, note: 'Reading from Stripe' });
      };
      // One that fails stops the others: nobody writes behind the caller's back.
      const stop = new AbortController();
      const joined: WorkControl = { ...control, report: control.report.bind(control), signal: AbortSignal.any([control.signal, stop.signal]) };
      // A cancel does not wait for what waits to be written.
      joined.signal.addEventListener('abort', () => writer.stop(joined.signal.reason), { once: true });
      const readAll = async (lists: readonly GatewayList[]): Promise<void> => {
        const reading = slicesBy(lists).map((slice) => readSlice(slice, writer, joined, progress, onStored));
        try {
          await Promise.all(reading);
        } catch (error) {
          stop.abort(error);
          await Promise.allSettled(reading);
          throw error;
        }
      };
      await readAll(first);
      await readAll([...sliced, ...whole]);
      return { objects, startedAt: plan.startedAt };
    },
  };
}

/** Epoch milliseconds since which the mirror is whole, or undefined while no refill has come to its end. */
export function completedRefill(readable: ReadableDatabase): number | undefined {
  const row = readCursor(readable, 'stripe/refill');
  return row?.is_complete === 1 && row.cursor ? (JSON.parse(row.cursor) as RefillPlan).startedAt : undefined;
}

export function markRefillComplete(unitOfWork: UnitOfWork, readable: ReadableDatabase, objects: number, at: number): void {
  const row = readCursor(readable, 'stripe/refill');
  unitOfWork.run('end a refill', (database) => {
    fillGaps(database, at);
    saveCursor(database, 'stripe/refill', { cursor: row?.cursor ?? null, isComplete: true, rowsSeen: (row?.rows_seen ?? 0) + objects, attemptedAt: at, succeededAt: at });
  });
}
