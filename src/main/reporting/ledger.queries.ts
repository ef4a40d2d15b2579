/**
 * The books as screens and the CLI show them: trial balance, the list of entries, one entry with its source.
 */
import type { z } from 'zod';
import type { entryDetailSchema, entryRowSchema, ledgerContract, trialBalanceSchema } from '../../shared/api/ledger.contract.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import { sql, type ReadableDatabase, type Sql, type SqlValue } from '../database/handles.ts';
import { countEntriesAsOf, countFromTotals, readAccountBalances, sumAccountGroups } from './account-totals.queries.ts';
import { accountScopeOf, asksForMoreThanDays, asksForNatureOnly, conditionsOf, withDaysOf, type Condition, type EntryFilter, type FoundSequences } from './entry-filter.ts';
import { createEntriesOfAmount } from './entries-of-amount.queries.ts';
import { readEntrySources, readSequencesAbout, readSequencesLike } from './entry-sources.queries.ts';
import { readEntryNatures } from './ledger-accounts.queries.ts';
import { assertKnown, readBalancesKnownAt } from './known-at.queries.ts';
import { readStripeFreshness } from './status.queries.ts';

const countProvisional = sql('ledger.provisional', 'SELECT count(*) AS count FROM provisional_entries');
const head = sql('ledger.head', 'SELECT coalesce(max(ledger_sequence), 0) AS sequence FROM journal_entries');
const amountsOf = sql('ledger.amounts', "SELECT p.entry_id AS id, p.currency, sum(p.amount_minor) AS amount FROM json_each(?) k CROSS JOIN postings p ON p.entry_id = k.value WHERE p.direction = 'debit' GROUP BY p.entry_id, p.currency ORDER BY p.entry_id, p.currency");
/** What an entry moves on one account, debit − credit: the list of an account then sums to its balance. */
const net = "sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END)";
const entryColumns = 'e.id, e.ledger_sequence AS sequence, e.entry_date AS entryDate, e.kind, e.memo, e.source_type AS sourceType, e.source_id AS sourceId';
const findEntry = sql('ledger.entry', `SELECT ${entryColumns}, e.recorded_at AS recordedAt, e.concerns_month AS concernsMonth, e.idempotency_key AS key, e.hash, e.previous_hash AS previousHash, e.reverses_entry_id AS reversesEntryId FROM journal_entries e WHERE e.id = :id OR e.ledger_sequence = :sequence`);
const findReversal = sql('ledger.reversal', 'SELECT id FROM journal_entries WHERE reverses_entry_id = ? ORDER BY ledger_sequence LIMIT 1');
const listPostings = sql(
  'ledger.postings',
  'SELECT p.line_number AS lineNumber, p.account_code AS accountCode, a.name AS accountName, p.direction, p.amount_minor AS amount, p.currency, p.functional_amount_minor AS functionalAmountMinor, p.rate, p.party_id AS partyId FROM postings p JOIN accounts a ON a.code = p.account_code WHERE p.entry_id = ? ORDER BY p.line_number',
);
type EntriesInput = z.output<NonNullable<(typeof ledgerContract.entries)['~orpc']['inputSchema']>>;
type EntriesOutput = { rows: z.infer<typeof entryRowSchema>[]; total: number; sums: { amount: number; currency: string }[]; areSumsKnown: boolean };
type EntryRow = Omit<z.infer<typeof entryRowSchema>, 'amounts'>;
type Counted = Pick<EntriesOutput, 'total' | 'sums' | 'areSumsKnown'>;

export interface LedgerQueriesDependencies {
  readonly readable: ReadableDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly settings: () => { readonly functionalCurrency: string };
}

export interface LedgerQueries {
  /**
   * As of the end of a day in the reporting zone, today when none is given; with `knownAt` only of what had been recorded by then.
   * @throws ValidationError `not-known-then` when the books did not exist yet.
   */
  trialBalance(input: { readonly asOf?: string | undefined; readonly knownAt?: number | undefined }): z.infer<typeof trialBalanceSchema>;
  /** With an account, amounts and sums are what the entries move on it (debit − credit); else what each entry debits. */
  entries(input: EntriesInput): EntriesOutput;
  /** By its id or its number in the chain. @throws NotFoundError `entry-not-found`. */
  show(input: { readonly id: string }): z.infer<typeof entryDetailSchema>;
}

function sumsStatement(where: string, scope: Condition | null): Sql {
  // The + has the entries that were asked for looked up first, and not every posting of the account.
  if (scope) return sql('ledger.entries-sums-on-account', `SELECT ${net} AS amount, p.currency FROM journal_entries e JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence ${where} AND ${unindexed(scope)} GROUP BY p.currency ORDER BY p.currency`);
  const from = where === '' ? 'posting_lines p' : 'journal_entries e JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence';
  const condition = where === '' ? "WHERE p.direction = 'debit'" : `${where} AND p.direction = 'debit'`;
  return sql('ledger.entries-sums', `SELECT sum(p.amount_minor) AS amount, p.currency FROM ${from} ${condition} GROUP BY p.currency ORDER BY p.currency`);
}

/** The condition, without its index. */
const unindexed = (scope: Condition): string => scope.text.replaceAll('p.', '+p.');

function amountsStatement(scope: Condition | null): Sql {
  if (!scope) return amountsOf;
  return sql('ledger.amounts-on-account', `SELECT p.entry_id AS id, p.currency, ${net} AS amount FROM json_each(?) k CROSS JOIN postings p ON p.entry_id = k.value WHERE ${unindexed(scope)} GROUP BY p.entry_id, p.currency ORDER BY p.entry_id, p.currency`);
}

const rememberedCounts = 16;
/** Below this many entries of an account or currency, all of them are gathered and put in order. */
const fewEntries = 10_000;
/** What more entries than these sum to is only said where the kept totals know it. */
const mostSummed = 50_000;

export function createLedgerQueries(dependencies: LedgerQueriesDependencies): LedgerQueries {
  const { readable: database, clock, timeZone } = dependencies;
  /** Totals of a filter hold until the next entry: entries never change. */
  const counted = new Map<string, Counted>();

  const headSequence = (): number => database.get<{ sequence: number }>(head)?.sequence ?? 0;
  const found: FoundSequences = { about: (sourceId) => readSequencesAbout(database, sourceId), like: (start) => readSequencesLike(database, start), ofAmount: createEntriesOfAmount(database, headSequence) };

  function countOf(where: string, values: readonly SqlValue[], scope: Condition | null): Counted {
    const key = JSON.stringify([headSequence(), where, values]);
    const known = counted.get(key);
    if (known) return known;
    const total = database.get<{ total: number }>(sql('ledger.entries-total', `SELECT count(*) AS total FROM journal_entries e ${where}`), values)?.total ?? 0;
    const areSumsKnown = total <= mostSummed;
    const sums = areSumsKnown ? database.all<{ amount: number; currency: string }>(sumsStatement(where, scope), [...values, ...(scope?.values ?? [])]) : [];
    if (counted.size >= rememberedCounts) counted.clear();
    counted.set(key, { total, sums, areSumsKnown });
    return { total, sums, areSumsKnown };
  }

  function withAmounts(rows: readonly EntryRow[], scope: Condition | null): EntriesOutput['rows'] {
    const amounts = new Map<string, { amount: number; currency: string }[]>();
    for (const { id, amount, currency } of database.all<{ id: string; amount: number; currency: string }>(amountsStatement(scope), [JSON.stringify(rows.map((row) => row.id)), ...(scope?.values ?? [])])) {
      const list = amounts.get(id) ?? [];
      list.push({ amount, currency });
      amounts.set(id, list);
    }
    return rows.map((row) => ({ ...row, amounts: amounts.get(row.id) ?? [] }));
  }

  return {
    trialBalance({ asOf, knownAt }) {
      const day = asOf ?? timeZone.dateOf(clock.now());
      if (knownAt !== undefined) assertKnown(database, knownAt);
      const { rows, entries } = knownAt === undefined ? { rows: readAccountBalances(database, day), entries: countEntriesAsOf(database, day) } : readBalancesKnownAt(database, day, knownAt);
      const totals = new Map<string, { currency: string; debitMinor: number; creditMinor: number }>();
      for (const { currency, debitMinor, creditMinor } of rows) {
        const total = totals.get(currency) ?? { currency, debitMinor: 0, creditMinor: 0 };
        totals.set(currency, { currency, debitMinor: total.debitMinor + debitMinor, creditMinor: total.creditMinor + creditMinor });
      }
      return {
        asOf: day, knownAt: knownAt ?? null, functionalCurrency: dependencies.settings().functionalCurrency, freshAt: readStripeFreshness(database),
        rows: rows.map((row) => ({ ...row, balanceMinor: row.debitMinor - row.creditMinor })), totals: [...totals.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)),
        groups: sumAccountGroups(database, rows).map((group) => ({ ...group, balanceMinor: group.debitMinor - group.creditMinor })),
        entries, provisionalEntries: database.get<{ count: number }>(countProvisional)?.count ?? 0,
      };
    },
    entries({ startAt, limit, sort, filter: asked }) {
      const filter = withDaysOf(asked);
      const fromTotals = asksForMoreThanDays(filter) ? undefined : countFromTotals(database, filter ?? {});
      const kept = fromTotals && { ...fromTotals, areSumsKnown: true };
      if (kept?.total === 0) return { rows: [], ...kept };
      if (asksForNatureOnly(filter)) return entriesOfNature(filter, startAt, limit, sort);
      const conditions = conditionsOf(filter, kept !== undefined && kept.total <= fewEntries, found);
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.map((condition) => condition.text).join(' AND ')}`;
      const values = conditions.flatMap((condition) => condition.values);
      const direction = sort?.direction === 'ascending' ? 'ASC' : 'DESC';
      const order = sort?.column === 'entryDate' ? `e.entry_date ${direction}, e.ledger_sequence ${direction}` : `e.ledger_sequence ${direction}`;
      const scope = accountScopeOf(filter);
      const isOfAccount = filter?.currency !== undefined && scope !== null && conditions.length === 1;
      const rows = sort?.column !== 'entryDate' && where === '' ? windowBySequence(startAt, limit, direction)
        : sort?.column !== 'entryDate' && isOfAccount ? windowOfAccount(scope.values, startAt, limit, direction)
        : database.all<EntryRow>(sql('ledger.entries', `SELECT ${entryColumns} FROM (SELECT e.ledger_sequence AS key FROM journal_entries e ${where} ORDER BY ${order} LIMIT ? OFFSET ?) AS k CROSS JOIN journal_entries e ON e.ledger_sequence = k.key ORDER BY ${order}`), [...values, limit, startAt]);
      const isWhole = startAt === 0 && rows.length < limit;
      return { rows: withAmounts(rows, scope), ...(kept ?? (isWhole ? countOf('WHERE e.ledger_sequence IN (SELECT value FROM json_each(?))', [JSON.stringify(rows.map((row) => row.sequence))], scope) : countOf(where, values, scope))) };
    },
    show({ id }) {
      const entry = database.get<Omit<z.infer<typeof entryDetailSchema>, 'amounts' | 'postings' | 'raw' | 'sources' | 'reversedByEntryId'>>(findEntry, { id, sequence: /^\d{1,15}$/.test(id) ? Number(id) : -1 });
      if (!entry) throw new NotFoundError('entry-not-found', 'There is no journal entry with this id.', { data: { id }, nextStep: 'Check the id, or sync first.' });
      const sources = readEntrySources(database, entry);
      const postings = database.all<{ lineNumber: number; accountCode: string; accountName: string; direction: 'debit' | 'credit'; amount: number; currency: string; functionalAmountMinor: number; rate: string | null; partyId: string | null }>(listPostings, [entry.id]);
      return {
        ...entry, amounts: withAmounts([entry], null)[0]?.amounts ?? [], reversedByEntryId: database.get<{ id: string }>(findReversal, [entry.id])?.id ?? null, raw: sources.find((source) => source.id === entry.sourceId)?.raw ?? null, sources,
        postings: postings.map(({ amount, currency, ...posting }) => ({ ...posting, amount: { amount, currency } })),
      };
    },
  };

  /** An account's index holds its postings in the order of the chain: it gives its entries in that order. An entry is taken at its first line. */
  function windowOfAccount(scope: readonly SqlValue[], startAt: number, limit: number, direction: 'ASC' | 'DESC'): EntryRow[] {
    const first = 'NOT EXISTS (SELECT 1 FROM posting_lines q WHERE q.ledger_sequence = p.ledger_sequence AND q.line_number < p.line_number AND +q.account_code = p.account_code AND +q.currency = p.currency)';
    const keys = `SELECT p.ledger_sequence AS key FROM posting_lines p WHERE p.account_code = ? AND p.currency = ? AND ${first} ORDER BY p.ledger_sequence ${direction}, p.line_number ${direction} LIMIT ? OFFSET ?`;
    return database.all<EntryRow>(sql('ledger.entries-of-account', `SELECT ${entryColumns} FROM (${keys}) AS k CROSS JOIN journal_entries e ON e.ledger_sequence = k.key ORDER BY e.ledger_sequence ${direction}`), [...scope, limit, startAt]);
  }

  /** Of a kind or source type alone: their parts of the index, each in the order of the chain, are read side by side. */
  function entriesOfNature(filter: EntryFilter | undefined, startAt: number, limit: number, sort: EntriesInput['sort']): EntriesOutput {
    const natures = readEntryNatures(database).filter((nature) => (filter?.kind ?? nature.kind) === nature.kind && (filter?.sourceType ?? nature.sourceType) === nature.sourceType);
    if (natures.length === 0) return { rows: [], total: 0, sums: [], areSumsKnown: true };
    const values = natures.flatMap(({ sourceType, kind }) => [sourceType, kind]);
    const where = `WHERE (e.source_type, e.kind) IN (VALUES ${natures.map(() => '(?, ?)').join(', ')})`;
    const counted = countOf(where, values, null);
    const direction = sort?.direction === 'ascending' ? 'ASC' : 'DESC';
    const order = sort?.column === 'entryDate' ? `e.entry_date ${direction}, e.ledger_sequence ${direction}` : `e.ledger_sequence ${direction}`;
    const parts = natures.map(() => 'SELECT ledger_sequence AS key FROM journal_entries WHERE source_type = ? AND kind = ?').join(' UNION ALL ');
    // By date, of many entries the next one is never far; a few are put in order.
    const byDate = `SELECT e.ledger_sequence AS key FROM journal_entries e ${counted.total > fewEntries ? 'INDEXED BY journal_entries_by_date ' : ''}${where} ORDER BY ${order} LIMIT ? OFFSET ?`;
    const keys = sort?.column === 'entryDate' ? byDate : `${parts} ORDER BY key ${direction} LIMIT ? OFFSET ?`;
    const rows = database.all<EntryRow>(sql('ledger.entries-of-nature', `SELECT ${entryColumns} FROM (${keys}) AS k CROSS JOIN journal_entries e ON e.ledger_sequence = k.key ORDER BY ${order}`), [...values, limit, startAt]);
    return { rows: withAmounts(rows, null), ...counted };
  }

  /** The sequence has no gaps: a window far down costs what the first one costs. */
  function windowBySequence(startAt: number, limit: number, direction: 'ASC' | 'DESC'): EntryRow[] {
    return direction === 'ASC'
      ? database.all<EntryRow>(sql('ledger.entries-up', `SELECT ${entryColumns} FROM journal_entries e WHERE e.ledger_sequence > ? ORDER BY e.ledger_sequence LIMIT ?`), [startAt, limit])
      : database.all<EntryRow>(sql('ledger.entries-down', `SELECT ${entryColumns} FROM journal_entries e WHERE e.ledger_sequence <= ? ORDER BY e.ledger_sequence DESC LIMIT ?`), [headSequence() - startAt, limit]);
  }
}
