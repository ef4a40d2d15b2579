/**
 * Rebuilds MRR from the mirror: items → stretches → movements and month ends → months, in bounded memory and short transactions, published at once.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { firstDayOf, monthsFromTo } from '../../shared/calendar/local-date.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { TimeZone, type Instant } from '../../shared/calendar/time-zone.ts';
import { StateError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { PriceTerms } from './mrr-item-calculation.ts';
import { MonthsTally } from './mrr-months.ts';
import type { CauseNames } from './mrr-movement-cause.ts';
import { createDayEnds, historyOfCustomer } from './mrr-movements.ts';
import { defaultMrrPolicy } from './mrr-policy.ts';
import { rebuildItem, type BilledLine, type ItemHistory, type MrrTerms } from './mrr-segments.ts';
import { billedLineOf, createRateLookup, parseRaw, presentItemOf, subscriptionStateOf, unknownSubscription, waitingProrationOf, type CouponLookup } from './mrr-sources.ts';
import * as repository from './mrr.repository.ts';

export interface MrrRebuildDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** Fixed at the ledger's creation; asked for at each run, because a ledger learns them at its first contact. */
  readonly settings: () => { readonly functionalCurrency: string; readonly reportingTimeZone: string };
}

export interface MrrRebuildResult extends MrrSummary {
  /** `unchanged`: neither a source nor the moment asks for other figures; nothing was written, and the counts are those of the run that stands. */
  readonly outcome: 'rebuilt' | 'unchanged';
  readonly asOf: Instant;
}

/** How much a rebuild read and wrote; stored with it. */
export interface MrrSummary {
  readonly items: number;
  readonly segments: number;
  readonly customers: number;
  readonly movements: number;
  readonly months: number;
  readonly caveats: MrrCaveats;
}

/** What is incomplete: said, not hidden. */
export interface MrrCaveats {
  readonly unknownPrices: number;
  readonly stretchesWithoutRate: number;
  readonly undatedSubscriptions: number;
}

export interface MrrRebuild {
  /**
   * @throws StateError `mrr-rebuild-superseded` when another rebuild began meanwhile; the figures shown stay as they were.
   * @throws the signal's reason when cancelled: what was published before stays.
   */
  run(control: WorkControl): Promise<MrrRebuildResult>;
}

/** Rows per write transaction: some ten milliseconds each, so that nobody waits for long. */
const rowsPerTransaction = 1000;
const idsPerBatch = 250;

export function createMrrRebuild(dependencies: MrrRebuildDependencies): MrrRebuild {
  return { run: (control) => new RebuildRun(dependencies, control).run() };
}

class RebuildRun {
  readonly #database: ReadableDatabase;
  readonly #unitOfWork: UnitOfWork;
  readonly #control: WorkControl;
  readonly #nowAt: Instant;
  readonly #zone: TimeZone;
  readonly #functionalCurrency: string;
  readonly #tally = new MonthsTally();
  readonly #endReasons = new Map<string, string>();
  readonly #unknownPrices = new Set<string>();
  readonly #undatedSubscriptions = new Set<string>();
  #stretchesWithoutRate = 0;
  #segments = 0;
  #movements = 0;
  #standsUntilAt: Instant;
  #writes: ((database: WritableDatabase) => void)[] = [];

  constructor(dependencies: MrrRebuildDependencies, control: WorkControl) {
    const settings = dependencies.settings();
    this.#database = dependencies.readable;
    this.#unitOfWork = dependencies.unitOfWork;
    this.#control = control;
    this.#nowAt = dependencies.clock.now();
    this.#zone = new TimeZone(settings.reportingTimeZone);
    this.#functionalCurrency = settings.functionalCurrency;
    this.#standsUntilAt = this.#zone.boundsOf(this.#zone.monthOf(this.#nowAt)).end - 1;
  }

  async run(): Promise<MrrRebuildResult> {
    const rates = repository.readRates(this.#database, this.#functionalCurrency);
    const fingerprint = this.#fingerprint(rates);
    const state = repository.findRebuildState(this.#database);
    const standing = state && this.#standing(state, fingerprint);
    if (standing) return standing;
    const generation = this.#unitOfWork.run('mrr: begin', (database) => repository.takeNextGeneration(database));
    const prices = new Map(repository.readPrices(this.#database).map((price) => [price.id, price]));
    const items = await this.#rebuildItems(generation, prices, rates);
    const customers = await this.#rebuildCustomers(generation, prices);
    const months = this.#tally.months(this.#zone.monthOf(this.#nowAt));
    const summary: MrrSummary = { items, segments: this.#segments, customers, movements: this.#movements, months: months.length, caveats: this.#caveats() };
    this.#unitOfWork.run('mrr: publish', (database) => {
      for (const month of months) repository.insertMonthRow(database, generation, month);
      const isPublished = repository.publishRebuild(database, {
        generation, rebuiltAt: this.#nowAt, asOfAt: this.#nowAt, standsUntilAt: this.#standsUntilAt, functionalCurrency: this.#functionalCurrency, policy: JSON.stringify(defaultMrrPolicy), sourceFingerprint: fingerprint,
        summary: JSON.stringify(summary),
      });
      if (!isPublished) throw new StateError('mrr-rebuild-superseded', 'Another rebuild of MRR began meanwhile. The figures shown stay as they were.', { nextStep: 'Wait for the other rebuild to end.' });
    });
    await this.#sweep(generation);
    return { outcome: 'rebuilt', asOf: this.#nowAt, ...summary };
  }

  /** The published figures, when the same sources at this moment would give them again. */
  #standing(state: repository.RebuildState, fingerprint: string): MrrRebuildResult | null {
    if (state.generation === null || state.asOfAt === null || state.standsUntilAt === null || state.summary === null) return null;
    if (state.sourceFingerprint !== fingerprint || this.#nowAt < state.asOfAt || this.#nowAt > state.standsUntilAt) return null;
    return { outcome: 'unchanged', asOf: state.asOfAt, ...(JSON.parse(state.summary) as MrrSummary) };
  }

  #fingerprint(rates: readonly { base: string; rateOn: string; rate: string }[]): string {
    const hash = createHash('sha256');
    hash.update(JSON.stringify([defaultMrrPolicy, this.#functionalCurrency, this.#zone.name, repository.readSourceMarks(this.#database)]));
    for (const { base, rateOn, rate } of rates) hash.update(`${base} ${rateOn} ${rate}\n`);
    return hash.digest('hex');
  }

  #caveats(): MrrCaveats {
    return { unknownPrices: this.#unknownPrices.size, stretchesWithoutRate: this.#stretchesWithoutRate, undatedSubscriptions: this.#undatedSubscriptions.size };
  }

  async #rebuildItems(generation: number, prices: ReadonlyMap<string, PriceTerms>, rates: Parameters<typeof createRateLookup>[0]): Promise<number> {
    const terms: MrrTerms = {
      priceOf: (id) => prices.get(id), rateOn: createRateLookup(rates), zone: this.#zone, functionalCurrency: this.#functionalCurrency, nowAt: this.#nowAt,
      runningMonthStartAt: this.#zone.startOf(firstDayOf(this.#zone.monthOf(this.#nowAt))),
    };
    const coupons = new Map(repository.readCoupons(this.#database).map((coupon) => [coupon.id, coupon]));
    const waiting = this.#waitingProrations();
    const total = repository.countBilledItems(this.#database);
    let after = '';
    let done = 0;
    for (;;) {
      const ids = repository.readNextItemIds(this.#database, after, idsPerBatch);
      for (const id of ids) {
        const history = this.#historyOf(id, waiting.get(id) ?? [], (couponId) => coupons.get(couponId), terms.priceOf);
        if (history) this.#rebuildOne(generation, history, terms);
      }
      done += ids.length;
      await this.#pause({ done, total: Math.max(total, done), note: 'Reading what subscriptions were billed' });
      const last = ids.at(-1);
      if (last === undefined) break;
      after = last;
    }
    this.#flush();
    return done;
  }

  #waitingProrations(): Map<string, BilledLine[]> {
    const byItem = new Map<string, BilledLine[]>();
    for (const raw of repository.readWaitingProrations(this.#database)) {
      const waiting = waitingProrationOf(parseRaw(raw));
      if (waiting) byItem.set(waiting.itemId, [...(byItem.get(waiting.itemId) ?? []), waiting.line]);
    }
    return byItem;
  }

  #historyOf(itemId: string, waiting: readonly BilledLine[], coupons: CouponLookup, priceOf: MrrTerms['priceOf']): ItemHistory | null {
    const lines = repository.readLinesOfItem(this.#database, itemId);
    const item = repository.findSubscriptionItem(this.#database, itemId);
    const subscriptionId = item?.subscriptionId ?? lines.find((line) => line.subscriptionId !== null)?.subscriptionId;
    if (!subscriptionId) return null;
    const row = repository.findSubscriptionRow(this.#database, subscriptionId);
    const billed = [...lines.map(billedLineOf), ...waiting];
    if (!row) return { itemId, subscription: unknownSubscription(subscriptionId, lines[0]?.customerId ?? 'unknown'), present: null, lines: billed };
    const raw = parseRaw(row.raw);
    const reason = endReasonIn(raw);
    if (reason) this.#endReasons.set(row.id, reason);
    return { itemId, subscription: subscriptionStateOf(row, raw), present: presentItemOf(itemId, item, raw, coupons, priceOf), lines: billed };
  }

  #rebuildOne(generation: number, history: ItemHistory, terms: MrrTerms): void {
    const rebuilt = rebuildItem(history, terms);
    for (const stretch of rebuilt.stretches) {
      for (const boundary of [stretch.startsAt, stretch.endsAt]) {
        if (boundary >= this.#nowAt && boundary < this.#standsUntilAt) this.#standsUntilAt = boundary;
      }
      if (stretch.rate === null) this.#stretchesWithoutRate += 1;
      this.#segments += 1;
      this.#write((database) => repository.insertStretch(database, generation, stretch));
    }
    for (const priceId of rebuilt.unknownPriceIds) this.#unknownPrices.add(priceId);
    for (const { from, until } of rebuilt.undated) {
      if (until <= from) continue;
      this.#undatedSubscriptions.add(history.subscription.id);
      this.#tally.addUndated(history.subscription.id, monthsFromTo(this.#zone.monthOf(from), this.#zone.monthOf(until - 1)));
    }
  }

  async #rebuildCustomers(generation: number, prices: ReadonlyMap<string, PriceTerms>): Promise<number> {
    const names: CauseNames = { planOf: (priceId) => planName(prices.get(priceId), priceId), endReasonOf: (id) => this.#endReasons.get(id) ?? null };
    const terms = { zone: this.#zone, functionalCurrency: this.#functionalCurrency, dayEnds: createDayEnds(this.#zone, this.#nowAt), names };
    const total = repository.countCustomersOf(this.#database, generation);
    let after = '';
    let done = 0;
    for (;;) {
      const customers = repository.readNextCustomers(this.#database, generation, after, idsPerBatch);
      for (const { id, name } of customers) {
        const history = historyOfCustomer(repository.readStretchesOfCustomer(this.#database, generation, id), terms);
        this.#tally.addCustomer(history);
        this.#movements += history.movements.length;
        for (const movement of history.movements) this.#write((database) => repository.insertMovementRow(database, generation, movement, name));
        for (const { month, inForce } of history.monthEnds) {
          for (const stretch of inForce) this.#write((database) => repository.insertInForce(database, generation, month, stretch, name));
        }
      }
      done += customers.length;
      await this.#pause({ done, total, note: 'Working out what moved MRR' });
      const last = customers.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
    this.#flush();
    return done;
  }

  #write(write: (database: WritableDatabase) => void): void {
    this.#writes.push(write);
    if (this.#writes.length >= rowsPerTransaction) this.#flush();
  }

  #flush(): void {
    const writes = this.#writes;
    this.#writes = [];
    if (writes.length === 0) return;
    this.#unitOfWork.run('mrr: write rows', (database) => {
      for (const write of writes) write(database);
    });
  }

  async #sweep(generation: number): Promise<void> {
    while (this.#unitOfWork.run('mrr: sweep', (database) => repository.sweepBelow(database, generation, rowsPerTransaction)) > 0) await setImmediate();
  }

  /** Between two transactions: says how far it is, lets others run, stops when asked to. */
  async #pause(progress: Parameters<WorkControl['report']>[0]): Promise<void> {
    this.#control.report(progress);
    await setImmediate();
    this.#control.signal.throwIfAborted();
  }
}

function endReasonIn(raw: Readonly<Record<string, unknown>>): string | null {
  const details = raw['cancellation_details'];
  const reason = typeof details === 'object' && details !== null && 'reason' in details ? details.reason : null;
  return typeof reason === 'string' ? reason : null;
}

const intervalNames: Readonly<Record<string, string>> = { day: 'daily', week: 'weekly', month: 'monthly', year: 'annual' };

function planName(price: PriceTerms | undefined, priceId: string): string {
  if (!price) return priceId;
  const interval = price.interval ?? '';
  return `${price.productName}, ${price.intervalCount === 1 ? (intervalNames[interval] ?? interval) : `every ${price.intervalCount} ${interval}s`}`;
}
