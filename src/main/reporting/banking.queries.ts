/**
 * Read models of bank statements: accounts with what is left to match, statements with the proof of their balances, windows of lines, and what a line was matched with.
 */
import type { z } from 'zod';
import type { bankStatementSchema, BankAccountView, BankLineView, BankMatchView } from '../../shared/api/banking.contract.ts';
import { sql, type ReadableDatabase, type SqlValue } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';

type StatementView = z.infer<typeof bankStatementSchema>;

const selectAccounts = sql(
  'banking.accounts',
  `SELECT a.id, a.number, a.is_iban AS "isIban", a.name, a.currency, a.ledger_account AS "ledgerAccount",
          (SELECT count(*) FROM bank_statements AS s WHERE s.account_id = a.id) AS statements, (SELECT min(s.from_on) FROM bank_statements AS s WHERE s.account_id = a.id) AS "firstOn", (SELECT max(s.to_on) FROM bank_statements AS s WHERE s.account_id = a.id) AS "lastOn",
          (SELECT s.closing_minor FROM bank_statements AS s WHERE s.account_id = a.id AND s.closing_minor IS NOT NULL ORDER BY s.to_on DESC, s.from_on DESC LIMIT 1) AS "closingMinor",
          (SELECT count(*) FROM bank_lines AS l WHERE l.account_id = a.id) AS lines, (SELECT count(*) FROM bank_lines AS l WHERE l.account_id = a.id AND l.match_id IS NULL) AS "openLines",
          (SELECT coalesce(sum(l.amount_minor), 0) FROM bank_lines AS l WHERE l.account_id = a.id AND l.match_id IS NULL) AS "openMinor"
     FROM bank_accounts AS a ORDER BY a.name, a.currency, a.id`,
);
/** Statements of an account in their order, each beside the closing balance of the one before. */
const inOrder = `SELECT s.*, lag(s.closing_minor) OVER (PARTITION BY s.account_id ORDER BY s.from_on, s.to_on, s.reference, s.id) AS previous_closing FROM bank_statements AS s`;
const selectGaps = sql('banking.gaps', `SELECT account_id AS "accountId", count(*) AS gaps FROM (${inOrder}) WHERE previous_closing IS NOT NULL AND opening_minor IS NOT NULL AND previous_closing <> opening_minor GROUP BY account_id`);

export function readBankAccounts(database: ReadableDatabase): BankAccountView[] {
  const gaps = new Map(database.all<{ accountId: string; gaps: number }>(selectGaps).map((row) => [row.accountId, row.gaps]));
  return database.all<Omit<BankAccountView, 'isIban' | 'gaps'> & { isIban: number }>(selectAccounts).map((row) => ({ ...row, isIban: row.isIban === 1, gaps: gaps.get(row.id) ?? 0 }));
}

export interface Window {
  readonly startAt: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly direction: 'ascending' | 'descending' } | undefined;
}

export function listBankStatements(database: ReadableDatabase, window: Window & { readonly filter?: { readonly accountId?: string | undefined } | undefined }): { rows: StatementView[]; total: number; sums: [] } {
  const values = { accountId: window.filter?.accountId ?? null };
  const direction = window.sort?.direction === 'ascending' ? 'ASC' : 'DESC';
  const rows = database.all<Omit<StatementView, 'isWhole' | 'followsPrevious'> & { isWhole: number; previousClosing: number | null }>(
    sql(
      `banking.statements-${direction}`,
      `SELECT s.id, s.account_id AS "accountId", s.reference, s.sequence_number AS "sequenceNumber", s.from_on AS "from", s.to_on AS "to", a.currency, s.opening_minor AS "openingMinor", s.credits_minor AS "creditsMinor", s.debits_minor AS "debitsMinor",
              s.closing_minor AS "closingMinor", s.lines, s.proof, s.is_whole AS "isWhole", s.previous_closing AS "previousClosing", i.file_name AS "fileName", i.started_at AS "importedAt"
         FROM (${inOrder}) AS s JOIN bank_accounts AS a ON a.id = s.account_id JOIN bank_imports AS i ON i.id = s.import_id
        WHERE :accountId IS NULL OR s.account_id = :accountId ORDER BY s.to_on ${direction}, s.from_on ${direction}, s.id LIMIT :limit OFFSET :startAt`,
    ),
    { ...values, limit: window.limit, startAt: window.startAt },
  );
  const total = database.get<{ total: number }>(sql('banking.statements-total', 'SELECT count(*) AS total FROM bank_statements WHERE :accountId IS NULL OR account_id = :accountId'), values)?.total ?? 0;
  return { rows: rows.map(({ previousClosing, ...row }) => ({ ...row, isWhole: row.isWhole === 1, followsPrevious: previousClosing === null || row.openingMinor === null ? null : previousClosing === row.openingMinor })), total, sums: [] };
}

// ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface LineFilter {
  readonly accountId?: string | undefined;
  readonly statementId?: string | undefined;
  readonly state?: 'open' | 'matched' | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly text?: string | undefined;
}

interface LineRow extends Omit<BankLineView, 'amount' | 'references'> {
  readonly amountMinor: number;
  readonly currency: string;
  readonly referencesText: string;
}

const lineColumns = `l.id, l.account_id AS "accountId", l.statement_id AS "statementId", l.booked_on AS "bookedOn", l.valued_on AS "valuedOn", l.amount_minor AS "amountMinor", a.currency, l.counterparty_name AS "counterpartyName",
    l.counterparty_account AS "counterpartyAccount", l.description, l.references_text AS "referencesText", l.entry_reference AS "entryReference", l.bank_code AS "bankCode", l.match_id AS "matchId",
    CASE WHEN l.match_id IS NULL THEN NULL ELSE coalesce((SELECT group_concat(p.label, ', ') FROM bank_match_parts AS p WHERE p.match_id = l.match_id), (SELECT m.residual_account FROM bank_matches AS m WHERE m.id = l.match_id)) END AS "matchedWith"`;
const conditions: Readonly<Record<keyof LineFilter, string>> = {
  accountId: 'l.account_id = :accountId', statementId: 'l.statement_id = :statementId', state: '', from: 'l.booked_on >= :from', to: 'l.booked_on <= :to',
  text: "instr(lower(l.description || ' ' || coalesce(l.counterparty_name, '') || ' ' || l.references_text || ' ' || coalesce(l.entry_reference, '')), lower(:text)) > 0",
};

/** Only what was asked for stands in the text, so that the index for it is taken. */
function whereOf(filter: LineFilter): { text: string; name: string; values: Record<string, SqlValue> } {
  const asked = (Object.keys(conditions) as (keyof LineFilter)[]).filter((key) => filter[key] !== undefined && filter[key] !== '');
  const texts = asked.map((key) => (key === 'state' ? (filter.state === 'open' ? 'l.match_id IS NULL' : 'l.match_id IS NOT NULL') : conditions[key]));
  return { text: texts.length === 0 ? '1' : texts.join(' AND '), name: asked.join('-') || 'all', values: Object.fromEntries(asked.filter((key) => key !== 'state').map((key) => [key, filter[key] ?? null])) };
}

export function listBankLines(database: ReadableDatabase, window: Window & { readonly filter?: LineFilter | undefined }): { rows: BankLineView[]; total: number; sums: { amount: number; currency: string }[] } {
  const where = whereOf(window.filter ?? {});
  const column = window.sort?.column === 'amount' ? 'l.amount_minor' : 'l.booked_on';
  const direction = window.sort?.direction === 'ascending' ? 'ASC' : 'DESC';
  const from = `FROM bank_lines AS l JOIN bank_accounts AS a ON a.id = l.account_id WHERE ${where.text}`;
  return {
    rows: database.all<LineRow>(sql(`banking.lines-${where.name}-${column}-${direction}`, `SELECT ${lineColumns} ${from} ORDER BY ${column} ${direction}, l.id LIMIT :limit OFFSET :startAt`), { ...where.values, limit: window.limit, startAt: window.startAt }).map(toLineView),
    total: database.get<{ total: number }>(sql(`banking.lines-total-${where.name}`, `SELECT count(*) AS total ${from}`), where.values)?.total ?? 0,
    sums: database.all(sql(`banking.lines-sums-${where.name}`, `SELECT sum(l.amount_minor) AS amount, a.currency ${from} GROUP BY a.currency ORDER BY a.currency`), where.values),
  };
}

function toLineView({ amountMinor, currency, referencesText, ...row }: LineRow): BankLineView {
  return { ...row, amount: { amount: amountMinor, currency }, references: referencesText === '' ? [] : referencesText.split('\n') };
}

const selectLine = sql('banking.line', `SELECT ${lineColumns} FROM bank_lines AS l JOIN bank_accounts AS a ON a.id = l.account_id WHERE l.id = ?`);
const selectMatches = sql(
  'banking.matches-of-line',
  `SELECT m.id, m.rule, m.score_basis_points AS score, m.reasons, m.is_automatic AS "isAutomatic", m.matched_on AS "matchedOn", m.matched_at AS "matchedAt", m.matched_by AS "matchedBy", m.residual_minor AS "residualMinor", m.residual_account AS "residualAccount",
          m.entry_keys AS "entryKeys", m.unmatched_at AS "unmatchedAt", m.unmatched_by AS "unmatchedBy", m.unmatch_reason AS "unmatchReason", a.currency
     FROM bank_match_lines AS ml JOIN bank_matches AS m ON m.id = ml.match_id JOIN bank_accounts AS a ON a.id = m.account_id WHERE ml.line_id = ? ORDER BY m.matched_at DESC, m.id`,
);
const selectMatchLines = sql('banking.lines-of-match', 'SELECT line_id AS id FROM bank_match_lines WHERE match_id = ? ORDER BY line_id');
const selectMatchParts = sql('banking.parts-of-match', 'SELECT kind, object_id AS id, receipt_id AS "receiptId", label, object_minor AS amount, object_currency AS currency FROM bank_match_parts WHERE match_id = ? ORDER BY kind, label');

type MatchRow = Omit<BankMatchView, 'reasons' | 'isAutomatic' | 'residual' | 'lineIds' | 'parts' | 'entryIds' | 'entries'> & { readonly reasons: string; readonly isAutomatic: number; readonly residualMinor: number; readonly entryKeys: string; readonly currency: string };

const selectMadeActs = sql(
  'banking.acts-of-match',
  `SELECT part.receipt_id AS id FROM bank_match_parts AS part WHERE part.match_id = :matchId AND part.receipt_id IS NOT NULL
    UNION SELECT act.id FROM bank_match_parts AS part CROSS JOIN receivable_acts AS act ON act.receipt_id = part.receipt_id WHERE part.match_id = :matchId AND part.kind = 'invoice' AND act.kind = 'allocation'`,
);
// Each by its own index: with OR, SQLite would walk every entry.
const selectEntries = sql(
  'banking.entries-of-match',
  `SELECT id, kind, entry_date AS "entryDate", reverses_entry_id AS reverses, 0 AS "isPending", ledger_sequence AS place FROM journal_entries WHERE id IN (SELECT value FROM json_each(:ids))
    UNION SELECT id, kind, entry_date, reverses_entry_id, 0, ledger_sequence FROM journal_entries WHERE reverses_entry_id IN (SELECT value FROM json_each(:ids))
    UNION SELECT id, json_extract(body, '$.kind'), entry_date, json_extract(body, '$.reversesEntryId'), 1, 9e15 + rowid FROM provisional_entries WHERE id IN (SELECT value FROM json_each(:ids)) OR json_extract(body, '$.reversesEntryId') IN (SELECT value FROM json_each(:ids))
    ORDER BY place, id`,
);
const ownEntries = (keys: string): string[] => (JSON.parse(keys) as string[]).map(idFromKey);

/** What a match put into the books, by itself and with the receipts and payments it made, and what took that back. */
function listEntriesOf(database: ReadableDatabase, matchId: string, own: readonly string[]): BankMatchView['entries'] {
  const made = database.all<{ id: string }>(selectMadeActs, { matchId }).map(({ id }) => idFromKey(`receivable-act/${id}`));
  return database.all<Omit<BankMatchView['entries'][number], 'isPending'> & { isPending: number; place: number }>(selectEntries, { ids: JSON.stringify([...own, ...made]) }).map(({ place: _place, isPending, ...entry }) => ({ ...entry, isPending: isPending === 1 }));
}

/** Undefined when there is none. */
export function readBankLine(database: ReadableDatabase, id: string): { line: BankLineView; matches: BankMatchView[] } | undefined {
  const row = database.get<LineRow>(selectLine, [id]);
  if (!row) return undefined;
  const matches = database.all<MatchRow>(selectMatches, [id]).map(({ reasons, isAutomatic, residualMinor, entryKeys, currency, ...match }): BankMatchView => ({
    ...match, reasons: JSON.parse(reasons) as string[], isAutomatic: isAutomatic === 1, residual: { amount: residualMinor, currency }, lineIds: database.all<{ id: string }>(selectMatchLines, [match.id]).map((line) => line.id),
    parts: database.all<{ kind: BankMatchView['parts'][number]['kind']; id: string; receiptId: string | null; label: string; amount: number; currency: string }>(selectMatchParts, [match.id]).map(({ amount, currency: of, receiptId, ...part }) => ({ ...part, amount: { amount, currency: of }, entryId: part.kind === 'repayment' ? idFromKey(`receivable-act/${part.id}`) : part.kind === 'credit' || part.kind === 'overpayment' ? idFromKey(`receivable-act/${receiptId ?? ''}`) : null })),
    entryIds: ownEntries(entryKeys), entries: listEntriesOf(database, match.id, ownEntries(entryKeys)),
  }));
  return { line: toLineView(row), matches };
}

const selectChart = sql('banking.chart', "SELECT code, name, type FROM accounts WHERE instr(code, ':') = 0 ORDER BY code");
export const listPostableAccounts = (database: ReadableDatabase): { code: string; name: string; type: string }[] => database.all(selectChart);
