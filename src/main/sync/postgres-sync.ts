/**
 * Pulls the shared database into this desk's copy (architecture.md §8, domain.md §5).
 *
 * The first time an entity is copied whole, in the order of its keys, from one consistent snapshot; afterwards the change feed is followed.
 * A page of rows and the place up to which it was read are stored in one transaction, so a crash anywhere costs one page. The feed is read
 * from the watermark of the very first snapshot on: a row that was copied and changed again is simply written twice.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError, ProviderError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { JoiningCounts } from './record-joining.ports.ts';
import { isSharedEntityName, sharedEntities, sharedEntityNames, type SharedEntityName, type SharedRow } from './shared-entities.ts';
import type { FeedChange, SharedLedgerIdentity, SharedLedgerSource, SharedSnapshot } from './shared-ledger-source.ts';
import {
  dropImportedRates, dropLedgerSetting, dropSharedViews, findFeedPosition, findLedgerSetting, findLoadState, keepLedgerSetting, listBegunEntities, moveFeedPosition, moveLoadState, purgeSharedEntity, recordSyncFailure, recordSyncSuccess, removeSharedRow, replaceLedgerSetting, upsertSharedRows,
} from './shared-records.repository.ts';

export interface PostgresSyncDependencies {
  readonly source: SharedLedgerSource;
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** This Daybook's version, `major.minor.patch`. */
  readonly clientVersion: string;
  /**
   * Called until it succeeds once, before a desk takes a shared ledger on: whether their journals go together, and what this desk brings. What it throws keeps the desk as it is.
   * @param handOver called before anything is given away for good: from then on this desk waits for the join to be finished, whatever stops it.
   * @returns what was brought; null: nothing.
   */
  beforeJoin?(identity: SharedLedgerIdentity, control: WorkControl, handOver: () => void): Promise<JoiningCounts | null>;
  /** Rows asked for at once. */
  readonly pageSize?: number;
  /** Rows stored in one write transaction: few enough that it holds the ledger for milliseconds only. */
  readonly rowsPerTransaction?: number;
}

export interface PostgresSyncResult {
  readonly companyName: string;
  /** Rows written here, by entity; an entity the role may not read is absent. */
  readonly written: Readonly<Partial<Record<SharedEntityName, number>>>;
  /** Entries of the change feed that were followed. */
  readonly changes: number;
  /** What this desk brought into the shared ledger when it joined it, in this call. */
  readonly brought: JoiningCounts | null;
  /** Entities that were taken off this desk because the role may no longer read them. */
  readonly purged: readonly SharedEntityName[];
  /** Every transaction with a smaller number has been decided, and what this role may see of it is here. */
  readonly readBelow: string;
  /** Others made changes since then, epoch milliseconds, that cannot be read before a transaction which still runs on the server has ended. null: none. */
  readonly heldBackSince: number | null;
}

export interface PostgresSync {
  /**
   * Makes sure that this desk belongs to the shared ledger, and joins it where it never did: before anything is sent there. What the role may no longer read goes. Errors as {@link pull}.
   * @returns what was brought by this call; null: nothing.
   */
  join(control: WorkControl): Promise<JoiningCounts | null>;
  /**
   * Everything the signed-in role may read, up to date when it returns.
   * @throws StateError `client-too-old`, `shared-database-set-back`; ValidationError `shared-ledger-mismatch`; ProviderError `postgres-…`; what `control.signal` was aborted with.
   */
  pull(control: WorkControl): Promise<PostgresSyncResult>;
  /** Only the exchange rates: the Stripe sync wants them before it posts. Errors as {@link pull}. */
  pullExchangeRates(control: WorkControl): Promise<PostgresSyncResult>;
}

interface Tally {
  readonly written: Partial<Record<SharedEntityName, number>>;
  changes: number;
}

export function createPostgresSync(dependencies: PostgresSyncDependencies): PostgresSync {
  const { source, readable, unitOfWork, clock } = dependencies;

  /** Told by the next pull. */
  let purgedMeanwhile: readonly SharedEntityName[] = [];

  async function join(control: WorkControl): Promise<{ readonly identity: SharedLedgerIdentity; readonly brought: JoiningCounts | null }> {
    let identity = await source.identity();
    assertClientFits(identity, dependencies.clientVersion);
    assertSameLedger(readable, identity);
    if (findLedgerSetting(readable, setBackMark) !== undefined) throw setBack();
    let brought: JoiningCounts | null = null;
    if (dependencies.beforeJoin && findLedgerSetting(readable, 'shared_ledger_id') === undefined) {
      brought = await bring(dependencies.beforeJoin, identity, control);
      identity = await source.identity(); // its settings may be this desk's now
    }
    unitOfWork.run('sync.join-shared-ledger', (database) => joinSharedLedger(database, identity, clock.now()));
    // Before anything is sent: what a smaller role may no longer send must not keep on this desk what it may no longer read.
    purgedMeanwhile = [...purgedMeanwhile, ...purgeUnreadable(readable, unitOfWork, identity)];
    return { identity, brought };
  }

  /** While a join is under way nothing is decided at this desk (composition/desk-of-its-own.ts); a join that was refused leaves it as it was. */
  async function bring(beforeJoin: NonNullable<PostgresSyncDependencies['beforeJoin']>, identity: SharedLedgerIdentity, control: WorkControl): Promise<JoiningCounts | null> {
    const note = (name: string): void => unitOfWork.run('sync.begin-join', (database) => keepLedgerSetting(database, name, identity.id, clock.now()));
    note('joining_shared_ledger');
    try {
      return await beforeJoin(identity, control, () => note('handed_over_to'));
    } catch (error) {
      // A line that broke or a person who stopped it: the next sync goes on.
      if (error instanceof DaybookError && !(error instanceof ProviderError) && !control.signal.aborted) unitOfWork.run('sync.join-refused', dropJoiningMarks);
      throw error;
    }
  }

  async function notingFailure<Result>(control: WorkControl, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!control.signal.aborted) {
        const code = error instanceof DaybookError ? error.code : 'unexpected';
        unitOfWork.run('sync.failure', (database) => recordSyncFailure(database, code, clock.now()));
      }
      throw error;
    }
  }

  function pullEntities(wanted: readonly SharedEntityName[], control: WorkControl): Promise<PostgresSyncResult> {
    return notingFailure(control, async () => {
      const { identity, brought } = await join(control);
      const purged = purgedMeanwhile;
      purgedMeanwhile = [];
      const tally: Tally = { written: {}, changes: 0 };
      const readableNow = wanted.filter((entity) => identity.readableEntities.includes(entity));
      const toLoad = readableNow.filter((entity) => !(findLoadState(readable, entity)?.isComplete ?? false));
      if (toLoad.length > 0) await source.inSnapshot((snapshot) => loadEntities(dependencies, snapshot, toLoad, tally, control));
      const { readBelow, heldBackSince } = await followFeed(dependencies, identity, tally, control);
      unitOfWork.run('sync.success', (database) => recordSyncSuccess(database, heldBackSince, clock.now()));
      return { companyName: identity.companyName, written: tally.written, changes: tally.changes, brought, purged, readBelow, heldBackSince };
    });
  }

  return {
    join: (control) => notingFailure(control, async () => (await join(control)).brought),
    pull: (control) => pullEntities(sharedEntityNames, control),
    pullExchangeRates: (control) => pullEntities(['exchange_rate'], control),
  };
}

// ── Identity ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function assertClientFits(identity: SharedLedgerIdentity, clientVersion: string): void {
  if (compareVersions(clientVersion, identity.minimumClientVersion) < 0) {
    throw new StateError('client-too-old', `The shared database asks for Daybook ${identity.minimumClientVersion} or newer; this is ${clientVersion}.`, {
      data: { minimumVersion: identity.minimumClientVersion, version: clientVersion }, nextStep: 'Install the newest Daybook. What is on this desk stays readable.',
    });
  }
}

/** Negative when a comes before b. Both are `major.minor.patch`; what follows a hyphen does not count. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string): number[] => (version.split('-')[0] ?? '').split('.').map(Number);
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Set for good once the shared database is seen to count transactions from below what this desk has read. */
const setBackMark = 'shared_database_set_back';

/** Transactions are numbered upwards as long as a server lives: one that counts from below what was read is a restored copy, and its feed says nothing of what is there and what is gone. */
function setBack(): StateError {
  return new StateError('shared-database-set-back', 'The shared database was set back to an earlier state, as a restored backup is: what this desk has of it may be there no longer. Nothing was copied.', {
    nextStep: 'Tell your administrator. Begin a fresh data folder, which copies what stands there now, and make the edits again that this one still has in its queue.',
  });
}

const settingsOf = (identity: SharedLedgerIdentity): readonly (readonly [string, string])[] => [
  ['gateway', identity.gateway],
  ['gateway_account', identity.gatewayAccount],
  ['mode', identity.mode],
  ['functional_currency', identity.functionalCurrency],
  ['reporting_time_zone', identity.reportingTimeZone],
  ['shared_ledger_id', identity.id],
];

/** A ledger belongs to one gateway account and one mode, and to one shared database. A fresh one takes these on, a standing one must agree. @throws ValidationError `shared-ledger-mismatch`. */
export function assertSameLedger(database: ReadableDatabase, identity: SharedLedgerIdentity): void {
  for (const [name, shared] of settingsOf(identity)) {
    const ours = findLedgerSetting(database, name);
    if (ours !== undefined && ours !== shared) {
      throw new ValidationError('shared-ledger-mismatch', `The shared database belongs to another ledger: its ${name.replaceAll('_', ' ')} is ${shared}, here it is ${ours}. Nothing was copied.`, {
        data: { setting: name, shared, ours }, nextStep: 'Check the address of the shared database, or start a fresh data folder for this ledger.',
      });
    }
  }
}

/** At the start of a desk without an address: a join that had only begun is given up; one whose records may be there already is waited for. */
export function giveUpBegunJoin(database: ReadableDatabase, unitOfWork: UnitOfWork): void {
  if (findLedgerSetting(database, 'joining_shared_ledger') !== undefined && findLedgerSetting(database, 'handed_over_to') === undefined) unitOfWork.run('sync.give-up-join', dropJoiningMarks);
}

function dropJoiningMarks(database: WritableDatabase): void {
  for (const name of ['joining_shared_ledger', 'handed_over_to']) dropLedgerSetting(database, name);
}

function joinSharedLedger(database: WritableDatabase, identity: SharedLedgerIdentity, now: number): void {
  assertSameLedger(database, identity);
  dropJoiningMarks(database);
  for (const [name, shared] of [...settingsOf(identity), ['company_name', identity.companyName] as const]) keepLedgerSetting(database, name, shared, now);
  if (identity.lateUsageMonths) replaceLedgerSetting(database, 'late_usage_months', identity.lateUsageMonths, now);
  if (identity.taxRounding) replaceLedgerSetting(database, 'tax_rounding', identity.taxRounding, now);
  if (identity.reconciliationPolicy) replaceLedgerSetting(database, 'reconciliation_policy', identity.reconciliationPolicy, now);
  if (identity.revaluesAtClose) replaceLedgerSetting(database, 'revaluation_at_close', identity.revaluesAtClose === 'true' ? 'on' : 'off', now);
  // Who is signed in may change; what this desk lets them do follows what the shared database said last.
  replaceLedgerSetting(database, 'signed_in_user', identity.user, now);
  replaceLedgerSetting(database, 'signed_in_role', identity.role, now);
  replaceLedgerSetting(database, 'price_changes_need_approval', identity.priceChangesNeedApproval ? 'on' : 'off', now);
}

/** Whatever road it came here by, a desk's own time before it joined too: what the role may not read goes. */
function purgeUnreadable(readable: ReadableDatabase, unitOfWork: UnitOfWork, identity: SharedLedgerIdentity): SharedEntityName[] {
  const begun = listBegunEntities(readable);
  return sharedEntityNames.filter((entity) => {
    if (identity.readableEntities.includes(entity)) return false;
    const rows = unitOfWork.run(`sync.purge-${entity}`, (database) => purgeSharedEntity(database, entity));
    return rows > 0 || begun.includes(entity);
  });
}

// ── The first copy ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const defaultPageSize = 5_000;
const defaultRowsPerTransaction = 2_500;

async function loadEntities(dependencies: PostgresSyncDependencies, snapshot: SharedSnapshot, entities: readonly SharedEntityName[], tally: Tally, control: WorkControl): Promise<void> {
  const { readable, unitOfWork, clock } = dependencies;
  // Whatever this snapshot cannot see yet is in the feed from its watermark on. An older position stays: it covers more.
  if (!findFeedPosition(readable)) {
    unitOfWork.run('sync.begin-feed', (database) => moveFeedPosition(database, { transactionId: snapshot.watermark, sequence: '0' }, 0, clock.now()));
  }
  for (const entity of entities) await loadEntity(dependencies, snapshot, entity, tally, control);
}

async function loadEntity(dependencies: PostgresSyncDependencies, snapshot: SharedSnapshot, entity: SharedEntityName, tally: Tally, control: WorkControl): Promise<void> {
  const { readable, unitOfWork, clock } = dependencies;
  const pageSize = dependencies.pageSize ?? defaultPageSize;
  let lastKey = findLoadState(readable, entity)?.lastKey ?? null;
  if (lastKey === null) {
    unitOfWork.run('sync.begin-load', (database) => {
      if (entity === 'exchange_rate') dropImportedRates(database);
      if (entity === 'shared_view') dropSharedViews(database);
      moveLoadState(database, { entity, lastKey: null, isComplete: false }, 0, clock.now());
    });
  }
  for (;;) {
    control.signal.throwIfAborted();
    const rows = await snapshot.page(entity, lastKey, pageSize);
    const isComplete = rows.length < pageSize;
    lastKey = rows.at(-1)?.key ?? lastKey;
    for (const part of split(rows, dependencies.rowsPerTransaction ?? defaultRowsPerTransaction)) {
      unitOfWork.run(`sync.load-${entity}`, (database) => {
        const written = upsertSharedRows(database, entity, part);
        moveLoadState(database, { entity, lastKey: part.at(-1)?.key ?? lastKey, isComplete: isComplete && part.at(-1) === rows.at(-1) }, part.length, clock.now());
        tally.written[entity] = (tally.written[entity] ?? 0) + written;
      });
    }
    control.report({ done: tally.written[entity] ?? 0, total: null, note: `Copying ${sharedEntities[entity].label}` });
    if (isComplete) return;
  }
}

/** At least one part, so that an empty page still moves the cursor. */
function split(rows: readonly SharedRow[], size: number): (readonly SharedRow[])[] {
  const parts: (readonly SharedRow[])[] = [];
  for (let start = 0; start < rows.length; start += size) parts.push(rows.slice(start, start + size));
  return parts.length > 0 ? parts : [[]];
}

// ── The change feed ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function followFeed(dependencies: PostgresSyncDependencies, identity: SharedLedgerIdentity, tally: Tally, control: WorkControl): Promise<Pick<PostgresSyncResult, 'readBelow' | 'heldBackSince'>> {
  const pageSize = dependencies.pageSize ?? defaultPageSize;
  for (;;) {
    control.signal.throwIfAborted();
    const { count, readBelow, heldBackSince } = await dependencies.source.inSnapshot(async (snapshot) => {
      const followed = await followPage(dependencies, snapshot, identity, pageSize, tally);
      return { count: followed, readBelow: snapshot.watermark, heldBackSince: followed < pageSize ? await snapshot.heldBackSince() : null };
    });
    tally.changes += count;
    control.report({ done: tally.changes, total: null, note: 'Following changes in the shared database' });
    if (count < pageSize) return { readBelow, heldBackSince };
  }
}

async function followPage(dependencies: PostgresSyncDependencies, snapshot: SharedSnapshot, identity: SharedLedgerIdentity, pageSize: number, tally: Tally): Promise<number> {
  const { watermark } = snapshot;
  const { readable, unitOfWork, clock } = dependencies;
  const position = findFeedPosition(readable);
  if (!position) return 0;
  if (BigInt(watermark) < BigInt(position.transactionId)) {
    // Kept, because the numbers catch up one day: what was made below them in the meantime would then be skipped for ever.
    unitOfWork.run('sync.note-set-back', (database) => keepLedgerSetting(database, setBackMark, watermark, clock.now()));
    throw setBack();
  }
  const changes = await snapshot.changesAfter(position, pageSize);
  const last = changes.at(-1);
  if (!last) return 0;
  // An entity that was never begun is copied whole later, from a snapshot that is newer than this one.
  const begun = listBegunEntities(readable).filter((entity) => identity.readableEntities.includes(entity));
  const fetched = await fetchChanged(snapshot, changes, begun);
  unitOfWork.run('sync.follow-feed', (database) => {
    for (const { entity, rows, gone } of fetched) {
      for (const change of gone) tally.written[entity] = (tally.written[entity] ?? 0) + removeSharedRow(database, entity, change.entityId, change.changedAt);
      tally.written[entity] = (tally.written[entity] ?? 0) + upsertSharedRows(database, entity, rows);
    }
    moveFeedPosition(database, last, changes.length, clock.now());
  });
  return changes.length;
}

interface ChangedRows {
  readonly entity: SharedEntityName;
  readonly rows: readonly SharedRow[];
  /** The last change of every row that no longer exists. */
  readonly gone: readonly FeedChange[];
}

/** The rows behind a page of changes as they stand in the snapshot: a row that changed twice is fetched once, one that is gone is told apart. */
async function fetchChanged(snapshot: SharedSnapshot, changes: readonly FeedChange[], entities: readonly SharedEntityName[]): Promise<ChangedRows[]> {
  const lastChanges = new Map<SharedEntityName, Map<string, FeedChange>>();
  for (const change of changes) {
    if (!isSharedEntityName(change.entity) || !entities.includes(change.entity)) continue;
    const ofEntity = lastChanges.get(change.entity) ?? new Map<string, FeedChange>();
    ofEntity.set(change.entityId, change);
    lastChanges.set(change.entity, ofEntity);
  }
  const result: ChangedRows[] = [];
  for (const entity of sharedEntityNames) {
    const ofEntity = lastChanges.get(entity);
    if (!ofEntity) continue;
    const rows = await snapshot.rowsByKeys(entity, [...ofEntity.keys()]);
    const found = new Set(rows.map((row) => row.key));
    result.push({ entity, rows: voidFirst(entity, rows), gone: [...ofEntity.values()].filter((change) => !found.has(change.entityId)) });
  }
  return result;
}

/** A voided invoice makes room for its successor in the same month. */
function voidFirst(entity: SharedEntityName, rows: readonly SharedRow[]): readonly SharedRow[] {
  if (entity !== 'invoice') return rows;
  const status = sharedEntities.invoice.columns.indexOf('status');
  return [...rows].sort((a, b) => Number(b.values[status] === 'void') - Number(a.values[status] === 'void'));
}
