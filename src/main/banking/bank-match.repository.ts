/** All SQL of matches: what stands, what stood, and how the rules are set. */
import { localDate } from '../../shared/calendar/local-date.ts';
import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';
import { arrivalKeyStart, arrivalSource } from './bank-match-postings.ts';
import { defaultRuleSettings, isPayable, type CandidateKind, type MatchRuleName, type MatchRuleSetting, type OpenLine } from './match-candidate.ts';

interface LineRow {
  readonly id: string;
  readonly accountId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly bookedOn: string;
  readonly referencesText: string;
  readonly entryReference: string | null;
  readonly counterpartyName: string | null;
  readonly description: string;
  readonly matchId: string | null;
}

export interface KnownLine extends OpenLine {
  readonly accountId: string;
  readonly matchId: string | null;
}

const lineColumns = `line.id, line.account_id AS "accountId", line.amount_minor AS "amountMinor", account.currency, line.booked_on AS "bookedOn", line.references_text AS "referencesText", line.entry_reference AS "entryReference",
    line.counterparty_name AS "counterpartyName", line.description, line.match_id AS "matchId"`;
const isWhole = 'EXISTS (SELECT 1 FROM bank_statements AS statement WHERE statement.id = line.statement_id AND statement.is_whole = 1)';
const selectOpen = sql(
  'bank-lines.open',
  `SELECT ${lineColumns} FROM bank_lines AS line JOIN bank_accounts AS account ON account.id = line.account_id WHERE line.match_id IS NULL AND (:accountId IS NULL OR line.account_id = :accountId) AND ${isWhole} AND line.booked_on >= :from ORDER BY line.booked_on, line.id LIMIT :limit`,
);
const selectLine = sql('bank-lines.get', `SELECT ${lineColumns} FROM bank_lines AS line JOIN bank_accounts AS account ON account.id = line.account_id WHERE line.id = ? AND ${isWhole}`);
const tieLine = sql('bank-lines.tie', 'UPDATE bank_lines SET match_id = ? WHERE id = ? AND match_id IS NULL');
const freeLines = sql('bank-lines.free', 'UPDATE bank_lines SET match_id = NULL WHERE match_id = ?');

const insertMatchRow = sql(
  'bank-matches.insert',
  `INSERT INTO bank_matches (id, account_id, rule, score_basis_points, reasons, is_automatic, matched_on, residual_minor, residual_account, entry_keys, entry_hashes, matched_at, matched_by)
   VALUES (:id, :accountId, :rule, :score, :reasons, :isAutomatic, :matchedOn, :residualMinor, :residualAccount, :entryKeys, :entryHashes, :matchedAt, :matchedBy)`,
);
const insertMatchLine = sql('bank-match-lines.insert', 'INSERT INTO bank_match_lines (match_id, line_id) VALUES (?, ?)');
const insertMatchPart = sql('bank-match-parts.insert', 'INSERT INTO bank_match_parts (match_id, kind, object_id, label, amount_minor, object_minor, object_currency, receipt_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
const takeObject = sql('bank-matched-objects.take', 'INSERT INTO bank_matched_objects (kind, object_id, match_id) VALUES (?, ?, ?)');
const freeObjects = sql('bank-matched-objects.free', 'DELETE FROM bank_matched_objects WHERE match_id = ?');
const endMatch = sql('bank-matches.end', 'UPDATE bank_matches SET unmatched_at = ?, unmatched_by = ?, unmatch_reason = ? WHERE id = ? AND unmatched_at IS NULL');
const selectMatch = sql('bank-matches.get', 'SELECT id, account_id AS "accountId", matched_on AS "matchedOn", residual_minor AS "residualMinor", entry_keys AS "entryKeys", unmatched_at AS "unmatchedAt" FROM bank_matches WHERE id = ?');
// The sealed entry is not the one this desk posted, or somebody reversed it: the match does not stand in the books as it stands here.
const selectOverruled = sql(
  'bank-matches.overruled',
  `SELECT m.id AS "matchId", e.source_id AS "payoutId", k.value AS key, json_extract(m.entry_hashes, '$[' || k.key || ']') AS hash, e.input_hash <> json_extract(m.entry_hashes, '$[' || k.key || ']') AS "isOther"
     FROM bank_matches AS m JOIN bank_match_parts AS p ON p.match_id = m.id AND p.kind IN ('payout', 'outside-payment') JOIN json_each(m.entry_keys) AS k
     JOIN journal_entries AS e ON e.source_id = p.object_id AND e.source_type = '${arrivalSource}' AND e.idempotency_key = k.value
    WHERE m.unmatched_at IS NULL AND m.entry_hashes IS NOT NULL AND k.value LIKE '${arrivalKeyStart}%'
      AND (e.input_hash <> json_extract(m.entry_hashes, '$[' || k.key || ']') OR EXISTS (SELECT 1 FROM journal_entries AS r WHERE r.reverses_entry_id = e.id)) ORDER BY m.matched_at, m.id, k.key`,
);
const selectHeldAct = sql('bank-matched-objects.act', "SELECT 1 AS found FROM bank_matched_objects WHERE kind IN ('receipt', 'repayment') AND object_id = ?");
const countOfLine = sql('bank-matches.count-of-line', 'SELECT count(*) AS count FROM bank_match_lines WHERE line_id = ?');
const selectLineIds = sql('bank-match-lines.of-match', 'SELECT line_id AS id FROM bank_match_lines WHERE match_id = ? ORDER BY line_id');
const selectPartsOf = sql('bank-match-parts.of-match', 'SELECT object_id AS "objectId", label FROM bank_match_parts WHERE match_id = ? ORDER BY label');
const selectReceiptsOf = sql('bank-match-parts.receipts', "SELECT DISTINCT receipt_id AS id FROM bank_match_parts WHERE match_id = ? AND kind = 'invoice' AND receipt_id IS NOT NULL ORDER BY receipt_id");

const selectPaymentsOf = sql('bank-match-parts.payments', "SELECT DISTINCT receipt_id AS id FROM bank_match_parts WHERE match_id = ? AND kind IN ('credit', 'overpayment') AND receipt_id IS NOT NULL ORDER BY receipt_id");
const freeAct = sql('bank-matched-objects.free-act', 'DELETE FROM bank_matched_objects WHERE kind = ? AND object_id = ? AND match_id = ?');
const holdAct = sql('bank-matched-objects.hold-act', 'INSERT OR IGNORE INTO bank_matched_objects (kind, object_id, match_id) VALUES (?, ?, ?)');

const selectRules = sql('bank-rules.list', 'SELECT rule, is_automatic AS "isAutomatic", days, tolerance_minor AS tolerance, account_code AS "accountCode" FROM bank_rules');
const upsertRule = sql(
  'bank-rules.save',
  `INSERT INTO bank_rules (rule, is_automatic, days, tolerance_minor, account_code, set_at, set_by) VALUES (?, ?, ?, ?, ?, ?, ?)
   ON CONFLICT (rule) DO UPDATE SET is_automatic = excluded.is_automatic, days = excluded.days, tolerance_minor = excluded.tolerance_minor, account_code = excluded.account_code, set_at = excluded.set_at, set_by = excluded.set_by`,
);

function toLine(row: LineRow): KnownLine {
  const { referencesText, entryReference, ...line } = row;
  const references = referencesText === '' ? [] : referencesText.split('\n');
  return { ...line, bookedOn: localDate(row.bookedOn), references: entryReference === null ? references : [...references, entryReference] };
}

/** Lines nobody has said anything of, oldest first. @param from booked on this day or later. */
export const listOpenLines = (database: ReadableDatabase, filter: { readonly accountId: string | null; readonly from: string; readonly limit: number }): KnownLine[] => database.all<LineRow>(selectOpen, { ...filter }).map(toLine);
export function findLine(database: ReadableDatabase, id: string): KnownLine | undefined {
  const row = database.get<LineRow>(selectLine, [id]);
  return row && toLine(row);
}

export interface NewMatch {
  readonly id: string;
  readonly accountId: string;
  readonly rule: string;
  readonly score: number;
  readonly reasons: readonly string[];
  readonly isAutomatic: boolean;
  readonly matchedOn: string;
  readonly residualMinor: number;
  readonly residualAccount: string | null;
  readonly entryKeys: readonly string[];
  /** The input hash of each. */
  readonly entryHashes: readonly string[];
  readonly matchedAt: number;
  readonly matchedBy: string;
  readonly lineIds: readonly string[];
  readonly parts: readonly { readonly kind: CandidateKind; readonly objectId: string; readonly label: string; readonly amountMinor: number; readonly objectMinor: number; readonly objectCurrency: string; readonly receiptId: string | null }[];
}

/** @returns false, with nothing sure, when a line has been matched since it was read: the caller rolls back. */
export function insertMatch(database: WritableDatabase, match: NewMatch): boolean {
  const { lineIds, parts, reasons, entryKeys, entryHashes, isAutomatic, ...row } = match;
  database.run(insertMatchRow, { ...row, reasons: JSON.stringify(reasons), entryKeys: JSON.stringify(entryKeys), entryHashes: JSON.stringify(entryHashes), isAutomatic: isAutomatic ? 1 : 0 });
  for (const lineId of lineIds) {
    database.run(insertMatchLine, [match.id, lineId]);
    if (database.run(tieLine, [match.id, lineId]) === 0) return false;
  }
  for (const part of parts) {
    database.run(insertMatchPart, [match.id, part.kind, part.objectId, part.label, part.amountMinor, part.objectMinor, part.objectCurrency, part.receiptId]);
    // An invoice may be paid in parts; the receipt that was made for it is what stands on the statement.
    const taken = part.kind === 'invoice' ? (['receipt', part.receiptId] as const) : isPayable(part.kind) ? (['repayment', part.receiptId] as const) : ([part.kind, part.objectId] as const);
    if (taken[1] !== null) database.run(takeObject, [taken[0], taken[1], match.id]);
  }
  return true;
}

export interface StandingMatch {
  readonly id: string;
  readonly accountId: string;
  readonly matchedOn: string;
  readonly residualMinor: number;
  readonly entryKeys: readonly string[];
  readonly unmatchedAt: number | null;
}

export function findMatch(database: ReadableDatabase, id: string): StandingMatch | undefined {
  const row = database.get<Omit<StandingMatch, 'entryKeys'> & { readonly entryKeys: string }>(selectMatch, [id]);
  return row && { ...row, entryKeys: JSON.parse(row.entryKeys) as string[] };
}

/** Lines and objects are open again; the match keeps its row. */
export function endStandingMatch(database: WritableDatabase, id: string, at: number, by: string, reason: string): void {
  database.run(endMatch, [at, by, reason, id]);
  database.run(freeLines, [id]);
  database.run(freeObjects, [id]);
}

export interface OverruledArrival {
  readonly matchId: string;
  readonly payoutId: string;
  readonly key: string;
  /** Of what this desk posted. */
  readonly hash: string;
  /** Another entry was sealed; else it was reversed. */
  readonly isOther: boolean;
}

/** Arrivals of standing matches that the books do not have as this desk said them. */
export const listOverruled = (database: ReadableDatabase): OverruledArrival[] => database.all<Omit<OverruledArrival, 'isOther'> & { readonly isOther: number }>(selectOverruled).map((row) => ({ ...row, isOther: row.isOther === 1 }));

/** Whether a receipt, or a payment to a customer, stands matched with a bank line of this desk. */
export const isActMatched = (database: ReadableDatabase, actId: string): boolean => database.get(selectHeldAct, [actId]) !== undefined;
/** How often a line was matched so far. */
export const countMatchesOf = (database: ReadableDatabase, lineId: string): number => database.get<{ count: number }>(countOfLine, [lineId])?.count ?? 0;
export const listLineIds = (database: ReadableDatabase, matchId: string): string[] => database.all<{ id: string }>(selectLineIds, [matchId]).map((row) => row.id);
/** What a match was made with. */
export const listPartsOf = (database: ReadableDatabase, matchId: string): { objectId: string; label: string }[] => database.all(selectPartsOf, [matchId]);
/** The receipts that a match made. */
export const listReceiptsOf = (database: ReadableDatabase, matchId: string): string[] => database.all<{ id: string }>(selectReceiptsOf, [matchId]).map((row) => row.id);

/** The payments to customers that a match made. */
export const listPaymentsOf = (database: ReadableDatabase, matchId: string): string[] => database.all<{ id: string }>(selectPaymentsOf, [matchId]).map((row) => row.id);
/** What a match holds of receivables: receipts, and payments to customers. */
export type HeldKind = 'receipt' | 'repayment';
/** Lets go of acts that are about to be taken back with their match. */
export function freeActs(database: WritableDatabase, matchId: string, kind: HeldKind, actIds: readonly string[]): void {
  for (const actId of actIds) database.run(freeAct, [kind, actId, matchId]);
}
/** Holds them again: they could not be taken back. */
export function holdActs(database: WritableDatabase, matchId: string, kind: HeldKind, actIds: readonly string[]): void {
  for (const actId of actIds) database.run(holdAct, [kind, actId, matchId]);
}

/** Every rule in its order: what was set, or its default. */
export function readRuleSettings(database: ReadableDatabase): MatchRuleSetting[] {
  const set = new Map(database.all<{ rule: MatchRuleName; isAutomatic: number; days: number; tolerance: number; accountCode: string | null }>(selectRules).map((row) => [row.rule, { ...row, isAutomatic: row.isAutomatic === 1 }]));
  return defaultRuleSettings.map((setting) => set.get(setting.rule) ?? setting);
}
export const saveRuleSetting = (database: WritableDatabase, setting: MatchRuleSetting, at: number, by: string): void => void database.run(upsertRule, [setting.rule, setting.isAutomatic ? 1 : 0, setting.days, setting.tolerance, setting.accountCode, at, by]);
