/** Every change, conflict and approval this desk knows, its own and the others' (the view `known_changes`); read only. */
import { sql, type ReadableDatabase, type Sql } from '../database/handles.ts';
import { isDecidableByUser } from './approval-decider.ts';
import type { ChangeOperation, ChangeState, FieldChange } from './change-set.ts';
import type { Clash } from './change-merge.ts';
import type { Choice } from './change-evaluation.ts';
import type { MergedEntity } from './contract-fields.ts';

export interface KnownChange {
  readonly id: string;
  readonly entity: MergedEntity;
  readonly entityId: string;
  readonly operation: ChangeOperation;
  readonly baseVersion: number;
  readonly fields: Readonly<Record<string, FieldChange>>;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: number;
  readonly sentAt: number | null;
  readonly attempts: number;
  readonly state: ChangeState;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly resultVersion: number | null;
  readonly conflictId: string | null;
  readonly approvalId: string | null;
  /** Lies in this desk's outbox. */
  readonly isOwn: boolean;
}

type Stored<Row, Json extends keyof Row> = Omit<Row, Json | 'isOwn'> & Readonly<Record<Json, string>> & { readonly isOwn: number };

const changeColumns = `id, entity, entity_id AS entityId, operation, base_version AS baseVersion, fields, reason, author, created_at AS createdAt, sent_at AS sentAt, attempts, state, error_code AS errorCode, error_message AS errorMessage,
  result_version AS resultVersion, conflict_id AS conflictId, approval_id AS approvalId, is_own AS isOwn`;
const isOpen = "state NOT IN ('applied', 'merged', 'rejected', 'withdrawn')";
// A request for a new amendment that was refused names its contract in what it wanted alone: no record of it ever stood.
const isOfContract = "entity_id = :contractId OR (entity = 'amendment' AND (fields ->> '$.contract_id.to' = :contractId OR entity_id IN (SELECT id FROM contract_amendments WHERE contract_id = :contractId)))";
const filtered = `FROM known_changes WHERE (:state IS NULL OR state = :state) AND (:entityId IS NULL OR entity_id = :entityId) AND (:isOpen IS NULL OR (${isOpen}) = :isOpen)
  AND (:contractId IS NULL OR ${isOfContract}) AND (:hasApproval IS NULL OR (approval_id IS NOT NULL) = :hasApproval)`;
const findOne = sql('known-changes.find', `SELECT ${changeColumns} FROM known_changes WHERE id = ?`);
const listOpenOnes = sql('known-changes.open', `SELECT ${changeColumns} FROM known_changes WHERE ${isOpen} ORDER BY created_at, id`);
const countFiltered = sql('known-changes.count', `SELECT count(*) AS count ${filtered}`);
const orders = { 'createdAt/ascending': 'created_at, id', 'createdAt/descending': 'created_at DESC, id DESC', 'state/ascending': 'state, created_at DESC, id', 'state/descending': 'state DESC, created_at DESC, id' } as const;
export type ChangeOrder = keyof typeof orders;
const listFiltered = Object.fromEntries(Object.entries(orders).map(([name, order]) => [name, sql(`known-changes.list-${name}`, `SELECT ${changeColumns} ${filtered} ORDER BY ${order} LIMIT :limit OFFSET :startAt`)])) as Readonly<Record<ChangeOrder, Sql>>;

/** A number past what can be kept, which no desk sends but whoever calls the shared database by hand may, is null: one such change must not keep everybody from the list of all. */
function parseKept<Kept>(text: string): Kept {
  return /\d{309}/.test(text) ? (JSON.parse(text, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? null : value)) as Kept) : (JSON.parse(text) as Kept);
}

function toKnownChange(stored: Stored<KnownChange, 'fields'>): KnownChange {
  return { ...stored, fields: parseKept<Record<string, FieldChange>>(stored.fields), isOwn: stored.isOwn === 1 };
}

export function findKnownChange(database: ReadableDatabase, id: string): KnownChange | undefined {
  const stored = database.get<Stored<KnownChange, 'fields'>>(findOne, [id]);
  return stored && toKnownChange(stored);
}

const findCreationOf = sql('known-changes.creation', `SELECT ${changeColumns} FROM known_changes WHERE entity_id = ? AND operation = 'create' ORDER BY created_at DESC, id DESC LIMIT 1`);

/** The change that makes, or was to make, this record; undefined where it is older than what this desk knows. */
export function findCreation(database: ReadableDatabase, entityId: string): KnownChange | undefined {
  const stored = database.get<Stored<KnownChange, 'fields'>>(findCreationOf, [entityId]);
  return stored && toKnownChange(stored);
}

/** Neither applied nor given up, the oldest first. */
export function listOpenKnownChanges(database: ReadableDatabase): KnownChange[] {
  return database.all<Stored<KnownChange, 'fields'>>(listOpenOnes).map(toKnownChange);
}

export interface ChangeFilter {
  readonly state?: ChangeState | undefined;
  readonly isOpen?: boolean | undefined;
  readonly entityId?: string | undefined;
  /** Of this contract and of its amendments, those that never came to be too. */
  readonly contractId?: string | undefined;
  /** Whether a second person was asked. */
  readonly hasApproval?: boolean | undefined;
}

export function listKnownChanges(database: ReadableDatabase, filter: ChangeFilter, window: { readonly startAt: number; readonly limit: number; readonly order: ChangeOrder }): { rows: KnownChange[]; total: number } {
  const values = { state: filter.state ?? null, entityId: filter.entityId ?? null, isOpen: filter.isOpen === undefined ? null : Number(filter.isOpen), contractId: filter.contractId ?? null, hasApproval: filter.hasApproval === undefined ? null : Number(filter.hasApproval) };
  return {
    rows: database.all<Stored<KnownChange, 'fields'>>(listFiltered[window.order], { ...values, startAt: window.startAt, limit: window.limit }).map(toKnownChange),
    total: database.get<{ count: number }>(countFiltered, values)?.count ?? 0,
  };
}

export interface KnownConflict {
  readonly id: string;
  readonly changeId: string;
  readonly entity: MergedEntity;
  /** The record that stands. */
  readonly entityId: string;
  readonly fields: readonly Clash[];
  readonly theirVersion: number;
  readonly theirAuthor: string | null;
  readonly theirReason: string | null;
  readonly raisedAt: number;
  readonly state: 'open' | 'resolved';
  readonly resolvedBy: string | null;
  readonly resolvedAt: number | null;
  readonly resolutionReason: string | null;
  readonly kept: Readonly<Record<string, Choice>> | null;
  readonly author: string;
}

interface StoredConflict extends Omit<KnownConflict, 'fields' | 'kept'> {
  readonly fields: string;
  readonly kept: string | null;
}

const conflictColumns = `x.id, x.change_id AS changeId, x.entity, x.entity_id AS entityId, x.fields, x.their_version AS theirVersion, x.their_author AS theirAuthor, x.their_reason AS theirReason, x.raised_at AS raisedAt, x.state,
  x.resolved_by AS resolvedBy, x.resolved_at AS resolvedAt, x.resolution_reason AS resolutionReason, x.kept, coalesce(c.author, '') AS author FROM change_conflicts AS x LEFT JOIN change_sets AS c ON c.id = x.change_id`;
const findConflictById = sql('known-conflicts.find', `SELECT ${conflictColumns} WHERE x.id = ?`);
const listConflictsInOrder = {
  ascending: sql('known-conflicts.list', `SELECT ${conflictColumns} WHERE :state IS NULL OR x.state = :state ORDER BY x.raised_at, x.id LIMIT :limit OFFSET :startAt`),
  descending: sql('known-conflicts.list-newest', `SELECT ${conflictColumns} WHERE :state IS NULL OR x.state = :state ORDER BY x.raised_at DESC, x.id LIMIT :limit OFFSET :startAt`),
} as const;
const countConflicts = sql('known-conflicts.count', 'SELECT count(*) AS count FROM change_conflicts WHERE :state IS NULL OR state = :state');

function toConflict(stored: StoredConflict): KnownConflict {
  return { ...stored, fields: parseKept<Clash[]>(stored.fields), kept: stored.kept === null ? null : parseKept<Record<string, Choice>>(stored.kept) };
}

export function findKnownConflict(database: ReadableDatabase, id: string): KnownConflict | undefined {
  const stored = database.get<StoredConflict>(findConflictById, [id]);
  return stored && toConflict(stored);
}

export interface ListWindow {
  readonly startAt: number;
  readonly limit: number;
  readonly direction: 'ascending' | 'descending';
}

export function listKnownConflicts(database: ReadableDatabase, state: 'open' | 'resolved' | undefined, { direction, startAt, limit }: ListWindow): { rows: KnownConflict[]; total: number } {
  const asked = { state: state ?? null };
  return { rows: database.all<StoredConflict>(listConflictsInOrder[direction], { ...asked, startAt, limit }).map(toConflict), total: database.get<{ count: number }>(countConflicts, asked)?.count ?? 0 };
}

export type ApprovalState = 'requested' | 'approved' | 'rejected' | 'withdrawn';

export interface KnownApproval {
  readonly id: string;
  readonly changeId: string;
  readonly entity: MergedEntity;
  readonly entityId: string;
  readonly requestedBy: string;
  /** Who resolved a conflict of the change meanwhile: may not decide either. */
  readonly chosenBy: string | null;
  readonly requestedAt: number;
  readonly state: ApprovalState;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly comment: string | null;
  readonly reason: string;
}

const approvalColumns = `a.id, a.change_id AS changeId, a.entity, a.entity_id AS entityId, a.requested_by AS requestedBy, a.chosen_by AS chosenBy, a.requested_at AS requestedAt, a.state, a.decided_by AS decidedBy, a.decided_at AS decidedAt, a.comment,
  coalesce(c.reason, '') AS reason FROM change_approvals AS a LEFT JOIN change_sets AS c ON c.id = a.change_id`;
const findApprovalById = sql('known-approvals.find', `SELECT ${approvalColumns} WHERE a.id = ?`);
const listApprovalsInOrder = {
  ascending: sql('known-approvals.list', `SELECT ${approvalColumns} WHERE :state IS NULL OR a.state = :state ORDER BY a.requested_at, a.id LIMIT :limit OFFSET :startAt`),
  descending: sql('known-approvals.list-newest', `SELECT ${approvalColumns} WHERE :state IS NULL OR a.state = :state ORDER BY a.requested_at DESC, a.id LIMIT :limit OFFSET :startAt`),
} as const;
const countApprovals = sql('known-approvals.count', 'SELECT count(*) AS count FROM change_approvals WHERE :state IS NULL OR state = :state');

export function findKnownApproval(database: ReadableDatabase, id: string): KnownApproval | undefined {
  return database.get<KnownApproval>(findApprovalById, [id]);
}

export function listKnownApprovals(database: ReadableDatabase, state: ApprovalState | undefined, { direction, startAt, limit }: ListWindow): { rows: KnownApproval[]; total: number } {
  const asked = { state: state ?? null };
  return { rows: database.all<KnownApproval>(listApprovalsInOrder[direction], { ...asked, startAt, limit }), total: database.get<{ count: number }>(countApprovals, asked)?.count ?? 0 };
}

const findEffective = sql('known-changes.effective', 'SELECT effective_operation AS operation, effective_id AS entityId, effective_fields AS fields, effective_base AS baseVersion, restores FROM change_sets WHERE id = ?');

/** What is in force of a change after people decided its conflicts; undefined where only its own words are known. */
export function findEffectiveFields(database: ReadableDatabase, id: string): { operation: ChangeOperation; entityId: string; fields: Record<string, FieldChange> } | undefined {
  const stored = database.get<{ operation: ChangeOperation; entityId: string; fields: string }>(findEffective, [id]);
  return stored && { operation: stored.operation, entityId: stored.entityId, fields: parseKept<Record<string, FieldChange>>(stored.fields) };
}

const findDecidable = sql('known-approvals.decidable', `SELECT 1 AS found FROM change_approvals AS a WHERE a.id = :id AND ${isDecidableByUser('a')}`);

/** Whether a person may decide on an approval, by the role apart. */
export const isApprovalDecidable = (database: ReadableDatabase, id: string, user: string): boolean => database.get(findDecidable, { id, user }) !== undefined;

const counts = sql('known-changes.counts', `
  SELECT (SELECT count(*) FROM known_changes WHERE is_own = 1 AND state = 'pending') AS pending, (SELECT count(*) FROM known_changes WHERE state = 'parked') AS parked,
         (SELECT count(*) FROM change_conflicts WHERE state = 'open') AS conflicts, (SELECT count(*) FROM change_approvals WHERE state = 'requested') AS approvals,
         (SELECT count(*) FROM change_approvals AS a WHERE ${isDecidableByUser('a')}) AS decidable`);

export interface ChangeCounts {
  readonly pending: number;
  readonly parked: number;
  readonly conflicts: number;
  readonly approvals: number;
  /** Asked for by somebody else than this person. */
  readonly decidable: number;
}

export function countKnownChanges(database: ReadableDatabase, user: string): ChangeCounts {
  return database.get<ChangeCounts>(counts, { user }) ?? { pending: 0, parked: 0, conflicts: 0, approvals: 0, decidable: 0 };
}
