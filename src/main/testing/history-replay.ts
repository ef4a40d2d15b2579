/**
 * A history told to a new ledger: the real sync on a real database, with Stripe's answers as they would have been at each moment. Events come in any
 * order, twice, late or not at all; balance transactions appear late; months are closed in between. In one process and without HTTP.
 */
import Sqlite from 'better-sqlite3';
import { createRandom, type Random } from '../../../sandbox/company/random.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { addMonths, monthOf, localDate, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type ReadableDatabase, type UnitOfWork } from '../database/handles.ts';
import { SqliteDatabase } from '../database/sqlite-database.ts';
import type { GatewayObject, GatewayPage, GatewaySource, ListQuery } from '../intake/stripe-sync.ports.ts';
import { createRateWaitingFacts } from '../intake/rate-waiting-facts.ts';
import { createStripeSync } from '../intake/stripe-sync.ts';
import { planImport, type RateRow } from '../ledger/exchange-rate-import-calculation.ts';
import { readKnownRates, saveImportedRates } from '../ledger/exchange-rates.repository.ts';
import { createJournal } from '../ledger/journal.ts';
import { createLocalPeriodAuthority } from '../ledger/local-period-authority.ts';
import { createPeriodClose, type PeriodClose } from '../ledger/period-close.ts';
import type { PeriodLogRow } from '../ledger/period-state.ts';
import { createReplayingSealer } from '../ledger/replaying-sealer.ts';
import { createLocalSealer, type Sealer } from '../ledger/sealing.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { createRecognition, type Recognition } from '../revenue/recognition.ts';
import type { History, HistoryEvent, Version } from './stripe-history.ts';
import { openTemporaryDatabase } from './temporary-database.ts';

const day = 86_400;

/** How a history reaches the ledger. */
export interface Delivery {
  /** For the order of events, what is doubled, late and lost. */
  readonly seed: number;
  /** Epoch seconds at which the ledger syncs, ascending; the last one is the end of the history. */
  readonly syncsAt: readonly number[];
  /** Share of events that never arrive, 0 to 1. */
  readonly lost: number;
  /** Whether the lists are read at the end, which heals what was lost; else the events alone must do. */
  readonly healsByListing: boolean;
  /** After each sync what is over is recognised; what comes later is made up for. */
  readonly recognises: boolean;
  /** Now and then the months that are over are closed by the close service, and sometimes the last one is opened again for a while. */
  readonly closesMonths: boolean;
  /**
   * `first`, unless said otherwise: every rate is there before anything else. `late`: in the order of their days, up to some days behind the clock. `any-order`: in any order at
   * all, as an import takes them; what comes between days that are known is then left out.
   */
  readonly rates?: 'first' | 'late' | 'any-order';
}

/** All at once, at the end, in order. */
export const plainDelivery = (history: History): Delivery => ({ seed: 0, syncsAt: [history.endsAt], lost: 0, healsByListing: true, recognises: false, closesMonths: false, rates: 'first' });

/** Some moments of syncing, events late and lost, months closed or not, as the seed says. */
export function randomDelivery(history: History, seed: number): Delivery {
  const random = createRandom(seed, 'delivery', history.seed);
  const span = history.endsAt - history.startsAt;
  // Some moments anywhere, some right after something happened: what is told late then falls to the next.
  const moments = Array.from({ length: random.integer(0, 16) }, () => (random.chance(0.5) ? history.startsAt + random.integer(0, span) : random.pick(history.events).created + random.integer(0, 2_000)));
  const closesMonths = random.chance(0.5);
  const healsByListing = random.chance(0.6);
  // Never so long that the gateway forgets its events.
  const steady = Array.from({ length: Math.floor(span / (5 * day)) }, (_, index) => history.startsAt + index * 5 * day);
  const syncsAt = [...moments, ...(healsByListing ? [] : steady), history.endsAt].sort((a, b) => a - b);
  const rates = random.weighted([2, 4, 2]);
  return { seed, rates: (['first', 'late', 'any-order'] as const)[rates] ?? 'first', syncsAt, lost: healsByListing && random.chance(0.7) ? random.next() : 0, healsByListing, recognises: closesMonths || random.chance(0.5), closesMonths };
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
  }
  return shuffled;
}

const toGatewayObject = (value: Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string }): GatewayObject => ({ id: value.id, object: value.object, text: JSON.stringify(value), value });

function pageOf(objects: readonly GatewayObject[], query: ListQuery, observedAt: number): GatewayPage {
  const from = query.startingAfter === undefined ? 0 : objects.findIndex((object) => object.id === query.startingAfter) + 1;
  const limit = query.limit ?? 25;
  return { objects: objects.slice(from, from + limit), hasMore: from + limit < objects.length, observedAt };
}

/** Stripe at the clock's present moment. */
function gatewayAt(history: History, delivery: Delivery, nowSeconds: () => number): GatewaySource {
  const random = createRandom(delivery.seed, 'gateway', history.seed);
  const told = delivery.seed === 0 ? [...history.events] : shuffle(history.events, random).filter(() => !random.chance(delivery.lost));
  // Where listing heals, late by hours: beyond the overlap of the cursor, so that some are never seen at all.
  const latest = delivery.healsByListing ? 8 * 3_600 : 3_000;
  const lateness = new Map(told.map((event) => [event.id, delivery.seed !== 0 && random.chance(0.2) ? random.integer(60, latest) : 0]));
  const twice = new Set(told.filter(() => delivery.seed !== 0 && random.chance(0.2)).map((event) => event.id));
  const settling = new Map(history.versions.filter(({ list }) => list === 'balance_transactions').map(({ object }) => [object.id, delivery.seed !== 0 && random.chance(0.3) ? random.integer(60, 2 * day) : 0]));

  const statesOf = (list: Version['list']): Map<string, GatewayObject> => {
    const states = new Map<string, GatewayObject>();
    for (const version of history.versions) if (version.list === list && version.at + (settling.get(version.object.id) ?? 0) <= nowSeconds()) states.set(version.object.id, toGatewayObject(version.object));
    return states;
  };
  const read = (value: unknown, path: string): unknown => path.split(/[[\]]+/).filter(Boolean).reduce<unknown>((current, name) => (typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[name] : undefined), value);
  const createdOf = (object: GatewayObject): number => Number(object.value['created']);

  function listEvents(query: ListQuery): GatewayPage {
    const known = told.filter((event) => event.created + (lateness.get(event.id) ?? 0) <= nowSeconds() && event.created >= (query.createdFrom ?? 0));
    const listed = known.flatMap((event: HistoryEvent) => {
      const object = toGatewayObject({ id: event.id, object: 'event', type: event.type, created: event.created, api_version: '2026-07-29', data: { object: event.object } });
      return twice.has(event.id) ? [object, object] : [object];
    });
    return { objects: listed, hasMore: false, observedAt: nowSeconds() * 1000 };
  }

  return {
    account: () => Promise.resolve({ id: 'acct_history', name: 'History', defaultCurrency: 'usd', mode: 'test', createdAt: history.startsAt, object: toGatewayObject({ id: 'acct_history', object: 'account', default_currency: 'usd' }) }),
    list(list, query) {
      if (list === 'events') return Promise.resolve(listEvents(query));
      const objects = [...statesOf(list).values()]
        .filter((object) => createdOf(object) >= (query.createdFrom ?? 0) && createdOf(object) < (query.createdBefore ?? Number.MAX_SAFE_INTEGER) && Object.entries(query.filters ?? {}).every(([name, value]) => read(object.value, name) === value))
        .sort((a, b) => createdOf(b) - createdOf(a) || (a.id < b.id ? 1 : -1));
      return Promise.resolve(pageOf(objects, query, nowSeconds() * 1000));
    },
    get(list, id) {
      const found = statesOf(list).get(id);
      return Promise.resolve(found && { ...found, observedAt: nowSeconds() * 1000 });
    },
    customerBalance(customer, startingAfter) {
      const moves = [...statesOf('customer_balance').values()].filter(({ value }) => value['customer'] === customer).sort((a, b) => createdOf(b) - createdOf(a) || (a.id < b.id ? 1 : -1));
      return Promise.resolve(pageOf(moves, { limit: 3, ...(startingAfter === undefined ? {} : { startingAfter }) }, nowSeconds() * 1000));
    },
    invoiceLines: () => Promise.reject(new Error('every line is embedded')),
    subscriptionItems: () => Promise.reject(new Error('every item is embedded')),
  };
}

let template: Buffer | undefined;
/** A migrated ledger in memory: copied from one that was migrated once. */
export function openMemoryLedger(): SqliteDatabase {
  if (!template) {
    using ledger = openTemporaryDatabase();
    ledger.database.connection.pragma('journal_mode = DELETE');
    template = ledger.database.connection.serialize();
  }
  const connection = new Sqlite(template);
  connection.pragma('foreign_keys = ON');
  connection.pragma('recursive_triggers = ON');
  connection.pragma('temp_store = MEMORY');
  return new SqliteDatabase(connection, silentLogger);
}

/** What has been published by now comes in, as an import would store it. @returns what is still to come. */
function createRateArrival(history: History, delivery: Delivery, { unitOfWork, ...database }: { readonly unitOfWork: UnitOfWork; readonly readable: ReadableDatabase }): (nowSeconds: number, isLast: boolean) => void {
  const random = createRandom(delivery.seed, 'rates', history.seed);
  let toCome: readonly RateRow[] = history.rates.map(({ base, on, rate }) => ({ base, on: localDate(on), rate }));
  if (delivery.rates === 'any-order') toCome = shuffle(toCome, random);
  const take = (arrived: readonly RateRow[]): void => {
    const [from = '', to = ''] = [arrived.map(({ on }) => on).toSorted()[0], arrived.map(({ on }) => on).toSorted().at(-1)];
    const { toSave } = planImport(arrived, readKnownRates(database.readable, 'usd', from, to));
    unitOfWork.run('rates', (writable) => saveImportedRates(writable, toSave, 'usd', 'history', nowMs));
  };
  let nowMs = 0;
  return (nowSeconds, isLast) => {
    nowMs = nowSeconds * 1000;
    const publishedUpTo = new Date(nowMs - random.integer(0, 6 * day) * 1000).toISOString().slice(0, 10);
    const isHere = (row: RateRow, index: number): boolean => isLast || (delivery.rates ?? 'first') === 'first' || (delivery.rates === 'late' ? row.on <= publishedUpTo : index < toCome.length / 8);
    const arrived = toCome.filter(isHere);
    toCome = toCome.filter((row, index) => !isHere(row, index));
    take(arrived);
  };
}

export interface Replayed extends Disposable {
  readonly database: SqliteDatabase;
  /** Same key, other input: there must be none. */
  readonly refused: number;
  readonly waiting: Readonly<Record<string, number>>;
  /** The last month that was recognised. */
  readonly lastMonth: Month;
  readonly recognition: Recognition;
  /** How often a month was closed, and opened again. */
  readonly closes: number;
  readonly reopens: number;
}

interface Bookkeeper {
  /** Closes what is over as far as it can be, or opens the last closed month, as chance has it. */
  tend(lastOver: Month): Promise<void>;
  readonly closes: number;
  readonly reopens: number;
}

/**
 * Somebody who closes months through the close service, with what its checklist asks for: reasons that can be accepted are, anything else leaves the month
 * open until the next time. A month opened again stays open for a while, so that what comes meanwhile still enters it.
 * @param reopens false: what is closed stays closed.
 */
function createBookkeeper(periods: PeriodClose, random: Random, reopens: boolean): Bookkeeper {
  const tally = { closes: 0, reopens: 0 };
  const command = (actor: string): { actor: string; requestId: string } => ({ actor, requestId: `${actor}-${tally.closes}-${tally.reopens}` });
  return {
    get closes() {
      return tally.closes;
    },
    get reopens() {
      return tally.reopens;
    },
    async tend(lastOver) {
      const views = periods.list().periods;
      const lastClosed = views.findLast((period) => period.state === 'closed');
      if (lastClosed && reopens && random.chance(0.2)) {
        await periods.requestReopen(lastClosed.month, 'Something was missing', command('ada'));
        tally.reopens += 1;
        return;
      }
      for (let month = views.find((period) => period.isNextToClose)?.month; month !== undefined && month <= lastOver; month = addMonths(month, 1)) {
        const accepted = periods.checklist(month).flatMap((check) => check.reasons.map((reason) => reason.code));
        if (!periods.checklist(month, accepted).every((check) => check.isFine)) return;
        await periods.close(month, accepted, command('ben'));
        tally.closes += 1;
      }
    },
  };
}

/** Tells a ledger the history; at the end everything was read, and every month that is over is recognised. */
export async function replayHistory(history: History, delivery: Delivery, sealer?: Sealer): Promise<Replayed> {
  const database = openMemoryLedger();
  const { unitOfWork } = database;
  let now = history.startsAt;
  const clock: Clock = { now: () => now * 1000 };
  const timeZone = new TimeZone('America/New_York');
  const journal = createJournal({ clock, ...(sealer ? { sealer } : {}) });
  const takeRates = createRateArrival(history, delivery, { unitOfWork, readable: database });
  const facts = createRateWaitingFacts({ readable: database, unitOfWork, journal, clock, timeZone });
  const coin = createRandom(delivery.seed, 'retries', history.seed);
  const sync = createStripeSync({ readable: database, unitOfWork, source: gatewayAt(history, delivery, () => now), journal, clock, timeZone, functionalCurrency: 'usd' });
  const recognition = createRecognition({ readable: database, unitOfWork, journal, clock, timeZone, settings: () => ({ functionalCurrency: 'usd' }) });
  const authority = createLocalPeriodAuthority({ unitOfWork, audit: createAuditLog({ clock }), timeZone });
  const bookkeeper = createBookkeeper(createPeriodClose({ readable: database, clock, timeZone, authority, recognition }), createRandom(delivery.seed, 'closing', history.seed), delivery.seed !== 0);
  const lastOver = (): Month => addMonths(monthOf(localDate(timeZone.dateOf(now * 1000))), -1);
  let refused = 0;
  let waiting: Readonly<Record<string, number>> = {};
  for (const at of delivery.syncsAt) {
    now = at;
    const isLast = at === history.endsAt;
    takeRates(at, isLast);
    // Right after an import, or with the next sync: it must not matter.
    if (coin.chance(0.5)) await facts.post(unattended);
    const result = await sync.sync({ isFull: isLast && delivery.healsByListing }, unattended);
    refused += result.refused;
    waiting = result.waiting;
    if (delivery.recognises) await recognition.recogniseDue();
    if (!isLast && delivery.closesMonths) await bookkeeper.tend(lastOver());
  }
  await recognition.recogniseDue();
  return { database, refused, waiting, lastMonth: lastOver(), recognition, closes: bookkeeper.closes, reopens: bookkeeper.reopens, [Symbol.dispose]: () => database.close() };
}

const findSeen = sql('history.seen', 'SELECT ledger_sequence AS sequence, recorded_at AS at FROM journal_entries WHERE id = ?');
const listLog = sql('history.log', 'SELECT month, action, head_sequence AS headSequence FROM period_log ORDER BY sequence');

const listKnownRates = sql('history.known-rates', 'SELECT base, rate_on AS "on", rate FROM exchange_rates ORDER BY rate_on, base');

/** A new ledger from the end of the history and the rates as the first one has them, with what the first one remembers of closed months and of when it saw what. */
export function rebuildHistory(history: History, { database }: Replayed): Promise<Replayed> {
  const periods = database.all<Pick<PeriodLogRow, 'month' | 'action' | 'headSequence'>>(listLog);
  return replayHistory({ ...history, rates: database.all(listKnownRates) }, plainDelivery(history), createReplayingSealer(createLocalSealer(), { periods, firstSeen: (id) => database.get(findSeen, [id]) }));
}
