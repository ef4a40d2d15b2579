/**
 * The second road into the inbox: what `daybook relay` received, read from the shared database and staged once by the gateway's own id, beside what
 * was polled. Nothing is believed here: relayed-events.ts asks Stripe.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { DaybookError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { isJson, readText, type Json } from '../mirror/stripe-fields.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { routeEvent } from './event-routing.ts';
import { readCursor, saveCursor, type StagedMessage } from './intake.repository.ts';
import type { SharedInboxRow, SharedInboxSource } from './shared-inbox.ports.ts';
import { stageRelayed } from './shared-inbox.repository.ts';
import { createdSeconds } from './stripe-events.ts';

export interface SharedInboxDependencies {
  readonly source: SharedInboxSource;
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

export interface SharedInboxResult {
  /** Rows read, whether they were new here or not. */
  readonly read: number;
  readonly staged: number;
  readonly unhandled: number;
  readonly parked: number;
  /** Why the shared inbox was not read this time: `postgres-unreachable`, `postgres-not-migrated`, `postgres-not-permitted`; null when it was. */
  readonly skipped: string | null;
}

export interface SharedInbox {
  /** Everything since the last time. A shared database that is away does not keep Stripe away: the events wait there. */
  pull(control: WorkControl): Promise<SharedInboxResult>;
  /** Before a first refill: what was received up to now is covered by the lists that are read after it. */
  begin(control: WorkControl): Promise<void>;
}

interface Tally {
  read: number;
  staged: number;
  unhandled: number;
  parked: number;
}

const source = 'postgres/webhook-inbox';
/** A desk's own events were polled with an overlap; what came that long before is in the mirror. */
const overlapMs = 86_400_000;
const passing: ReadonlySet<string> = new Set(['postgres-unreachable', 'postgres-not-migrated', 'postgres-not-permitted']);

export function createSharedInbox(dependencies: SharedInboxDependencies): SharedInbox {
  const { source: inbox, readable, unitOfWork, clock } = dependencies;

  const keepCursor = (database: WritableDatabase, sequence: number, rows: number): void => {
    const at = clock.now();
    saveCursor(database, source, { cursor: String(sequence), isComplete: true, rowsSeen: (readCursor(database, source)?.rows_seen ?? 0) + rows, attemptedAt: at, succeededAt: at });
  };

  async function readOn(from: number, bounds: { readonly upTo?: number; readonly exceptGateway?: string }, tally: Tally, control: WorkControl, shouldKeep: boolean): Promise<void> {
    for (let after = from; ; ) {
      control.signal.throwIfAborted();
      const { rows } = await inbox.page({ after, ...bounds });
      const last = rows.at(-1)?.sequence;
      if (last === undefined) return;
      unitOfWork.run('stage relayed events', (database) => {
        for (const row of rows) stageRow(database, row, tally);
        if (shouldKeep) keepCursor(database, last, rows.length);
      });
      after = last;
      control.report({ done: tally.read, total: null, note: 'Reading the shared inbox' });
    }
  }

  /** A desk begins where its own polling began; other gateways, which it does not poll, from the first event on. */
  async function firstCursor(tally: Tally, control: WorkControl): Promise<number> {
    const polledTo = readCursor(readable, 'stripe/events')?.cursor;
    const start = await inbox.lastBefore(polledTo ? Number(polledTo) * 1000 - overlapMs : null);
    await readOn(0, { upTo: start, exceptGateway: 'stripe' }, tally, control, false);
    unitOfWork.run('begin the shared inbox', (database) => keepCursor(database, start, 0));
    return start;
  }

  /** Where the shared database was restored from an older backup, its numbers went back: it is read again, and what is known stays as it is. */
  async function cursorInForce(tally: Tally, control: WorkControl): Promise<number> {
    const known = readCursor(readable, source)?.cursor;
    if (known === undefined || known === null) return firstCursor(tally, control);
    const { newest } = await inbox.page({ after: Number(known), upTo: Number(known) });
    return newest < Number(known) ? 0 : Number(known);
  }

  async function unlessAway(tally: Tally, work: () => Promise<void>): Promise<SharedInboxResult> {
    try {
      await work();
      return { ...tally, skipped: null };
    } catch (error) {
      if (!(error instanceof DaybookError) || !passing.has(error.code)) throw error;
      return { ...tally, skipped: error.code };
    }
  }

  return {
    pull(control) {
      const tally = { read: 0, staged: 0, unhandled: 0, parked: 0 };
      return unlessAway(tally, async () => readOn(await cursorInForce(tally, control), {}, tally, control, true));
    },
    async begin(control) {
      const tally = { read: 0, staged: 0, unhandled: 0, parked: 0 };
      await unlessAway(tally, async () => void (await cursorInForce(tally, control)));
    },
  };
}

function stageRow(database: WritableDatabase, row: SharedInboxRow, tally: Tally): void {
  tally.read += 1;
  const message = row.gateway === 'stripe' ? readStripeRow(row) : { ...said(row), createdAt: row.occurredAt ?? row.receivedAt, status: 'unhandled' as const };
  if (!stageRelayed(database, row.gateway, message)) return;
  if (message.status === 'staged' || message.status === 'unhandled' || message.status === 'parked') tally[message.status] += 1;
}

const said = (row: SharedInboxRow) => ({ providerId: row.id, type: row.type, apiVersion: row.apiVersion, payload: row.body, receivedAt: row.receivedAt });

/** A row that is not the event it says it is takes no event's place: it is kept under its number. */
function readStripeRow(row: SharedInboxRow): StagedMessage {
  const event = parse(row.body);
  const isItself = event !== null && row.id.startsWith('evt_') && readText(event, 'id') === row.id && readText(event, 'type') === row.type;
  // A thin event carries no object, and its time as a text: nothing of it is handled yet.
  if (isItself && readText(event, 'object') === 'v2.core.event') return { ...said(row), createdAt: row.occurredAt ?? row.receivedAt, status: 'unhandled' };
  const created = isItself ? createdSeconds(event, row.receivedAt) : null;
  if (!isItself || created === null) {
    return { ...said(row), providerId: `inbox/${row.sequence}`, createdAt: row.receivedAt, status: 'parked', reasonCode: 'stripe-object-malformed', reason: 'What came through the shared inbox is not the event it says it is.' };
  }
  return { ...said(row), createdAt: created * 1000, status: routeEvent(event).road === 'unhandled' ? 'unhandled' : 'staged' };
}

function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : null;
  } catch {
    return null;
  }
}
