/**
 * One difference at the workbench: its sources side by side with the bank's, and its story from the payment at the gateway to the last step a person took.
 */
import { sql, type ReadableDatabase } from '../database/handles.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { BankLineView, BankLines } from '../reconciliation/bank-lines.ports.ts';
import { refusedLink } from '../reconciliation/attribute-pairing.ts';
import { writeOffNeed } from '../reconciliation/discrepancy-postings.ts';
import type { ComparedField } from './compared-fields.ts';
import { readCounterparts } from './discrepancy-counterparts.queries.ts';
import { readDiscrepancy } from './reconciliation.queries.ts';
import type { InboxStandpoint } from './workbench-filter.ts';
import { workColumns, workViewOf, type WorkRow } from './workbench.queries.ts';

export interface StoryLine {
  readonly at: number;
  readonly isDayOnly: boolean;
  readonly source: 'gateway' | 'ledger' | 'shared-database' | 'bank' | 'run' | 'person';
  readonly title: string;
  readonly detail: string | null;
  readonly actor: string | null;
  readonly link: string | null;
  readonly amount: { readonly amount: number; readonly currency: string } | null;
  readonly stepId: string | null;
  readonly isUndone: boolean;
}

const one = sql('workbench.one', `SELECT ${workColumns}, d.link_to AS "linkTo", d.open_request AS "openRequest", d.last_run_id AS "lastRunId", d.last_seen_at AS "lastSeenAt", d.detail FROM discrepancies AS d WHERE d.id = ?`);
const transactionOf = sql(
  'workbench.transaction',
  'SELECT id, type, amount_minor AS "amountMinor", currency, created_at AS "createdAt", available_at AS "availableAt", source_id AS "sourceId", payout_id AS "payoutId" FROM stripe_balance_transactions WHERE id = ?',
);
const payoutOf = sql('workbench.payout', 'SELECT id, status, balance_transaction_id AS "transactionId", amount_minor AS "amountMinor", currency, created_at AS "createdAt", arrival_at AS "arrivalAt" FROM stripe_payouts WHERE id = ?');
const objectsOf = sql(
  'workbench.objects',
  `SELECT 'charge' AS kind, id, status, amount_minor AS "amountMinor", currency, created_at AS "createdAt" FROM stripe_charges WHERE id = :id
   UNION ALL SELECT 'refund', id, coalesce(status, ''), -amount_minor, currency, created_at FROM stripe_refunds WHERE id = :id OR charge_id = :id
   UNION ALL SELECT 'dispute', id, status, -amount_minor, currency, created_at FROM stripe_disputes WHERE id = :id OR charge_id = :id`,
);
const entriesOf = sql(
  'workbench.entries',
  `SELECT e.id, e.entry_date AS "entryDate", e.recorded_at AS "recordedAt", e.kind, e.memo, p.currency, sum(iif(p.direction = 'debit', p.amount_minor, 0)) AS "amountMinor"
     FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE (e.source_type = 'stripe-balance-transaction' AND e.source_id = :transaction) OR (e.source_type = 'discrepancy' AND e.source_id = :id) GROUP BY e.id, p.currency ORDER BY e.ledger_sequence`,
);
// What people may post on any account; everything else on the clearing account comes of a balance transaction.
const postedWithoutTransaction = sql(
  'workbench.without-transaction',
  `SELECT e.id, e.entry_date AS "entryDate", e.recorded_at AS "recordedAt", e.kind, e.memo, p.currency, sum(iif(p.direction = 'debit', p.amount_minor, -p.amount_minor)) AS "amountMinor"
     FROM journal_entries AS e JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence
    WHERE e.source_type IN ('discrepancy', 'bank-match') AND p.account_code = '${accountCodes.stripeClearing}' AND p.currency = :currency GROUP BY e.ledger_sequence HAVING "amountMinor" <> 0 ORDER BY e.ledger_sequence DESC LIMIT 20`,
);
const recordsOf = sql(
  'workbench.records',
  `SELECT id, kind, status, amount_minor AS "amountMinor", currency, created_at AS "createdAt" FROM payment_history
    WHERE gateway_balance_transaction_id = :transaction OR (gateway_payment_id = :object AND status <> 'failed') OR id = :row ORDER BY created_at, id LIMIT 20`,
);
const stepsOf = sql(
  'workbench.steps',
  `SELECT id, action, actor, note, from_status AS "fromStatus", recorded_at AS "recordedAt", body, undoes, before IS NOT NULL AS "isTakenBackable", EXISTS (SELECT 1 FROM discrepancy_steps AS later WHERE later.discrepancy_id = step.discrepancy_id AND later.undoes = step.id) AS "isUndone"
     FROM discrepancy_steps AS step WHERE discrepancy_id = ? ORDER BY recorded_at, rowid`,
);

interface OneRow extends WorkRow {
  readonly linkTo: string | null;
  readonly openRequest: string | null;
  readonly lastRunId: string | null;
  readonly lastSeenAt: number;
  readonly detail: string;
}
interface GatewayRow {
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly createdAt: number;
}
interface EntryRow {
  readonly id: string;
  readonly entryDate: string;
  readonly recordedAt: number;
  readonly kind: string;
  readonly memo: string;
  readonly currency: string;
  readonly amountMinor: number;
}
interface StepRow {
  readonly id: string;
  readonly action: string;
  readonly actor: string;
  readonly note: string | null;
  readonly fromStatus: string;
  readonly recordedAt: number;
  readonly body: string | null;
  readonly undoes: string | null;
  readonly isTakenBackable: 0 | 1;
  readonly isUndone: 0 | 1;
}
interface StepBody {
  readonly entryId?: string;
  readonly kind?: string;
  readonly debitAccount?: string;
  readonly creditAccount?: string;
  readonly amountMinor?: number;
  readonly currency?: string;
  readonly reversal?: string;
  readonly target?: { readonly kind: string; readonly id: string };
}

const part = encodeURIComponent;
const line = (source: StoryLine['source'], at: number, title: string, more: Partial<StoryLine> = {}): StoryLine => ({ at, isDayOnly: false, source, title, detail: null, actor: null, link: null, amount: null, stepId: null, isUndone: false, ...more });

/** Undefined when there is none. @param user who looks: their own request is not theirs to approve. */
export function readWorkbenchDiscrepancy(database: ReadableDatabase, id: string, standpoint: InboxStandpoint, bank: BankLines, user: string) {
  const base = readDiscrepancy(database, id, standpoint.zone);
  const row = database.get<OneRow>(one, [id]);
  if (!base || !row) return undefined;
  const transaction = row.balanceTransactionId === null ? undefined : database.get<{ id: string; type: string; amountMinor: number; currency: string; createdAt: number; availableAt: number; sourceId: string | null; payoutId: string | null }>(transactionOf, [row.balanceTransactionId]);
  const payoutId = transaction?.payoutId ?? (row.objectId.startsWith('po_') ? row.objectId : null);
  const bankLines = bank.linesOf([row.objectId, ...(row.balanceTransactionId ? [row.balanceTransactionId] : []), ...(payoutId ? [payoutId] : []), ...(base.bankLineId ? [base.bankLineId] : [])]);
  const steps = database.all<StepRow>(stepsOf, [id]);
  const standing = steps.filter((step) => step.undoes === null && step.isUndone === 0 && step.action !== 'comment').at(-1);
  const asked = row.openRequest !== null && standing?.action === 'request-adjustment' ? standing : undefined;
  return {
    ...base,
    hasBank: bank.hasStatements(),
    ...workViewOf(row, standpoint), isDueSet: row.dueSet !== null, markedAs: row.markedAs, isBack: row.isBack === 1,
    link: linkOf(row.linkTo), counterparts: readCounterparts(database, id),
    story: [...gatewayStory(database, row, transaction, payoutId, base.fields), ...ledgerStory(database, row, payoutId === row.objectId ? (database.get<{ transactionId: string | null }>(payoutOf, [payoutId])?.transactionId ?? null) : null, standpoint), ...recordStory(database, row), ...bankLines.map((each) => bankLine(each, standpoint)), ...workStory(row, steps)]
      .map((told, index) => ({ told, index })).toSorted((a, b) => a.told.at - b.told.at || a.index - b.index).map(({ told }) => told),
    pair: base.pair && { ...base.pair, isRefused: row.linkTo === refusedLink },
    request: asked ? requestOf(asked, row, user) : null,
    undoable: standing && standing.isTakenBackable === 1 && standing.actor !== 'daybook' ? { stepId: standing.id, action: standing.action, at: standing.recordedAt, actor: standing.actor } : null,
    fetchable: row.reason === 'missing-in-ledger' && row.balanceTransactionId !== null && base.journalEntryId === null,
    isWritableOff: isWritableOff(row),
  };
}

/** Whether there is something a write-off would put right. */
function isWritableOff(row: Parameters<typeof writeOffNeed>[0]): boolean {
  const need = writeOffNeed(row);
  return need !== null && (need.on === 'held' || need.movementMinor !== 0);
}

function linkOf(linkTo: string | null): { kind: 'discrepancy' | 'journal-entry' | 'invoice' | 'payment' | 'gateway-object'; id: string } | null {
  const [kind, ...rest] = (linkTo ?? '').split('/');
  const id = rest.join('/');
  return kind === 'discrepancy' || kind === 'journal-entry' || kind === 'invoice' || kind === 'payment' || kind === 'gateway-object' ? { kind, id } : null;
}

function requestOf(step: StepRow, row: Pick<OneRow, 'amountMinor' | 'currency'>, user: string) {
  const body = JSON.parse(step.body ?? '{}') as StepBody;
  return {
    stepId: step.id, actor: step.actor, at: step.recordedAt, reason: step.note ?? '', debitAccount: body.debitAccount ?? '', creditAccount: body.creditAccount ?? '', amount: { amount: body.amountMinor ?? row.amountMinor, currency: body.currency ?? row.currency }, isWriteOff: body.kind === 'write-off', link: body.target ? linkOf(`${body.target.kind}/${body.target.id}`) : null,
    isOwn: step.actor === user,
  };
}

function gatewayStory(database: ReadableDatabase, row: OneRow, transaction: { id: string; type: string; amountMinor: number; currency: string; createdAt: number; availableAt: number } | undefined, payoutId: string | null, fields: readonly ComparedField[]): StoryLine[] {
  const told: StoryLine[] = [];
  const link = /^(ch|py|re|pyr|du|dp|pi)_/.test(row.objectId) ? `/invoices/payments/${part(row.objectId)}` : null;
  const objects = database.all<GatewayRow>(objectsOf, { id: row.objectId });
  for (const object of objects) told.push(line('gateway', object.createdAt, `${object.kind.replace(/^./, (first) => first.toUpperCase())} ${object.status.replaceAll('_', ' ')} at Stripe`, { detail: object.id, link: `/invoices/payments/${part(object.id)}`, amount: { amount: object.amountMinor, currency: object.currency } }));
  if (transaction) {
    told.push(line('gateway', transaction.createdAt, `Balance transaction: ${transaction.type.replaceAll('_', ' ')}`, { detail: transaction.id, link, amount: { amount: transaction.amountMinor, currency: transaction.currency } }));
    if (transaction.availableAt > transaction.createdAt) told.push(line('gateway', transaction.availableAt, 'Available at Stripe', { detail: transaction.id }));
  } else if (objects.length === 0 && payoutId === null && row.level !== 'payouts' && row.level !== 'bank') {
    // Never mirrored: what Stripe listed when it was found is all there is.
    const at = Date.parse(fields.find((field) => field.field === 'date')?.stripe[0]?.text ?? '');
    if (!Number.isNaN(at)) told.push(line('gateway', at, 'Listed by Stripe, not in the mirror', { detail: row.balanceTransactionId ?? row.objectId }));
  }
  const payout = payoutId === null ? undefined : database.get<{ id: string; status: string; amountMinor: number; currency: string; createdAt: number; arrivalAt: number }>(payoutOf, [payoutId]);
  if (payout) told.push(line('gateway', payout.createdAt, `Payout ${payout.status.replaceAll('_', ' ')}`, { detail: payout.id, amount: { amount: payout.amountMinor, currency: payout.currency } }));
  return told;
}

function ledgerStory(database: ReadableDatabase, row: OneRow, payoutTransactionId: string | null, { zone }: InboxStandpoint): StoryLine[] {
  const own = database.all<EntryRow>(entriesOf, { transaction: row.balanceTransactionId ?? payoutTransactionId ?? '', id: row.id });
  const others = row.reason === 'balance-not-proved' ? database.all<EntryRow>(postedWithoutTransaction, { currency: row.currency }).filter((entry) => !own.some(({ id }) => id === entry.id)).toReversed() : [];
  const told = [...own.map((entry) => ({ entry, title: 'Posted' })), ...others.map((entry) => ({ entry, title: 'Posted on the clearing account without a transaction' }))];
  return told.map(({ entry, title }) => line('ledger', Math.max(entry.recordedAt, zone.startOf(entry.entryDate as Parameters<typeof zone.startOf>[0])), `${title}: ${entry.kind.replaceAll('-', ' ')}`, { detail: `dated ${entry.entryDate} · ${entry.memo}`, link: `/ledger/entries/${part(entry.id)}`, amount: { amount: entry.amountMinor, currency: entry.currency } }));
}

function recordStory(database: ReadableDatabase, row: OneRow): StoryLine[] {
  const records = database.all<{ id: number; kind: string; status: string; amountMinor: number; currency: string; createdAt: number }>(recordsOf, { transaction: row.balanceTransactionId ?? '', object: row.objectId, row: (JSON.parse(row.detail) as { other?: { rowId?: number | null } | null }).other?.rowId ?? null });
  return records.map((record) => line('shared-database', record.createdAt, `Recorded by the company: ${record.kind} ${record.status}`, { detail: `row ${record.id}`, amount: { amount: record.amountMinor, currency: record.currency } }));
}

function bankLine(each: BankLineView, { zone }: InboxStandpoint): StoryLine {
  return line('bank', zone.startOf(each.bookedOn), 'Booked by the bank', { isDayOnly: true, detail: each.text, link: each.link, amount: { amount: each.amountMinor, currency: each.currency } });
}

const stepTitles: Readonly<Record<string, string>> = {
  assign: 'Assigned', resolve: 'Resolved', ignore: 'Ignored', hold: 'Put on hold', reopen: 'Reopened', 'mark-timing': 'Marked as timing', link: 'Linked', refuse: 'Not one: both stand by themselves', 'set-due': 'Due day set', comment: 'Comment', undo: 'Taken back', 'post-adjustment': 'Adjustment posted', 'write-off': 'Written off',
  'request-adjustment': 'Adjustment asked for', 'approve-adjustment': 'Adjustment approved and posted', 'decline-adjustment': 'Adjustment declined', fetch: 'Fetched from Stripe', match: 'Settled by a match of the bank', unmatch: 'Match of the bank taken back',
};

function workStory(row: OneRow, steps: readonly StepRow[]): StoryLine[] {
  const told = [row.reason === 'bank-residual' ? line('bank', row.firstSeenAt, 'Left on suspense by a match', { detail: null }) : line('run', row.firstSeenAt, 'Found by a reconciliation', { detail: null })];
  if (row.lastSeenAt > row.firstSeenAt) told.push(line('run', row.lastSeenAt, 'Last seen by a run', { detail: row.lastRunId }));
  for (const step of steps) {
    const body = JSON.parse(step.body ?? '{}') as StepBody;
    const isProgram = step.actor === 'daybook';
    const isReturn = isProgram && step.action === 'reopen' && step.fromStatus === 'resolved';
    const order = body.debitAccount === undefined ? null : `Dr ${body.debitAccount} / Cr ${body.creditAccount ?? ''}`;
    const entry = body.reversal ?? body.entryId;
    told.push(line(isProgram ? 'run' : 'person', step.recordedAt, isReturn ? 'It came back: reopened' : step.action === 'request-adjustment' && body.target ? 'Link asked for' : stepTitles[step.action] ?? step.action.replaceAll('-', ' '), {
      detail: [step.note, order].filter((text) => text !== null).join(' · ') || null, actor: isProgram ? null : step.actor, stepId: isProgram ? null : step.id, isUndone: step.isUndone === 1, link: entry ? `/ledger/entries/${part(entry)}` : null,
      amount: body.amountMinor === undefined ? null : { amount: body.amountMinor, currency: body.currency ?? row.currency },
    }));
  }
  return told;
}
