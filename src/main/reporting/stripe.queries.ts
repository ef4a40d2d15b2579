/**
 * Settings → Stripe: how far Stripe was read, the log of events, what waits and why, and any object as the gateway wrote it.
 */
import type { z } from 'zod';
import type { eventGapSchema, eventStateSchema, parkedFactSchema, rawObjectKindSchema, stripeContract, stripeEventRowSchema, stripeEventSchema, stripeOverviewSchema } from '../../shared/api/stripe.contract.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import { sql, type ReadableDatabase, type Sql, type SqlValue } from '../database/handles.ts';
import { dayInWords, type LocalDate } from '../../shared/calendar/local-date.ts';
import { hideClientSecrets } from './hidden-secrets.ts';
import { firstKnownDay, hasRates } from './rates.queries.ts';
import { readLedgerSetting } from './status.queries.ts';

type EventState = z.infer<typeof eventStateSchema>;
type EventRow = z.infer<typeof stripeEventRowSchema>;
type EventsInput = z.output<NonNullable<(typeof stripeContract.events)['~orpc']['inputSchema']>>;
type ParkedInput = z.output<NonNullable<(typeof stripeContract.parked)['~orpc']['inputSchema']>>;
type ParkedFact = z.infer<typeof parkedFactSchema>;
type RawObjectKind = z.infer<typeof rawObjectKindSchema>;
type Overview = z.infer<typeof stripeOverviewSchema>;

// ── What waits, in words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface WaitingWords {
  readonly meaning: string;
  readonly nextStep: string;
}

/** What each reason for waiting means and what ends it. */
const wordsOfReason: Readonly<Record<string, WaitingWords>> = {
  'source-missing': { meaning: 'It depends on an object that Stripe has not given yet.', nextStep: 'The next sync asks for it again. If it stays, look the object up in Stripe’s dashboard.' },
  'fact-not-postable': { meaning: 'No entry can be made of it: an amount that cannot be booked exactly, a currency or a day that is none.', nextStep: 'Compare its raw object with Stripe’s dashboard and have it corrected there; every sync tries again. The others are posted meanwhile.' },
};
const otherReason: WaitingWords = { meaning: 'It cannot be posted yet.', nextStep: 'Look at its raw object, then sync again.' };

/** Posted by itself when the rate comes; what brings it depends on who owns the rates. */
function wordsOfMissingRate(database: ReadableDatabase, awaited: { readonly currency: string; readonly on: string } | null): WaitingWords {
  const meaning = 'The exchange rate of its day is not known yet.';
  if (readLedgerSetting(database, 'shared_ledger_id') !== null) return { meaning, nextStep: 'It is posted by itself once the company’s rate of that day is in the shared database; the next sync of it brings the rate.' };
  const firstKnown = awaited && firstKnownDay(database, awaited.currency, readLedgerSetting(database, 'functional_currency') ?? '');
  if (awaited && firstKnown !== null && awaited.on < firstKnown) return { meaning, nextStep: `Import older rates (Settings, Exchange rates): those of ${awaited.currency.toUpperCase()} are known from ${dayInWords(firstKnown as LocalDate)} on. It is then posted by itself.` };
  if (awaited && firstKnown === null && hasRates(database)) return { meaning, nextStep: `None of the rates that are known is of ${awaited.currency.toUpperCase()}: import them from a source that publishes it (Settings, Exchange rates). It is then posted by itself.` };
  return { meaning, nextStep: 'It is posted by itself once the rate of that day, or of a later one, is imported: Settings, Exchange rates.' };
}

const wordsFor = (database: ReadableDatabase, reasonCode: string, awaited: { readonly currency: string; readonly on: string } | null = null): WaitingWords => (reasonCode === 'exchange-rate-missing' ? wordsOfMissingRate(database, awaited) : wordsOfReason[reasonCode] ?? otherReason);

/** What to do about an event that was set aside or is of no use here. */
export function nextStepOfEvent(state: EventState, reasonCode: string | null): string | null {
  if (state === 'unhandled' && reasonCode === 'dismissed') return 'A person said that it is not to be used. It can be taken up again.';
  if (state === 'unhandled') return 'Nothing needs to be done: Daybook keeps no books on this kind. A later version may take it up.';
  if (state !== 'parked') return null;
  if (reasonCode === 'stripe-object-malformed') return 'Retry it: Daybook fetches the object anew. If it is parked again, send its raw object to your administrator; everything else was taken in.';
  return 'Retry it; the next sync takes it up again.';
}

// ── How far Stripe was read ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const cursorOf = sql('stripe.cursor', 'SELECT cursor, is_complete AS isComplete, last_success_at AS succeededAt FROM sync_cursors WHERE source = ?');
const refillCursors = sql('stripe.refill-cursors', "SELECT source, rows_seen AS rows, is_complete AS isComplete FROM sync_cursors WHERE source >= 'stripe/refill/' AND source < 'stripe/refill0' ORDER BY source");
const countEvents = sql('stripe.event-counts', "SELECT status, count(*) AS count FROM sync_inbox INDEXED BY sync_inbox_log_by_status WHERE provider = 'stripe' GROUP BY status");
const newestEvent = sql('stripe.newest-event', "SELECT max(created_at) AS at FROM sync_inbox WHERE provider = 'stripe'");
const countWaiting = sql('stripe.waiting', 'SELECT reason_code AS reasonCode, count(*) AS count FROM unposted_facts WHERE reason_code IS NOT NULL GROUP BY reason_code ORDER BY reason_code');
const listGaps = sql('stripe.gaps', 'SELECT id, from_at AS "from", to_at AS "to", noticed_at AS "noticedAt", filled_at AS "filledAt" FROM stripe_event_gaps ORDER BY noticed_at DESC LIMIT 20');

interface CursorRow {
  readonly cursor: string | null;
  readonly isComplete: number;
  readonly succeededAt: number | null;
}

/** `stripe/refill/invoices/2` belongs to invoices. */
function sumByList(rows: readonly { readonly source: string; readonly rows: number; readonly isComplete: number }[]): Overview['refill']['lists'] {
  const lists = new Map<string, { list: string; rows: number; isComplete: boolean }>();
  for (const row of rows) {
    const list = row.source.split('/')[2] ?? row.source;
    const known = lists.get(list);
    lists.set(list, { list, rows: (known?.rows ?? 0) + row.rows, isComplete: (known?.isComplete ?? true) && row.isComplete === 1 });
  }
  return [...lists.values()].toSorted((a, b) => a.list.localeCompare(b.list));
}

function startOfPlan(cursor: string | null | undefined): number | null {
  if (!cursor) return null;
  const plan = JSON.parse(cursor) as { readonly startedAt?: unknown };
  return typeof plan.startedAt === 'number' ? plan.startedAt : null;
}

export type StripeProgress = Pick<Overview, 'refill' | 'events' | 'balanceTransactionsReadAt' | 'gaps' | 'waiting'>;

/** What the ledger knows of its reading of Stripe; no request is made. */
export function readStripeProgress(database: ReadableDatabase): StripeProgress {
  const refill = database.get<CursorRow>(cursorOf, ['stripe/refill']);
  const counts = new Map(database.all<{ status: EventState; count: number }>(countEvents).map((row) => [row.status, row.count]));
  const countOf = (state: EventState): number => counts.get(state) ?? 0;
  // A refill that came to its end read everything up to when it was begun, whether or not anything was read since.
  const refilledTo = refill?.isComplete === 1 ? startOfPlan(refill.cursor) : null;
  const readUpTo = (source: string): number | null => {
    const at = Math.max(database.get<CursorRow>(cursorOf, [source])?.succeededAt ?? 0, refilledTo ?? 0);
    return at === 0 ? null : at;
  };
  return {
    refill: {
      state: refill === undefined ? 'never' : refill.isComplete === 1 ? 'complete' : 'unfinished',
      startedAt: startOfPlan(refill?.cursor), completedAt: refill?.isComplete === 1 ? refill.succeededAt : null,
      lists: sumByList(database.all(refillCursors)),
    },
    events: {
      newestAt: database.get<{ at: number | null }>(newestEvent)?.at ?? null, readAt: readUpTo('stripe/events'),
      counts: { staged: countOf('staged'), projected: countOf('projected'), parked: countOf('parked'), unhandled: countOf('unhandled') },
    },
    balanceTransactionsReadAt: readUpTo('stripe/balance_transactions'),
    gaps: database.all<z.infer<typeof eventGapSchema>>(listGaps),
    waiting: database.all<{ reasonCode: string; count: number }>(countWaiting).map((row) => ({ ...row, ...wordsFor(database, row.reasonCode) })),
  };
}

// ── The log of events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Written as the index has it. */
const objectId = "CASE WHEN json_valid(payload) THEN json_extract(payload, '$.data.object.id') END";
const eventColumns = `provider_id AS id, type, status AS state, coalesce(${objectId}, CASE WHEN provider_id NOT LIKE 'evt\\_%' ESCAPE '\\' THEN provider_id END) AS "objectId", api_version AS "apiVersion", created_at AS "createdAt", received_at AS "receivedAt", reason_code AS "reasonCode", reason`;
const eventSorts: Readonly<Record<string, string>> = { createdAt: 'created_at', receivedAt: 'received_at', type: 'type', state: 'status' };
const oneEvent = sql('stripe.event', `SELECT ${eventColumns}, payload AS raw FROM sync_inbox WHERE provider = 'stripe' AND provider_id = ?`);

interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** The first text that begins with none of this one's signs: the end of a prefix search on an index. */
const behind = (prefix: string): string => `${prefix}\u{10ffff}`;

function eventConditions(filter: EventsInput['filter']): Condition[] {
  const conditions: Condition[] = [{ text: "provider = 'stripe'", values: [] }];
  if (filter?.state) conditions.push({ text: 'status = ?', values: [filter.state] });
  if (filter?.type) conditions.push({ text: 'type >= ? AND type < ?', values: [filter.type, behind(filter.type)] });
  const text = filter?.text?.trim();
  if (text) conditions.push({ text: `sequence IN (SELECT sequence FROM sync_inbox WHERE provider = 'stripe' AND provider_id >= ? AND provider_id < ? UNION SELECT sequence FROM sync_inbox WHERE ${objectId} >= ? AND ${objectId} < ?)`, values: [text, behind(text), text, behind(text)] });
  return conditions;
}

const whereOf = (conditions: readonly Condition[]): string => conditions.map((condition) => condition.text).join(' AND ');
const valuesOf = (conditions: readonly Condition[]): SqlValue[] => conditions.flatMap((condition) => condition.values);

/** A window of the log, the newest first unless asked otherwise. */
export function listStripeEvents(database: ReadableDatabase, window: EventsInput): { rows: EventRow[]; total: number; sums: [] } {
  const conditions = eventConditions(window.filter);
  const where = whereOf(conditions);
  const values = valuesOf(conditions);
  const column = eventSorts[window.sort?.column ?? 'createdAt'] ?? 'created_at';
  const direction = (window.sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const order = `${column} ${direction}, sequence ${direction}`;
  // The window is found in an index; its rows alone are read with their payloads.
  const inSight = `SELECT sequence FROM sync_inbox WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`;
  return {
    rows: database.all<EventRow>(sql(`stripe.events-by-${column}`, `SELECT ${eventColumns} FROM sync_inbox WHERE sequence IN (${inSight}) ORDER BY ${order}`), [...values, window.limit, window.startAt]),
    total: database.get<{ total: number }>(sql('stripe.events-total', `SELECT count(*) AS total FROM sync_inbox WHERE ${where}`), values)?.total ?? 0,
    sums: [],
  };
}

/** The kind of the object in an event, or of a list's object that stands in the log itself. */
function kindIn(raw: string): string | null {
  try {
    const value = JSON.parse(raw) as { object?: unknown; data?: { object?: { object?: unknown } } };
    const kind = value.object === 'event' ? value.data?.object?.object : value.object;
    return typeof kind === 'string' ? kind : null;
  } catch {
    return null;
  }
}

/** @throws NotFoundError `stripe-event-not-found`. */
export function readStripeEvent(database: ReadableDatabase, id: string): z.infer<typeof stripeEventSchema> {
  const row = database.get<EventRow & { raw: string }>(oneEvent, [id]);
  if (!row) throw new NotFoundError('stripe-event-not-found', 'This event is not in the log.', { data: { id }, nextStep: 'Sync Stripe, then look again.' });
  return { ...row, raw: hideClientSecrets(row.raw), objectKind: kindIn(row.raw), nextStep: nextStepOfEvent(row.state, row.reasonCode) };
}

// ── Facts that wait ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const parkedSorts: Readonly<Record<string, string>> = { occurredAt: 'occurred_at', reasonCode: 'reason_code', kind: 'object_type' };

/** A window of the facts without an entry that wait for something. */
export function listParkedFacts(database: ReadableDatabase, window: ParkedInput): { rows: ParkedFact[]; total: number; sums: [] } {
  const conditions: Condition[] = [{ text: 'reason_code IS NOT NULL', values: [] }];
  if (window.filter?.reasonCode) conditions.push({ text: 'reason_code = ?', values: [window.filter.reasonCode] });
  const text = window.filter?.text?.trim();
  if (text) conditions.push({ text: 'object_id >= ? AND object_id < ?', values: [text, behind(text)] });
  const where = whereOf(conditions);
  const values = valuesOf(conditions);
  const column = parkedSorts[window.sort?.column ?? 'occurredAt'] ?? 'occurred_at';
  const direction = (window.sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const rows = database.all<Omit<ParkedFact, 'nextStep' | 'awaitedRate'> & { readonly currency: string | null; readonly on: string | null }>(
    sql(`stripe.parked-by-${column}`, `SELECT object_type AS kind, object_id AS id, occurred_at AS "occurredAt", reason_code AS "reasonCode", reason, rate_currency AS currency, rate_on AS "on" FROM unposted_facts WHERE ${where} ORDER BY ${column} ${direction}, object_id LIMIT ? OFFSET ?`),
    [...values, window.limit, window.startAt],
  );
  return {
    rows: rows.map(({ currency, on, ...row }) => {
      const awaitedRate = currency === null || on === null ? null : { currency, on };
      return { ...row, awaitedRate, nextStep: wordsFor(database, row.reasonCode, awaitedRate).nextStep };
    }),
    total: database.get<{ total: number }>(sql('stripe.parked-total', `SELECT count(*) AS total FROM unposted_facts WHERE ${where}`), values)?.total ?? 0,
    sums: [],
  };
}

// ── Raw objects ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const rawFrom = (table: string): Sql => sql(`stripe.raw.${table}`, `SELECT raw, observed_at AS "observedAt" FROM ${table} WHERE id = ?`);
const rawOfKind: Readonly<Record<RawObjectKind, Sql>> = {
  account: rawFrom('stripe_accounts'), balance_transaction: rawFrom('stripe_balance_transactions'), charge: rawFrom('stripe_charges'), payment_intent: rawFrom('stripe_payment_intents'), customer: rawFrom('stripe_customers'), product: rawFrom('stripe_products'),
  price: rawFrom('stripe_prices'), coupon: rawFrom('stripe_coupons'), subscription: rawFrom('stripe_subscriptions'), subscription_item: rawFrom('stripe_subscription_items'), invoice: rawFrom('stripe_invoices'),
  line_item: sql('stripe.raw.line', 'SELECT l.raw, i.observed_at AS "observedAt" FROM stripe_invoice_lines l LEFT JOIN stripe_invoices i ON i.id = l.invoice_id WHERE l.id = ?'),
  invoice_payment: rawFrom('stripe_invoice_payments'), invoiceitem: rawFrom('stripe_invoice_items'), 'checkout.session': rawFrom('stripe_checkout_sessions'), refund: rawFrom('stripe_refunds'), dispute: rawFrom('stripe_disputes'), payout: rawFrom('stripe_payouts'),
  credit_note: rawFrom('stripe_credit_notes'), customer_balance_transaction: rawFrom('stripe_customer_balance_transactions'),
  event: sql('stripe.raw.event', `SELECT payload AS raw, received_at AS "observedAt" FROM sync_inbox WHERE provider = 'stripe' AND provider_id = ?`),
};

/** @throws NotFoundError `stripe-object-not-found` when the mirror has no such object. */
export function readRawObject(database: ReadableDatabase, { kind, id }: { readonly kind: RawObjectKind; readonly id: string }): { kind: RawObjectKind; id: string; observedAt: number | null; raw: string } {
  const row = database.get<{ raw: string; observedAt: number | null }>(rawOfKind[kind], [id]);
  if (!row) throw new NotFoundError('stripe-object-not-found', 'This object is not in the mirror.', { data: { kind, id }, nextStep: 'Sync Stripe, then look again; it may also have been deleted there.' });
  return { kind, id, ...row, raw: hideClientSecrets(row.raw) };
}
