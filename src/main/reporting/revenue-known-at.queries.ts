/**
 * A month as it was known at a moment beside what is known of it now (domain.md §3, Dates): the books by when entries were recorded, MRR by when its changes were
 * learned, and the late facts that moved them.
 */
import type { z } from 'zod';
import type { lateFactSchema, revenueMeasuresContract } from '../../shared/api/revenue-measures.contract.ts';
import { endOf, firstDayOf, type Month } from '../../shared/calendar/local-date.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { sql, type ReadableDatabase } from '../database/handles.ts';
import type { PolicyPreset } from '../revenue/mrr-policy.ts';
import { assertKnown } from './known-at.queries.ts';
import type { MovementKind } from './mrr.queries.ts';
import { stretchOf } from './revenue-measure-calculation.ts';
import type { MonthMove } from './revenue-sum-scope.ts';
import { findSumsStanding, readScope } from './revenue-sums.queries.ts';

type LateFact = z.infer<typeof lateFactSchema>;
type KnownAnswer = z.infer<NonNullable<(typeof revenueMeasuresContract.knownAt)['~orpc']['outputSchema']>>;
type KnownFigure = KnownAnswer['known'][number];

const lateMoves = sql(
  'revenue-known.late-moves',
  `SELECT month, kind, sum(amount_minor) AS amountMinor, sum(amount_minor) AS functionalMinor, 0 AS movements, sum(customers_joined) AS joined, sum(customers_left) AS left
     FROM revenue_late_changes WHERE policy IN (:policyBit, 7) AND learned_at > :knownAt AND month <= :month GROUP BY month, kind`,
);
const lateByCustomer = sql(
  'revenue-known.late-by-customer',
  `SELECT l.customer_id AS customerId, coalesce(c.name, c.email, l.customer_id) AS customerName, max(l.learned_at) AS learnedAt, sum(l.amount_minor) AS amountMinor, group_concat(DISTINCT l.month || ' ' || l.kind) AS what
     FROM revenue_late_changes AS l LEFT JOIN stripe_customers AS c ON c.id = l.customer_id
    WHERE l.policy IN (:policyBit, 7) AND l.learned_at > :knownAt AND l.month <= :month GROUP BY l.customer_id HAVING amountMinor <> 0 ORDER BY abs(amountMinor) DESC, l.customer_id LIMIT :limit`,
);
const countLateCustomers = sql('revenue-known.count-late', 'SELECT count(*) AS count FROM (SELECT sum(amount_minor) AS amountMinor FROM revenue_late_changes WHERE policy IN (:policyBit, 7) AND learned_at > :knownAt AND month <= :month GROUP BY customer_id HAVING amountMinor <> 0)');

const ofMonth = 'FROM journal_entries AS e CROSS JOIN posting_lines AS p ON p.ledger_sequence = e.ledger_sequence CROSS JOIN accounts AS a ON a.code = p.account_code WHERE e.entry_date >= :from AND e.entry_date < :until';
const credited = "iif(p.direction = 'credit', p.functional_amount_minor, -p.functional_amount_minor)";
const isOfRevenue = "(a.type IN ('revenue', 'contra-revenue') OR a.code LIKE '5000-%')";
const accountsOfMonth = sql(
  'revenue-known.accounts',
  `SELECT a.code, a.name, a.type, sum(${credited}) AS nowMinor, sum(iif(e.recorded_at <= :knownAt, ${credited}, 0)) AS thenMinor ${ofMonth} AND ${isOfRevenue} GROUP BY a.code ORDER BY a.code`,
);
const lateEntries = sql(
  'revenue-known.late-entries',
  `SELECT e.id, e.recorded_at AS learnedAt, e.kind, e.memo, e.source_type AS sourceType, e.source_id AS sourceId, e.entry_date AS entryDate, sum(${credited}) AS amountMinor ${ofMonth} AND ${isOfRevenue} AND e.recorded_at > :knownAt
    GROUP BY e.ledger_sequence ORDER BY abs(amountMinor) DESC, e.ledger_sequence LIMIT :limit`,
);
const countLateEntries = sql('revenue-known.count-late-entries', `SELECT count(DISTINCT e.ledger_sequence) AS count ${ofMonth} AND ${isOfRevenue} AND e.recorded_at > :knownAt`);

const factsNamed = 100;

export interface KnownQuestion {
  readonly month: Month;
  /** Epoch milliseconds. */
  readonly knownAt: number;
  readonly preset: PolicyPreset;
  readonly functionalCurrency: string;
  /** Up to when what is known now goes. */
  readonly asOf: number;
}

/** @throws ValidationError `not-known-then` for a moment before these books were begun, or one that has not come. */
export function readKnownAt(database: ReadableDatabase, question: KnownQuestion, nowAt: number): KnownAnswer {
  const { month, knownAt, asOf } = question;
  if (knownAt > nowAt) throw new ValidationError('not-known-then', 'That moment has not come yet.', { data: { knownAt, nowAt }, nextStep: 'Ask for a moment that is past.' });
  assertKnown(database, knownAt);
  const mrr = mrrKnown(database, question);
  const books = booksKnown(database, question);
  return {
    month, knownAt, asOf, known: [...mrr.known, ...books.known], present: [...mrr.present, ...books.present], mrrAbsence: mrr.absence,
    lateFacts: [...mrr.facts, ...books.facts].sort((a, b) => Math.abs(b.amount.amount) - Math.abs(a.amount.amount)).slice(0, factsNamed), lateFactsTotal: mrr.factsTotal + books.factsTotal,
  };
}

interface Known {
  readonly known: KnownFigure[];
  readonly present: KnownFigure[];
  readonly facts: LateFact[];
  readonly factsTotal: number;
}

function mrrKnown(database: ReadableDatabase, { month, knownAt, preset, functionalCurrency }: KnownQuestion): Known & { absence: string | null } {
  const since = findSumsStanding(database)?.knownSinceAt ?? null;
  const moves = readScope(database, { policyBit: preset.bit, plan: null, country: null, currency: '*', isConverted: false }, month);
  const figures = (of: readonly MonthMove[] | null): KnownFigure[] => {
    const stretch = of && stretchOf(of, month, month);
    const money = (figure: string, name: string, amount: number | undefined): KnownFigure => ({ figure, name, amount: amount === undefined ? null : { amount, currency: functionalCurrency }, count: null });
    return [
      money('mrr', 'MRR', stretch?.endMinor), money('new', 'New', stretch?.newMinor), money('expansion', 'Expansion', stretch?.expansionMinor), money('contraction', 'Contraction', stretch?.contractionMinor), money('churn', 'Churn', stretch?.churnMinor),
      money('reactivation', 'Reactivation', stretch?.reactivationMinor), money('exchange-rate', 'Exchange rates', stretch?.exchangeRateMinor), { figure: 'customers', name: 'Customers', amount: null, count: stretch?.customersAtEnd ?? null },
    ];
  };
  if (since === null || knownAt < since) {
    const absence = since === null ? 'MRR has not been worked out yet.' : `What MRR was known to be then is not known here: it is kept since ${new Date(since).toISOString()}.`;
    return { known: figures(null), present: figures(moves), facts: [], factsTotal: 0, absence };
  }
  const asked = { policyBit: preset.bit, knownAt, month };
  const late = database.all<MonthMove>(lateMoves, asked).map((move): MonthMove => ({ ...move, kind: move.kind as MovementKind, amountMinor: -move.amountMinor, functionalMinor: -move.functionalMinor, joined: -move.joined, left: -move.left }));
  const facts = database.all<{ customerId: string; customerName: string; learnedAt: number; amountMinor: number; what: string }>(lateByCustomer, { ...asked, limit: factsNamed });
  return {
    known: figures([...moves, ...late]), present: figures(moves), absence: null, factsTotal: database.get<{ count: number }>(countLateCustomers, asked)?.count ?? 0,
    facts: facts.map(({ amountMinor, what, ...row }) => ({ area: 'mrr', ...row, what: what.split(',').join(', '), amount: { amount: amountMinor, currency: functionalCurrency }, entryId: null, sourceType: 'stripe-customer', sourceId: row.customerId })),
  };
}

function booksKnown(database: ReadableDatabase, { month, knownAt, functionalCurrency }: KnownQuestion): Known {
  const asked = { from: firstDayOf(month), until: endOf(month), knownAt };
  const accounts = database.all<{ code: string; name: string; type: string; nowMinor: number; thenMinor: number }>(accountsOfMonth, asked);
  const figures = (of: (row: (typeof accounts)[number]) => number): KnownFigure[] => accounts.map((row) => ({ figure: row.code, name: row.name, amount: { amount: of(row), currency: functionalCurrency }, count: null }));
  const facts = database.all<{ id: string; learnedAt: number; kind: string; memo: string; sourceType: string; sourceId: string; entryDate: string; amountMinor: number }>(lateEntries, { ...asked, limit: factsNamed });
  return {
    known: figures(({ thenMinor }) => thenMinor), present: figures(({ nowMinor }) => nowMinor), factsTotal: database.get<{ count: number }>(countLateEntries, asked)?.count ?? 0,
    facts: facts.map(({ id, learnedAt, memo, entryDate, sourceType, sourceId, amountMinor }) => ({ area: 'books', learnedAt, what: `${memo}, ${entryDate}`, amount: { amount: amountMinor, currency: functionalCurrency }, customerId: null, customerName: null, entryId: id, sourceType, sourceId })),
  };
}
