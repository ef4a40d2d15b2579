/** The local twin's tables of document numbers (migrations/sqlite/0027), as the shared database keeps them in migrations/postgres/0014. */
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import type { BlockState, DocumentSeries } from './document-numbers.ports.ts';

export interface BlockRow {
  readonly id: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly holder: string;
  readonly desk: string;
  readonly leasedAt: number;
  readonly useUntil: number;
  readonly reportUntil: number;
  readonly state: Exclude<BlockState, 'asked' | 'returning' | 'suspended'>;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  readonly endReason: string | null;
  readonly backFrom: number | null;
}

export interface UseRow {
  readonly documentId: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly number: number;
  readonly blockId: string | null;
  readonly issueDate: string;
  readonly recordedBy: string;
  readonly recordedAt: number;
}

export interface GapRow {
  readonly text: string;
  readonly series: DocumentSeries;
  readonly year: number;
  readonly number: number;
  readonly reason: string;
  readonly blockId: string | null;
  readonly recordedBy: string;
  readonly recordedAt: number;
  readonly claimedByDocument: string | null;
  readonly claimedAt: number | null;
  readonly claimedBy: string | null;
}

const selectNext = sql('document-series.next', 'SELECT next_number AS next FROM document_series WHERE series = ? AND year = ?');
const moveNext = sql('document-series.move', 'INSERT INTO document_series (series, year, next_number) VALUES (:series, :year, :next) ON CONFLICT (series, year) DO UPDATE SET next_number = excluded.next_number');
const selectStandings = sql(
  'document-series.standings',
  `SELECT s.series, s.year, s.next_number AS next, (SELECT count(*) FROM document_number_uses AS u WHERE u.series = s.series AND u.year = s.year) AS used, (SELECT count(*) FROM document_number_gaps AS g WHERE g.series = s.series AND g.year = s.year) AS gaps,
     (SELECT coalesce(sum(b.last_number - b.first_number + 1 - (SELECT count(*) FROM document_number_uses AS u WHERE u.block_id = b.id)), 0) FROM document_number_blocks AS b WHERE b.series = s.series AND b.year = s.year AND b.state = 'live') AS "inBlocks"
   FROM document_series AS s ORDER BY s.year DESC, s.series DESC`,
);
const blockColumns = `id, series, year, first_number AS "firstNumber", last_number AS "lastNumber", holder, desk, leased_at AS "leasedAt", use_until AS "useUntil", report_until AS "reportUntil", state, ended_at AS "endedAt", ended_by AS "endedBy",
  end_reason AS "endReason", back_from AS "backFrom"`;
const selectBlock = sql('document-blocks.get', `SELECT ${blockColumns} FROM document_number_blocks WHERE id = ?`);
const selectLive = sql('document-blocks.live', `SELECT ${blockColumns} FROM document_number_blocks WHERE series = ? AND year = ? AND state = 'live' ORDER BY first_number`);
const selectBlocks = sql('document-blocks.list', `SELECT ${blockColumns} FROM document_number_blocks ORDER BY state <> 'live', leased_at DESC, first_number DESC LIMIT 200`);
const selectDue = sql('document-blocks.due', `SELECT ${blockColumns} FROM document_number_blocks WHERE state = 'live' AND report_until <= ? ORDER BY series, year, first_number`);
const insertBlockRow = sql(
  'document-blocks.insert',
  `INSERT INTO document_number_blocks (id, series, year, first_number, last_number, holder, desk, leased_at, use_until, report_until, state)
   VALUES (:id, :series, :year, :firstNumber, :lastNumber, :holder, :desk, :leasedAt, :useUntil, :reportUntil, 'live')`,
);
const endBlockRow = sql('document-blocks.end', 'UPDATE document_number_blocks SET state = :state, ended_at = :endedAt, ended_by = :endedBy, end_reason = :endReason, back_from = :backFrom WHERE id = :id');
const useColumns = 'document_id AS "documentId", series, year, number, block_id AS "blockId", issue_date AS "issueDate", recorded_by AS "recordedBy", recorded_at AS "recordedAt"';
const selectUse = sql('document-uses.get', `SELECT ${useColumns} FROM document_number_uses WHERE document_id = ?`);
const selectUseOfNumber = sql('document-uses.of-number', `SELECT ${useColumns} FROM document_number_uses WHERE series = ? AND year = ? AND number = ?`);
const selectUses = sql('document-uses.all', `SELECT ${useColumns} FROM document_number_uses ORDER BY series, year, number`);
const selectUsedOfBlock = sql('document-uses.of-block', 'SELECT number FROM document_number_uses WHERE block_id = ?');
const insertUseRow = sql(
  'document-uses.insert',
  'INSERT INTO document_number_uses (document_id, series, year, number, block_id, issue_date, recorded_by, recorded_at) VALUES (:documentId, :series, :year, :number, :blockId, :issueDate, :recordedBy, :recordedAt)',
);
const gapColumns = `document_number AS text, series, year, number, reason, block_id AS "blockId", recorded_by AS "recordedBy", recorded_at AS "recordedAt", claimed_by_document AS "claimedByDocument", claimed_at AS "claimedAt", claimed_by AS "claimedBy"`;
const selectGaps = sql('document-gaps.list', `SELECT ${gapColumns} FROM document_number_gaps WHERE (:series IS NULL OR series = :series) AND (:year IS NULL OR year = :year) ORDER BY recorded_at DESC, series, year, number DESC LIMIT 1000`);
const selectAllGaps = sql('document-gaps.all', `SELECT ${gapColumns} FROM document_number_gaps ORDER BY series, year, number`);
const selectGapsOfBlock = sql('document-gaps.of-block', 'SELECT document_number AS text FROM document_number_gaps WHERE block_id = ? ORDER BY number');
const insertGapRow = sql('document-gaps.insert', 'INSERT INTO document_number_gaps (document_number, series, year, number, reason, block_id, recorded_by, recorded_at) VALUES (:text, :series, :year, :number, :reason, :blockId, :recordedBy, :recordedAt)');
const claimGapRow = sql('document-gaps.claim', 'UPDATE document_number_gaps SET claimed_by_document = :documentId, claimed_at = :at, claimed_by = :by WHERE block_id = :blockId AND number = :number AND claimed_by_document IS NULL');

export function nextNumber(database: ReadableDatabase, series: DocumentSeries, year: number): number {
  return database.get<{ next: number }>(selectNext, [series, year])?.next ?? 1;
}

export function setNextNumber(database: WritableDatabase, series: DocumentSeries, year: number, next: number): void {
  database.run(moveNext, { series, year, next });
}

export function listSeriesCounts(database: ReadableDatabase): { series: DocumentSeries; year: number; next: number; used: number; gaps: number; inBlocks: number }[] {
  return database.all(selectStandings);
}

export function findBlock(database: ReadableDatabase, id: string): BlockRow | undefined {
  return database.get<BlockRow>(selectBlock, [id]);
}

export function listLiveBlocks(database: ReadableDatabase, series: DocumentSeries, year: number): BlockRow[] {
  return database.all<BlockRow>(selectLive, [series, year]);
}

export function listBlocks(database: ReadableDatabase): BlockRow[] {
  return database.all<BlockRow>(selectBlocks);
}

/** Live ones whose time for reports is over. */
export function listDueBlocks(database: ReadableDatabase, now: number): BlockRow[] {
  return database.all<BlockRow>(selectDue, [now]);
}

export function insertBlock(database: WritableDatabase, block: Omit<BlockRow, 'state' | 'endedAt' | 'endedBy' | 'endReason' | 'backFrom'>): void {
  database.run(insertBlockRow, { ...block });
}

export function endBlock(database: WritableDatabase, end: Pick<BlockRow, 'id' | 'state' | 'endedAt' | 'endedBy' | 'endReason' | 'backFrom'>): void {
  database.run(endBlockRow, { ...end });
}

export function findUse(database: ReadableDatabase, documentId: string): UseRow | undefined {
  return database.get<UseRow>(selectUse, [documentId]);
}

export function findUseOfNumber(database: ReadableDatabase, series: DocumentSeries, year: number, number: number): UseRow | undefined {
  return database.get<UseRow>(selectUseOfNumber, [series, year, number]);
}

export function usedNumbersOf(database: ReadableDatabase, blockId: string): Set<number> {
  return new Set(database.all<{ number: number }>(selectUsedOfBlock, [blockId]).map((row) => row.number));
}

/** Every number this desk gave by itself. */
export function listUses(database: ReadableDatabase): UseRow[] {
  return database.all<UseRow>(selectUses);
}

export function insertUse(database: WritableDatabase, use: UseRow): void {
  database.run(insertUseRow, { ...use });
}

export function listGaps(database: ReadableDatabase, filter: { readonly series?: DocumentSeries; readonly year?: number }): GapRow[] {
  return database.all<GapRow>(selectGaps, { series: filter.series ?? null, year: filter.year ?? null });
}

export function listAllGaps(database: ReadableDatabase): GapRow[] {
  return database.all<GapRow>(selectAllGaps);
}

export function listGapsOfBlock(database: ReadableDatabase, blockId: string): string[] {
  return database.all<{ text: string }>(selectGapsOfBlock, [blockId]).map((row) => row.text);
}

export function insertGap(database: WritableDatabase, gap: Omit<GapRow, 'claimedByDocument' | 'claimedAt' | 'claimedBy'>): void {
  database.run(insertGapRow, { ...gap });
}

/** @returns whether the number stood in the register, unclaimed. */
export function claimGap(database: WritableDatabase, claim: { readonly blockId: string; readonly number: number; readonly documentId: string; readonly at: number; readonly by: string }): boolean {
  return database.run(claimGapRow, { ...claim }) > 0;
}
