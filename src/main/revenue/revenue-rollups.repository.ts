/** All SQL that keeps the sums of revenue (migrations 0042, 0043, 0057): the queue, what is held of each customer, and the sums themselves. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { rowsStatement, runRows } from '../database/multi-row.ts';
import type { Caveat, PolicyMovement, Trial } from './customer-revenue.ts';
import type { KeptItem } from './items-in-force.ts';
import { addTrials, movesNothing, type Contributions, type TrialMonth } from './revenue-contributions.ts';

export interface RollupState {
  readonly rulesVersion: number;
  readonly isEverythingStale: number;
  readonly queuedUpTo: string;
  readonly functionalCurrency: string | null;
  readonly knownSinceAt: number | null;
  readonly asOfAt: number | null;
  /** How many customers were kept before the sums were added up for the first time. */
  readonly customersKept: number;
}

const findState = sql(
  'revenue-rollups.state',
  'SELECT rules_version AS rulesVersion, is_everything_stale AS isEverythingStale, queued_up_to AS queuedUpTo, functional_currency AS functionalCurrency, known_since_at AS knownSinceAt, as_of_at AS asOfAt, customers_kept AS customersKept FROM revenue_rollup_state WHERE id = 1',
);
const markEverything = sql('revenue-rollups.mark-everything', "UPDATE revenue_rollup_state SET is_everything_stale = 1, queued_up_to = '', rules_version = ?, functional_currency = ?");
const nextIds = sql(
  'revenue-rollups.next-ids',
  `SELECT id FROM (
     SELECT * FROM (SELECT id FROM stripe_customers WHERE id > :after ORDER BY id LIMIT :limit)
     UNION SELECT * FROM (SELECT DISTINCT customer_id AS id FROM stripe_subscriptions WHERE customer_id > :after ORDER BY customer_id LIMIT :limit)
     UNION SELECT * FROM (SELECT DISTINCT customer_id AS id FROM stripe_invoices WHERE customer_id > :after ORDER BY customer_id LIMIT :limit)
     UNION SELECT * FROM (SELECT customer_id AS id FROM revenue_customers WHERE customer_id > :after ORDER BY customer_id LIMIT :limit)
   ) ORDER BY id LIMIT :limit`,
);
const queueIds = sql('revenue-rollups.queue-ids', 'INSERT OR IGNORE INTO revenue_stale_customers SELECT value FROM json_each(?)');
const moveQueuedUpTo = sql('revenue-rollups.queued-up-to', 'UPDATE revenue_rollup_state SET queued_up_to = :upTo, is_everything_stale = :isEverythingStale');
const queueByRates = sql(
  'revenue-rollups.queue-by-rates', 'INSERT OR IGNORE INTO revenue_stale_customers SELECT c.customer_id FROM revenue_stale_rates r CROSS JOIN revenue_customer_currencies c ON c.currency = r.base AND c.last_rate_on >= r.from_on',
);
const clearRates = sql('revenue-rollups.clear-rates', 'DELETE FROM revenue_stale_rates');
const queueByTime = sql('revenue-rollups.queue-by-time', 'INSERT OR IGNORE INTO revenue_stale_customers SELECT customer_id FROM revenue_customers WHERE stands_until_at IS NOT NULL AND stands_until_at < ?');
const countStale = sql('revenue-rollups.count-stale', 'SELECT count(*) AS count FROM revenue_stale_customers');
const nextStale = sql('revenue-rollups.next-stale', 'SELECT customer_id AS id FROM revenue_stale_customers ORDER BY customer_id LIMIT ?');
const unqueue = sql('revenue-rollups.unqueue', 'DELETE FROM revenue_stale_customers WHERE customer_id = ?');
const finish = sql('revenue-rollups.finish', 'UPDATE revenue_rollup_state SET as_of_at = :nowAt, known_since_at = coalesce(known_since_at, :nowAt)');

const countKept = sql('revenue-rollups.count-kept', 'UPDATE revenue_rollup_state SET customers_kept = customers_kept + ?');
const nextHeld = sql('revenue-rollups.next-held', 'SELECT customer_id AS customerId, country FROM revenue_customers WHERE customer_id > ? ORDER BY customer_id LIMIT ?');
const movementsOfHeld = sql(
  'revenue-rollups.movements-of-held',
  `SELECT customer_id AS customerId, day_on AS day, kind, price_id AS priceId, currency, policies, amount_minor AS amountMinor, native_minor AS nativeMinor, '' AS cause, NULL AS subscriptionId, NULL AS invoiceId FROM revenue_movements
    WHERE customer_id > ? AND customer_id <= ? ORDER BY customer_id, day_on`,
);
const allTrials = sql('revenue-rollups.all-trials', 'SELECT subscription_id AS subscriptionId, started_month AS startedMonth, ended_month AS endedMonth, is_converted AS isConverted FROM revenue_trials');
const insertSums = rowsStatement('revenue-rollups.first-sums', 'INSERT INTO revenue_rollups VALUES', 11);
const forgetSums = sql('revenue-rollups.forget-sums', 'DELETE FROM revenue_rollups');
const forgetTrialMonths = sql('revenue-rollups.forget-trial-months', 'DELETE FROM revenue_trial_months');

const findCustomer = sql('revenue-rollups.customer', 'SELECT country FROM revenue_customers WHERE customer_id = ?');
const keepCustomer = sql('revenue-rollups.keep-customer', 'INSERT INTO revenue_customers VALUES (:customerId, :country, :standsUntilAt) ON CONFLICT (customer_id) DO UPDATE SET country = excluded.country, stands_until_at = excluded.stands_until_at');
const dropCustomer = sql('revenue-rollups.drop-customer', 'DELETE FROM revenue_customers WHERE customer_id = ?');
const listMovements = sql(
  'revenue-rollups.movements-of-customer',
  `SELECT day_on AS day, kind, price_id AS priceId, currency, policies, amount_minor AS amountMinor, native_minor AS nativeMinor, cause, subscription_id AS subscriptionId, invoice_id AS invoiceId FROM revenue_movements WHERE customer_id = ?`,
);
const keepMovement = sql('revenue-rollups.keep-movement', 'INSERT INTO revenue_movements VALUES (:customerId, :day, :kind, :priceId, :currency, :policies, :amountMinor, :nativeMinor, :cause, :subscriptionId, :invoiceId)');
const dropMovement = sql('revenue-rollups.drop-movement', 'DELETE FROM revenue_movements WHERE customer_id = :customerId AND day_on = :day AND kind = :kind AND price_id = :priceId AND currency = :currency AND policies = :policies');
const listItems = sql(
  'revenue-rollups.items-of-customer',
  `SELECT subscription_item_id AS subscriptionItemId, starts_at AS startsAt, ends_at AS endsAt, subscription_id AS subscriptionId, price_id AS priceId, quantity, currency, mrr_minor AS mrrMinor, rate, functional_mrr_minor AS functionalMinor, source,
          invoice_id AS invoiceId, explanation FROM revenue_items WHERE customer_id = ?`,
);
const keepItem = sql(
  'revenue-rollups.keep-item',
  'INSERT INTO revenue_items VALUES (:customerId, :subscriptionItemId, :startsAt, :endsAt, :subscriptionId, :priceId, :quantity, :currency, :mrrMinor, :rate, :functionalMinor, :source, :invoiceId, :explanation)',
);
const dropItem = sql('revenue-rollups.drop-item', 'DELETE FROM revenue_items WHERE customer_id = ? AND subscription_item_id = ? AND starts_at = ?');
const listTrials = sql('revenue-rollups.trials-of-customer', 'SELECT subscription_id AS subscriptionId, started_month AS startedMonth, ended_month AS endedMonth, is_converted AS isConverted FROM revenue_trials WHERE customer_id = ?');
const dropTrials = sql('revenue-rollups.drop-trials', 'DELETE FROM revenue_trials WHERE customer_id = ?');
const keepTrial = sql('revenue-rollups.keep-trial', 'INSERT OR REPLACE INTO revenue_trials VALUES (:subscriptionId, :customerId, :startedMonth, :endedMonth, :isConverted)');
const listCaveats = sql('revenue-rollups.caveats-of-customer', 'SELECT kind, object_id AS objectId, from_month AS fromMonth, to_month AS toMonth FROM revenue_caveats WHERE customer_id = ?');
const dropCaveats = sql('revenue-rollups.drop-caveats', 'DELETE FROM revenue_caveats WHERE customer_id = ?');
const keepCaveat = sql('revenue-rollups.keep-caveat', 'INSERT INTO revenue_caveats VALUES (:customerId, :kind, :objectId, :fromMonth, :toMonth)');
const listCurrencies = sql('revenue-rollups.currencies-of-customer', 'SELECT currency, last_rate_on AS lastRateOn FROM revenue_customer_currencies WHERE customer_id = ?');
const dropCurrencies = sql('revenue-rollups.drop-currencies', 'DELETE FROM revenue_customer_currencies WHERE customer_id = ?');
const keepCurrency = sql('revenue-rollups.keep-currency', 'INSERT INTO revenue_customer_currencies VALUES (?, ?, ?)');
const listAwaited = sql('revenue-rollups.awaited-by-customer', 'SELECT object_id AS objectId FROM revenue_awaited WHERE customer_id = ?');
const dropAwaited = sql('revenue-rollups.drop-awaited', 'DELETE FROM revenue_awaited WHERE customer_id = ?');
const keepAwaited = sql('revenue-rollups.keep-awaited', 'INSERT INTO revenue_awaited VALUES (?, ?)');

const addToSum = sql(
  'revenue-rollups.add',
  `INSERT INTO revenue_rollups VALUES (:policy, :dimension, :currency, :member, :month, :kind, :amountMinor, :functionalMinor, :movements, :customersJoined, :customersLeft)
   ON CONFLICT DO UPDATE SET amount_minor = amount_minor + excluded.amount_minor, functional_minor = functional_minor + excluded.functional_minor, movements = movements + excluded.movements,
     customers_joined = customers_joined + excluded.customers_joined, customers_left = customers_left + excluded.customers_left
   RETURNING movements`,
);
const dropSum = sql('revenue-rollups.drop', 'DELETE FROM revenue_rollups WHERE policy = :policy AND dimension = :dimension AND currency = :currency AND member = :member AND month = :month AND kind = :kind AND movements = 0');
const addTrialMonth = sql('revenue-rollups.add-trials', 'INSERT INTO revenue_trial_months VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET started = started + excluded.started, ended = ended + excluded.ended, converted = converted + excluded.converted');
const dropTrialMonths = sql('revenue-rollups.drop-trial-months', 'DELETE FROM revenue_trial_months WHERE started = 0 AND ended = 0');
const noteLate = sql('revenue-rollups.note-late', 'INSERT INTO revenue_late_changes VALUES (:learnedAt, :month, :customerId, :policy, :kind, :amountMinor, :customersJoined, :customersLeft)');

const areChargesCounted = sql('revenue-rollups.are-charges-counted', 'SELECT are_charges_counted AS counted FROM revenue_rollup_state WHERE id = 1');
const forgetOutcomes = sql('revenue-rollups.forget-outcomes', 'DELETE FROM charge_outcome_months');
const countCharges = sql('revenue-rollups.count-charges', 'SELECT created_at / 900000 AS quarterHour, currency, status, count(*) AS charges, sum(amount_minor) AS amountMinor FROM stripe_charges GROUP BY 1, 2, 3');
const markChargesCounted = sql('revenue-rollups.charges-counted', 'UPDATE revenue_rollup_state SET are_charges_counted = 1');
const nextOutcomes = sql('revenue-rollups.next-outcomes', 'SELECT quarter_hour AS quarterHour, currency, status, charges, amount_minor AS amountMinor FROM charge_outcome_changes ORDER BY quarter_hour, currency, status LIMIT ?');
const dropOutcome = sql('revenue-rollups.drop-outcome', 'DELETE FROM charge_outcome_changes WHERE quarter_hour = ? AND currency = ? AND status = ?');
const addOutcome = sql('revenue-rollups.add-outcome', 'INSERT INTO charge_outcome_months VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET charges = charges + excluded.charges, amount_minor = amount_minor + excluded.amount_minor');
const dropEmptyOutcomes = sql('revenue-rollups.drop-empty-outcomes', 'DELETE FROM charge_outcome_months WHERE charges = 0');

export function readRollupState(database: ReadableDatabase): RollupState {
  return database.get<RollupState>(findState) ?? { rulesVersion: 0, isEverythingStale: 1, queuedUpTo: '', functionalCurrency: null, knownSinceAt: null, asOfAt: null, customersKept: 0 };
}

/** From now on every customer is worked out anew, by these rules and in this currency. */
export function markEverythingStale(database: WritableDatabase, rulesVersion: number, functionalCurrency: string): void {
  database.run(markEverything, [rulesVersion, functionalCurrency]);
}

/** Puts the next customers into the queue. @returns false when all of them are in it. */
export function queueNext(database: WritableDatabase, after: string, limit: number): boolean {
  const ids = database.all<{ id: string }>(nextIds, { after, limit }).map(({ id }) => id);
  database.run(queueIds, [JSON.stringify(ids)]);
  const isMore = ids.length === limit;
  database.run(moveQueuedUpTo, { upTo: isMore ? (ids.at(-1) ?? '') : '', isEverythingStale: isMore ? 1 : 0 });
  return isMore;
}

/** Puts those into the queue whose rates or whose time made their figures others. */
export function queueByRatesAndTime(database: WritableDatabase, nowAt: number): void {
  database.run(queueByRates);
  database.run(clearRates);
  database.run(queueByTime, [nowAt]);
}

export const countStaleCustomers = (database: ReadableDatabase): number => database.get<{ count: number }>(countStale)?.count ?? 0;
export const nextStaleCustomers = (database: ReadableDatabase, limit: number): string[] => database.all<{ id: string }>(nextStale, [limit]).map(({ id }) => id);
export const takeFromQueue = (database: WritableDatabase, customerId: string): number => database.run(unqueue, [customerId]);
export const finishRefresh = (database: WritableDatabase, nowAt: number): number => database.run(finish, { nowAt });

export interface HeldCustomer {
  /** false: nothing at all is kept of the customer. */
  readonly isHeld: boolean;
  readonly country: string;
  readonly movements: readonly PolicyMovement[];
  readonly items: readonly KeptItem[];
  readonly trials: readonly Trial[];
}

export function readHeldCustomer(database: ReadableDatabase, customerId: string): HeldCustomer {
  const country = database.get<{ country: string }>(findCustomer, [customerId])?.country;
  if (country === undefined) return { isHeld: false, country: '', movements: [], items: [], trials: [] };
  return {
    isHeld: true, country, movements: database.all<PolicyMovement>(listMovements, [customerId]), items: database.all<KeptItem>(listItems, [customerId]),
    trials: database.all<Omit<Trial, 'isConverted'> & { isConverted: number }>(listTrials, [customerId]).map((row) => ({ ...row, isConverted: row.isConverted === 1 })),
  };
}

export interface KeptCustomer extends Omit<HeldCustomer, 'isHeld'> {
  readonly customerId: string;
  readonly standsUntilAt: number | null;
  readonly caveats: readonly Caveat[];
  readonly lastRateDays: ReadonlyMap<string, string>;
  readonly awaited: ReadonlySet<string>;
}

const orderOf = ({ day, kind, priceId, currency, policies }: PolicyMovement): string => `${day} ${kind} ${priceId} ${currency} ${policies}`;
const contentOf = (movement: PolicyMovement): string => JSON.stringify([orderOf(movement), movement.amountMinor, movement.nativeMinor, movement.cause, movement.subscriptionId, movement.invoiceId]);

const itemOrderOf = ({ subscriptionItemId, startsAt }: KeptItem): string => `${subscriptionItemId} ${startsAt}`;
const itemContentOf = (item: KeptItem): string => JSON.stringify([itemOrderOf(item), item.endsAt, item.subscriptionId, item.priceId, item.quantity, item.mrrMinor, item.rate, item.functionalMinor, item.source, item.invoiceId, item.explanation]);

/** Writes what became different of a customer; a customer without anything is held no longer. */
export function keepCustomerRows(database: WritableDatabase, held: HeldCustomer, kept: KeptCustomer): void {
  const { customerId } = kept;
  keepDifferent(held.movements, kept.movements, contentOf, ({ day, kind, priceId, currency, policies }) => database.run(dropMovement, { customerId, day, kind, priceId, currency, policies }), (movement) => database.run(keepMovement, { customerId, ...movement }));
  keepDifferent(held.items, kept.items, itemContentOf, ({ subscriptionItemId, startsAt }) => database.run(dropItem, [customerId, subscriptionItemId, startsAt]), (item) => database.run(keepItem, { customerId, ...item }));
  const replaceRows = held.isHeld ? replace : fillIn;
  replaceRows(database, customerId, listTrials, dropTrials, kept.trials, ({ subscriptionId, startedMonth, endedMonth, isConverted }) => [subscriptionId, startedMonth, endedMonth, isConverted ? 1 : 0], (trial) => database.run(keepTrial, { customerId, ...trial, isConverted: trial.isConverted ? 1 : 0 }));
  replaceRows(database, customerId, listCaveats, dropCaveats, kept.caveats, ({ kind, objectId, fromMonth, toMonth }) => [kind, objectId, fromMonth, toMonth], (caveat) => database.run(keepCaveat, { customerId, ...caveat }));
  replaceRows(database, customerId, listCurrencies, dropCurrencies, [...kept.lastRateDays], (pair) => pair, ([currency, day]) => database.run(keepCurrency, [customerId, currency, day]));
  replaceRows(database, customerId, listAwaited, dropAwaited, [...kept.awaited], (id) => [id], (id) => database.run(keepAwaited, [id, customerId]));
  const isNothing = kept.movements.length === 0 && kept.items.length === 0 && kept.trials.length === 0 && kept.caveats.length === 0 && kept.standsUntilAt === null && kept.lastRateDays.size === 0 && kept.awaited.size === 0;
  if (!isNothing) database.run(keepCustomer, { customerId, country: kept.country, standsUntilAt: kept.standsUntilAt });
  else if (held.isHeld) database.run(dropCustomer, [customerId]);
}

/** Drops the rows that are wanted no longer, then adds those that are new; most stay as they are. */
function keepDifferent<Row>(standing: readonly Row[], wanted: readonly Row[], contentOf: (row: Row) => string, drop: (row: Row) => void, keep: (row: Row) => void): void {
  if (standing.length === 0) {
    for (const row of wanted) keep(row);
    return;
  }
  const before = new Map(standing.map((row) => [contentOf(row), row]));
  const after = new Map(wanted.map((row) => [contentOf(row), row]));
  for (const [content, row] of before) if (!after.has(content)) drop(row);
  for (const [content, row] of after) if (!before.has(content)) keep(row);
}

type ReplaceRows = <Row>(database: WritableDatabase, customerId: string, list: ReturnType<typeof sql>, drop: ReturnType<typeof sql>, rows: readonly Row[], columnsOf: (row: Row) => readonly unknown[], keep: (row: Row) => void) => void;

/** Rewrites a customer's few rows of a table where they are not the same. */
const replace: ReplaceRows = (database, customerId, list, drop, rows, columnsOf, keep) => {
  const standing = database.all<Record<string, unknown>>(list, [customerId]).map((row) => JSON.stringify(Object.values(row)));
  const wanted = rows.map((row) => JSON.stringify(columnsOf(row)));
  if (standing.length === wanted.length && [...standing].sort().join('\n') === [...wanted].sort().join('\n')) return;
  if (standing.length > 0) database.run(drop, [customerId]);
  for (const row of rows) keep(row);
};

/** The same where nothing is held of the customer yet: there is nothing to read. */
const fillIn: ReplaceRows = (_database, _customerId, _list, _drop, rows, _columnsOf, keep) => {
  for (const row of rows) keep(row);
};

export function addToSums(database: WritableDatabase, changes: Contributions): void {
  for (const change of changes.values()) {
    if (movesNothing(change)) continue;
    const { policy, dimension, currency, member, month, kind } = change;
    const sum = database.get<{ movements: number }>(addToSum, { ...change });
    if (sum?.movements === 0) database.run(dropSum, { policy, dimension, currency, member, month, kind });
  }
}

export function addToTrialMonths(database: WritableDatabase, changes: ReadonlyMap<string, TrialMonth>): void {
  let isChanged = false;
  for (const [month, { started, ended, converted }] of changes) {
    if (started === 0 && ended === 0 && converted === 0) continue;
    database.run(addTrialMonth, [month, started, ended, converted]);
    isChanged = true;
  }
  if (isChanged) database.run(dropTrialMonths);
}

/** Notes what a customer's change did to the whole, and when it was learned. */
export function noteLateChanges(database: WritableDatabase, learnedAt: number, customerId: string, changes: Contributions): void {
  for (const change of changes.values()) {
    if (change.dimension !== 'all' || change.currency !== '*') continue;
    const { month, policy, kind, amountMinor, customersJoined, customersLeft } = change;
    if (amountMinor !== 0 || customersJoined !== 0 || customersLeft !== 0) database.run(noteLate, { learnedAt, month, customerId, policy, kind, amountMinor, customersJoined, customersLeft });
  }
}

interface OutcomeRow {
  readonly quarterHour: number;
  readonly currency: string;
  readonly status: string;
  readonly charges: number;
  readonly amountMinor: number;
}

/** Counts the charges that came before the first refresh; from then on each is counted as it comes. */
export function countChargesOnce(database: WritableDatabase, monthOf: (quarterHour: number) => string): void {
  if (database.get<{ counted: number }>(areChargesCounted)?.counted === 1) return;
  const months = new Map<string, { month: string; currency: string; status: string; charges: number; amountMinor: number }>();
  for (const { quarterHour, currency, status, charges, amountMinor } of database.all<OutcomeRow>(countCharges)) {
    const month = monthOf(quarterHour);
    const key = `${month} ${currency} ${status}`;
    const sum = months.get(key) ?? { month, currency, status, charges: 0, amountMinor: 0 };
    sum.charges += charges;
    sum.amountMinor += amountMinor;
    months.set(key, sum);
  }
  database.run(forgetOutcomes);
  for (const { month, currency, status, charges, amountMinor } of months.values()) database.run(addOutcome, [month, currency, status, charges, amountMinor]);
  database.run(markChargesCounted);
}

/** Adds some of the gathered outcomes of charges to their months. @returns how many were left to add at the start, at most `limit`. */
export function foldOutcomes(database: WritableDatabase, limit: number, monthOf: (quarterHour: number) => string): number {
  const rows = database.all<OutcomeRow>(nextOutcomes, [limit]);
  for (const { quarterHour, currency, status, charges, amountMinor } of rows) {
    if (charges !== 0 || amountMinor !== 0) database.run(addOutcome, [monthOf(quarterHour), currency, status, charges, amountMinor]);
    database.run(dropOutcome, [quarterHour, currency, status]);
  }
  if (rows.length > 0) database.run(dropEmptyOutcomes);
  return rows.length;
}

/** Before the sums are known: so many customers more are kept. */
export function countKeptCustomers(database: WritableDatabase, customers: number): void {
  database.run(countKept, [customers]);
}

export interface HeldMovements {
  readonly customerId: string;
  readonly country: string;
  readonly movements: readonly PolicyMovement[];
}

/** The next customers by id with what moved each of them, by day. */
export function readHeldMovements(database: ReadableDatabase, after: string, limit: number): HeldMovements[] {
  const customers = database.all<{ customerId: string; country: string }>(nextHeld, [after, limit]);
  const movements = Map.groupBy(database.all<PolicyMovement & { customerId: string }>(movementsOfHeld, [after, customers.at(-1)?.customerId ?? after]), ({ customerId }) => customerId);
  return customers.map((customer) => ({ ...customer, movements: movements.get(customer.customerId) ?? [] }));
}

/** Sums in place of all there are: as good as in the order of the table's key, so that its pages are filled one after the other. A sum of no movement is not kept. */
export function replaceSums(database: WritableDatabase, sums: Contributions): void {
  database.run(forgetSums);
  const inOrder = [...sums].filter(([, { movements }]) => movements !== 0).sort(([left], [right]) => (left < right ? -1 : 1));
  const values = inOrder.flatMap(([, one]) => [one.policy, one.dimension, one.currency, one.member, one.month, one.kind, one.amountMinor, one.functionalMinor, one.movements, one.customersJoined, one.customersLeft]);
  runRows(database, insertSums, values);
}

/**
 * Writes the sums of all customers for the first time; from then on they are known.
 * @param customersKept as it was when the adding up began.
 * @returns false when customers were kept meanwhile: nothing was written, the sums are to be added up again.
 */
export function publishSums(database: WritableDatabase, sums: Contributions, customersKept: number, nowAt: number): boolean {
  const state = readRollupState(database);
  if (state.knownSinceAt !== null) return true;
  if (state.customersKept !== customersKept) return false;
  replaceSums(database, sums);
  const months = new Map<string, TrialMonth>();
  addTrials(months, database.all<Omit<Trial, 'isConverted'> & { isConverted: number }>(allTrials).map((row) => ({ ...row, isConverted: row.isConverted === 1 })), 1);
  database.run(forgetTrialMonths);
  addToTrialMonths(database, months);
  finishRefresh(database, nowAt);
  return true;
}
