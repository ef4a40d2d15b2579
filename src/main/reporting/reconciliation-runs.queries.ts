/** Read models of the runs of the reconciliation: the list, one run beside the last of its level, and the proof of the balance. */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { discrepancyRowColumns, toDiscrepancyView, type DiscrepancyReasonName, type DiscrepancyRow, type RunSumView } from './reconciliation.queries.ts';

type Level = 'drift' | 'transactions' | 'payouts' | 'bank';

interface RunRow {
  readonly id: string;
  readonly level: Level;
  readonly sequence: number | null;
  readonly scope: 'everything' | 'range' | 'last-day' | null;
  readonly method: 'full' | 'incremental' | null;
  readonly policyVersion: number | null;
  readonly inputsHash: string | null;
  readonly asOf: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly compared: number;
  readonly recompared: number | null;
  readonly matched: number;
  readonly found: number;
  readonly appeared: number | null;
  readonly remaining: number | null;
  readonly gone: number | null;
  readonly summary: string;
}

/** What the payouts of a run came to, as they were kept with it (payout-proof.ts has the words). */
export interface KeptProof {
  readonly balances: {
    readonly currency: string; readonly openingMinor: number; readonly activityMinor: number; readonly payoutsMinor: number; readonly endingMinor: number; readonly stripeMinor: number; readonly differenceMinor: number; readonly clearingMinor: number;
    readonly explainedMinor: number; readonly unexplainedMinor: number; readonly namedMinor?: number; readonly pendingMinor: number; readonly stripePendingMinor: number | null;
  }[];
  readonly account: {
    readonly payoutId: string; readonly currency: string; readonly method: string; readonly createdAt: number; readonly openingMinor: number; readonly activityMinor: number; readonly otherPayoutsMinor: number; readonly payoutMinor: number; readonly feeMinor: number;
    readonly closingMinor: number; readonly ledgerClosingMinor: number; readonly isTied: boolean;
  }[];
  readonly underWay: { readonly payoutId: string; readonly amountMinor: number; readonly currency: string; readonly status: 'pending' | 'in_transit'; readonly arrivesOn: string | null; readonly isLate: boolean }[];
}

interface KeptSummary {
  readonly sums?: readonly RunSumView[];
  readonly byReason?: Readonly<Partial<Record<DiscrepancyReasonName, number>>>;
  readonly proofs?: KeptProof['balances'];
  readonly account?: KeptProof['account'];
  readonly underWay?: KeptProof['underWay'];
}

const columns = `id, level, sequence, scope, method, policy_version AS "policyVersion", inputs_hash AS "inputsHash", as_of_at AS "asOf", from_at AS "from", to_at AS "to", started_at AS "startedAt", finished_at AS "finishedAt", compared, recompared, matched, found, appeared, remaining, gone, summary`;
const isListed = '(:level IS NULL OR level = :level)';
const countRuns = sql('runs.total', `SELECT count(*) AS total FROM reconciliation_runs WHERE ${isListed}`);
const sortColumns: Readonly<Record<string, string>> = { finishedAt: 'finished_at', level: 'level', compared: 'compared', found: 'found' };
const oneRun = sql('runs.one', `SELECT ${columns} FROM reconciliation_runs WHERE id = ?`);
const newestRun = sql('runs.newest', `SELECT ${columns} FROM reconciliation_runs WHERE level = ? ORDER BY finished_at DESC, sequence DESC, id DESC LIMIT 1`);
const previousRun = sql('runs.previous', `SELECT id, finished_at AS "finishedAt", found, inputs_hash AS "inputsHash" FROM reconciliation_runs WHERE level = :level AND sequence = :sequence - 1`);

export interface RunWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
  readonly filter?: { readonly level?: Level | undefined } | undefined;
}

export function listRuns(database: ReadableDatabase, { startAt, limit, sort, filter }: RunWindow) {
  const level = filter?.level ?? null;
  const column = sortColumns[sort?.column ?? 'finishedAt'] ?? 'finished_at';
  const direction = (sort?.direction ?? 'descending') === 'ascending' ? 'ASC' : 'DESC';
  const windowOf = sql(`runs.list-by-${column}`, `SELECT ${columns} FROM reconciliation_runs WHERE ${isListed} ORDER BY ${column} ${direction}, finished_at DESC, id DESC LIMIT :limit OFFSET :startAt`);
  return { rows: database.all<RunRow>(windowOf, { level, limit, startAt }).map(toRunView), total: database.get<{ total: number }>(countRuns, { level })?.total ?? 0, sums: [] };
}

/** Undefined when there is no such run; without an id the newest over transactions. */
export function readRun(database: ReadableDatabase, id: string | undefined) {
  const row = id === undefined ? database.get<RunRow>(newestRun, ['transactions']) : database.get<RunRow>(oneRun, [id]);
  if (!row) return undefined;
  const summary = JSON.parse(row.summary) as KeptSummary;
  const previous = row.sequence === null ? undefined : database.get<{ id: string; finishedAt: number; found: number; inputsHash: string | null }>(previousRun, { level: row.level, sequence: row.sequence });
  return {
    run: toRunView(row),
    byReason: Object.entries(summary.byReason ?? {}).map(([reason, count]) => ({ reason: reason as DiscrepancyReasonName, count })).toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
    previous: previous ? { id: previous.id, finishedAt: previous.finishedAt, found: previous.found, hadSameInputs: previous.inputsHash !== null && previous.inputsHash === row.inputsHash } : null,
    proof: proofIn(summary),
  };
}

/** The newest proof of the balance; null before there was one. */
export function readProof(database: ReadableDatabase) {
  const row = database.get<RunRow>(newestRun, ['payouts']);
  const proof = row ? proofIn(JSON.parse(row.summary) as KeptSummary) : null;
  return row && proof ? { run: toRunView(row), proof } : null;
}

function proofIn({ proofs, account = [], underWay = [] }: KeptSummary): KeptProof | null {
  return proofs ? { balances: proofs, account, underWay } : null;
}

function toRunView({ summary, ...row }: RunRow) {
  return { ...row, sums: [...((JSON.parse(summary) as KeptSummary).sums ?? [])] };
}

// ── Beside the last run ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const spellOf = {
  new: 's.first_sequence = :sequence',
  gone: 's.ended_sequence = :sequence',
  remaining: 's.first_sequence < :sequence AND (s.ended_sequence IS NULL OR s.ended_sequence > :sequence) AND d.occurred_on >= :from AND d.occurred_on < :to',
} as const;
export type ComparedToLast = keyof typeof spellOf;
const joined = (of: ComparedToLast): string => `FROM discrepancy_spells AS s CROSS JOIN discrepancies AS d ON d.id = s.discrepancy_id WHERE s.level = :level AND ${spellOf[of]}`;
const statementsOf = (of: ComparedToLast) => ({
  list: sql(`runs.differences-${of}`, `SELECT ${discrepancyRowColumns('d')} ${joined(of)} ORDER BY d.occurred_on DESC, d.id LIMIT :limit OFFSET :startAt`),
  count: sql(`runs.count-${of}`, `SELECT count(*) AS total ${joined(of)}`),
});
const statements = { new: statementsOf('new'), remaining: statementsOf('remaining'), gone: statementsOf('gone') } as const;

/** Undefined when there is no such run. A run made before runs were counted has no differences of its own. */
export function listRunDifferences(database: ReadableDatabase, { id, of, startAt, limit }: { readonly id: string; readonly of: ComparedToLast; readonly startAt: number; readonly limit: number }, dateOf: (instant: number) => string) {
  const run = database.get<RunRow>(oneRun, [id]);
  if (!run) return undefined;
  if (run.sequence === null) return { rows: [], total: 0 };
  // A run over a range says nothing about what is dated elsewhere.
  const days = run.scope === 'range' ? { from: run.from === null ? '' : dateOf(run.from), to: run.to === null ? '9999-12-31' : dateOf(run.to) } : { from: '', to: '9999-12-31' };
  const values = { level: run.level, sequence: run.sequence, ...(of === 'remaining' ? days : {}) };
  return { rows: database.all<DiscrepancyRow>(statements[of].list, { ...values, limit, startAt }).map(toDiscrepancyView), total: database.get<{ total: number }>(statements[of].count, values)?.total ?? 0 };
}
