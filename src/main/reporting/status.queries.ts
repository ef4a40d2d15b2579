/**
 * What the status strip and the rail's counts show: one row each, from indexes only.
 */
import { isDecidableByUser } from '../contracts/approval-decider.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';

const cursors = sql('status.cursors', `
  SELECT CASE WHEN source LIKE 'stripe/%' THEN 'stripe' ELSE 'shared-database' END AS source,
         max(CASE WHEN source NOT LIKE 'stripe/%' OR source = 'stripe/sync' THEN last_success_at END) AS lastSuccessAt, max(last_attempt_at) AS lastAttemptAt,
         max(CASE WHEN last_error_code IS NOT NULL AND coalesce(last_attempt_at, 0) >= coalesce(last_success_at, 0) THEN last_error_code END) AS errorCode
  FROM sync_cursors WHERE source <> 'exchange-rates' GROUP BY 1`);
const setting = sql('status.setting', 'SELECT value FROM ledger_settings WHERE name = ?');
const draftInvoices = sql('status.draft-invoices', "SELECT count(*) AS count FROM invoices WHERE status = 'draft'");
const openDiscrepancies = sql('status.open-discrepancies', "SELECT count(*) AS count FROM discrepancies WHERE status IN ('open', 'assigned')");
const problemContracts = sql('status.problem-contracts', "SELECT count(*) AS count FROM partner_contracts WHERE deleted_at IS NULL AND pricing_model NOT IN ('flat', 'per_deed', 'hybrid', 'per_request')");
const reviewItems = sql('status.review-items', 'SELECT count(*) AS count FROM review_items WHERE settled_at IS NULL');
const reopenRequests = sql('status.reopen-requests', "SELECT count(*) AS count FROM period_log AS asked WHERE asked.action = 'request-reopen' AND NOT EXISTS (SELECT 1 FROM period_log AS later WHERE later.month = asked.month AND later.sequence > asked.sequence)");
const unsoundVerifications = sql('status.unsound', "SELECT count(*) AS count FROM job_runs AS run WHERE run.job = 'ledger-verify' AND run.result ->> '$.isSound' = 0 AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.job = run.job AND later.result IS NOT NULL AND (later.started_at, later.id) > (run.started_at, run.id))");
const failedRuns = sql('status.failed-runs', `
  SELECT count(*) AS count FROM job_runs AS run WHERE status = 'failed'
  AND NOT EXISTS (SELECT 1 FROM job_runs AS later WHERE later.job = run.job AND (later.started_at, later.id) > (run.started_at, run.id))`);
const edits = sql('status.edits', `
  SELECT (SELECT count(*) FROM outbox WHERE delivered_at IS NULL) + (SELECT count(*) FROM outbox_changes AS o WHERE o.state = 'pending' AND NOT EXISTS (SELECT 1 FROM change_sets AS c WHERE c.id = o.id AND c.state <> 'refused')) AS pending,
         (SELECT count(*) FROM change_conflicts WHERE state = 'open') AS conflicts,
         (SELECT count(*) FROM change_approvals AS a WHERE ${isDecidableByUser('a')}) AS decidable,
         (SELECT count(*) FROM known_changes WHERE state = 'parked' AND (is_own = 1 OR author = :user)) AS parked`);
const troubles = sql('status.mail-and-archive', `
  SELECT (SELECT count(*) FROM mail_outbox AS m WHERE m.state IN ('failed', 'in-doubt', 'bounced') AND NOT EXISTS (SELECT 1 FROM mail_outbox AS later WHERE later.invoice_id = m.invoice_id AND later.sequence > m.sequence) AND NOT EXISTS (SELECT 1 FROM invoices AS i WHERE i.id = m.invoice_id AND i.status = 'void'))
       + (SELECT count(*) FROM (SELECT DISTINCT error_code FROM archived_documents WHERE state = 'failed')) AS count`);
const stripeProblems = sql('status.stripe-problems', `
  SELECT (SELECT count(*) FROM stripe_event_gaps WHERE filled_at IS NULL) + (SELECT count(DISTINCT reason_code) FROM unposted_facts WHERE reason_code IS NOT NULL)
       + (SELECT count(*) FROM (SELECT DISTINCT reason_code FROM sync_inbox WHERE provider = 'stripe' AND status = 'parked')) AS count`);
const anyEntry = sql('status.any-entry', 'SELECT 1 AS found FROM journal_entries LIMIT 1');

export interface SourceFreshness {
  readonly source: 'stripe' | 'shared-database';
  readonly lastSuccessAt: number | null;
  readonly lastAttemptAt: number | null;
  readonly errorCode: string | null;
}

export interface StatusFigures {
  readonly sources: readonly SourceFreshness[];
  readonly draftInvoices: number;
  readonly openDiscrepancies: number;
  readonly problemContracts: number;
  readonly reviewItems: number;
  readonly reopenRequests: number;
  /** 1 while the last verification found something. */
  readonly unsoundLedger: number;
  readonly failedJobs: number;
  /** E-mails that a person settles, reasons for which documents are not in the archive; 0 for who only reads. */
  readonly mailAndArchive: number;
  /** A gap in the events, reasons for which facts wait, reasons for which messages were set aside. */
  readonly stripeProblems: number;
  /** Edits of this desk that are still to be sent. */
  readonly pendingEdits: number;
  readonly conflicts: number;
  /** Conflicts and approvals that whoever looks may decide, and edits of theirs that were not taken. */
  readonly decisions: number;
  readonly hasData: boolean;
}

/** A setting of the ledger (docs/ownership.md), or null before the first contact with its gateway. */
export function readLedgerSetting(database: ReadableDatabase, name: string): string | null {
  return database.get<{ value: string }>(setting, [name])?.value ?? null;
}

/** @param who looks: what waits for others is not counted as theirs. */
export function readStatusFigures(database: ReadableDatabase, who: { readonly user: string; readonly role: string } = { user: '', role: 'viewer' }): StatusFigures {
  const found = database.get<{ pending: number; conflicts: number; decidable: number; parked: number }>(edits, { user: who.user }) ?? { pending: 0, conflicts: 0, decidable: 0, parked: 0 };
  const count = (statement: typeof draftInvoices): number => database.get<{ count: number }>(statement)?.count ?? 0;
  return {
    sources: database.all<SourceFreshness>(cursors),
    draftInvoices: count(draftInvoices),
    openDiscrepancies: count(openDiscrepancies),
    problemContracts: count(problemContracts),
    reviewItems: count(reviewItems),
    reopenRequests: count(reopenRequests),
    unsoundLedger: count(unsoundVerifications),
    failedJobs: count(failedRuns),
    mailAndArchive: who.role === 'viewer' ? 0 : count(troubles),
    stripeProblems: count(stripeProblems),
    pendingEdits: found.pending,
    conflicts: found.conflicts,
    decisions: (who.role === 'admin' ? found.conflicts : 0) + (who.role === 'admin' || who.role === 'accountant' ? found.decidable : 0) + found.parked,
    hasData: database.get(anyEntry) !== undefined,
  };
}

const stripeFreshAt = sql('status.stripe-fresh-at', "SELECT last_success_at AS at FROM sync_cursors WHERE source = 'stripe/sync'");

/** When Stripe was last read to the end, in epoch milliseconds; null: never. */
export function readStripeFreshness(database: ReadableDatabase): number | null {
  return database.get<{ at: number | null }>(stripeFreshAt)?.at ?? null;
}

/** Said beside figures of cash while no sync has come to its end: what is there may be a part. */
export function stripeCaveats(database: ReadableDatabase): string[] {
  return readStripeFreshness(database) === null ? ['Stripe was not read to its end yet: more may be missing.'] : [];
}
