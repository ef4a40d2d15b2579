/** What a desk of a shared ledger knows of its own blocks and of the numbers it gave from them (migrations/sqlite/0027). */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { DocumentSeries } from './document-numbers.ports.ts';

export interface HeldBlock {
  readonly id: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly holder: string;
  readonly desk: string;
  readonly askedAt: number;
  readonly days: number;
  readonly state: 'asked' | 'live' | 'returning' | 'suspended' | 'ended';
  /** False once this ledger was restored from a backup. */
  readonly isCertain: boolean;
  /** null until the shared database answered. */
  readonly numbers: { readonly first: number; readonly last: number; readonly useUntil: number; readonly reportUntil: number } | null;
}

export interface HeldUse {
  readonly documentId: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly number: number;
  readonly blockId: string;
  readonly issueDate: string;
  readonly usedAt: number;
  readonly usedBy: string;
  readonly state: 'unsent' | 'recorded' | 'refused';
  readonly refusalCode: string | null;
  readonly refusalMessage: string | null;
}

interface StoredBlock {
  id: string; series: DocumentSeries; year: number; holder: string; desk: string; askedAt: number; days: number; state: HeldBlock['state']; isCertain: number; first: number | null; last: number | null; useUntil: number | null; reportUntil: number | null;
}

const blockColumns = `id, series, year, holder, desk, asked_at AS "askedAt", days, state, is_certain AS "isCertain", first_number AS first, last_number AS last, use_until AS "useUntil", report_until AS "reportUntil"`;
const selectHeld = sql('held-blocks.get', `SELECT ${blockColumns} FROM held_number_blocks WHERE id = ?`);
const selectHeldOf = sql('held-blocks.of-series', `SELECT ${blockColumns} FROM held_number_blocks WHERE series = ? AND year = ? ORDER BY first_number`);
const selectOpen = sql('held-blocks.open', `SELECT ${blockColumns} FROM held_number_blocks WHERE state <> 'ended' ORDER BY series DESC, year, first_number`);
const insertAsked = sql('held-blocks.ask', "INSERT INTO held_number_blocks (id, series, year, holder, desk, asked_at, days, state) VALUES (:id, :series, :year, :holder, :desk, :askedAt, :days, 'asked') ON CONFLICT (id) DO NOTHING");
const adopt = sql('held-blocks.adopt', "UPDATE held_number_blocks SET state = 'live', first_number = :first, last_number = :last, use_until = :useUntil, report_until = :reportUntil, holder = :holder WHERE id = :id AND state = 'asked'");
const setState = sql('held-blocks.set-state', 'UPDATE held_number_blocks SET state = ? WHERE id = ?');
const deleteAsked = sql('held-blocks.forget', "DELETE FROM held_number_blocks WHERE id = ? AND state = 'asked'");
const hasTable = sql('held-blocks.has-table', "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'held_number_blocks'");
const suspendAll = sql('held-blocks.suspend', "UPDATE held_number_blocks SET state = 'suspended', is_certain = 0 WHERE state IN ('asked', 'live', 'returning')");
const useColumns = `document_id AS "documentId", series, year, number, block_id AS "blockId", issue_date AS "issueDate", used_at AS "usedAt", used_by AS "usedBy", state, refusal_code AS "refusalCode", refusal_message AS "refusalMessage"`;
const selectUse = sql('held-uses.get', `SELECT ${useColumns} FROM held_number_uses WHERE document_id = ?`);
const selectUnsent = sql('held-uses.unsent', `SELECT ${useColumns} FROM held_number_uses WHERE state = 'unsent' ORDER BY used_at, number LIMIT ?`);
const selectUnsentOf = sql('held-uses.unsent-of-block', `SELECT ${useColumns} FROM held_number_uses WHERE state = 'unsent' AND block_id = ? ORDER BY number`);
const selectOpenUses = sql('held-uses.open', `SELECT ${useColumns} FROM held_number_uses WHERE state <> 'recorded' ORDER BY used_at, number`);
const selectUsed = sql('held-uses.of-block', 'SELECT number FROM held_number_uses WHERE block_id = ?');
const selectRefused = sql('held-uses.refused-of-block', "SELECT 1 AS found FROM held_number_uses WHERE block_id = ? AND state = 'refused' LIMIT 1");
const insertUse = sql(
  'held-uses.insert',
  "INSERT INTO held_number_uses (document_id, series, year, number, block_id, issue_date, used_at, used_by, state) VALUES (:documentId, :series, :year, :number, :blockId, :issueDate, :usedAt, :usedBy, 'unsent')",
);
const settleUse = sql('held-uses.settle', "UPDATE held_number_uses SET state = :state, refusal_code = :code, refusal_message = :message WHERE document_id = :documentId AND state = 'unsent'");
const selectTry = sql('document-tries.get', 'SELECT 1 AS found FROM document_number_tries WHERE document_id = ?');
const insertTry = sql('document-tries.insert', 'INSERT INTO document_number_tries (document_id, tried_at) VALUES (?, ?) ON CONFLICT (document_id) DO NOTHING');
const deleteTry = sql('document-tries.delete', 'DELETE FROM document_number_tries WHERE document_id = ?');

const toBlock = ({ first, last, useUntil, reportUntil, isCertain, ...block }: StoredBlock): HeldBlock => ({
  ...block, isCertain: isCertain === 1, numbers: first === null || last === null || useUntil === null || reportUntil === null ? null : { first, last, useUntil, reportUntil },
});

export function findHeldBlock(database: ReadableDatabase, id: string): HeldBlock | undefined {
  const row = database.get<StoredBlock>(selectHeld, [id]);
  return row && toBlock(row);
}

export function listHeldBlocksOf(database: ReadableDatabase, series: DocumentSeries, year: number): HeldBlock[] {
  return database.all<StoredBlock>(selectHeldOf, [series, year]).map(toBlock);
}

export function listOpenHeldBlocks(database: ReadableDatabase): HeldBlock[] {
  return database.all<StoredBlock>(selectOpen).map(toBlock);
}

/** Before the shared database is asked: if its answer is lost, what it leased is known to be ours. */
export function noteAsked(database: WritableDatabase, block: Pick<HeldBlock, 'id' | 'series' | 'year' | 'holder' | 'desk' | 'askedAt' | 'days'>): void {
  database.run(insertAsked, { ...block });
}

export function adoptBlock(database: WritableDatabase, block: { readonly id: string; readonly holder: string; readonly first: number; readonly last: number; readonly useUntil: number; readonly reportUntil: number }): void {
  database.run(adopt, { ...block });
}

export function setHeldState(database: WritableDatabase, id: string, state: 'returning' | 'ended'): void {
  database.run(setState, [state, id]);
}

export function forgetAsked(database: WritableDatabase, id: string): void {
  database.run(deleteAsked, [id]);
}

/** In a ledger that was restored from a backup: no number of its blocks is used any more, and none goes back into a series. A backup may be older than the table. */
export function suspendHeldBlocks(database: WritableDatabase): number {
  return database.get(hasTable) === undefined ? 0 : database.run(suspendAll);
}

export function findHeldUse(database: ReadableDatabase, documentId: string): HeldUse | undefined {
  return database.get<HeldUse>(selectUse, [documentId]);
}

export function listUnsentUses(database: ReadableDatabase, limit: number): HeldUse[] {
  return database.all<HeldUse>(selectUnsent, [limit]);
}

export function listUnsentUsesOf(database: ReadableDatabase, blockId: string): HeldUse[] {
  return database.all<HeldUse>(selectUnsentOf, [blockId]);
}

/** Those the shared database has not heard of, or refused. */
export function listOpenUses(database: ReadableDatabase): HeldUse[] {
  return database.all<HeldUse>(selectOpenUses);
}

export function numbersUsedOf(database: ReadableDatabase, blockId: string): Set<number> {
  return new Set(database.all<{ number: number }>(selectUsed, [blockId]).map((row) => row.number));
}

/** A document here carries a number of the block that the shared database does not know as its own. */
export function hasRefusedUse(database: ReadableDatabase, blockId: string): boolean {
  return database.get(selectRefused, [blockId]) !== undefined;
}

export function insertHeldUse(database: WritableDatabase, use: Omit<HeldUse, 'state' | 'refusalCode' | 'refusalMessage'>): void {
  database.run(insertUse, { ...use });
}

export function settleHeldUse(database: WritableDatabase, answer: { readonly documentId: string; readonly state: 'recorded' | 'refused'; readonly code: string | null; readonly message: string | null }): void {
  database.run(settleUse, { ...answer });
}

export function wasTried(database: ReadableDatabase, documentId: string): boolean {
  return database.get(selectTry, [documentId]) !== undefined;
}

export function noteTry(database: WritableDatabase, documentId: string, at: number): void {
  database.run(insertTry, [documentId, at]);
}

export function forgetTry(database: WritableDatabase, documentId: string): void {
  database.run(deleteTry, [documentId]);
}
