/** The one sealer and the shared chain, through the server functions of migrations/postgres/0005 and 0020. */
import { z } from 'zod';
import { month } from '../../../shared/calendar/local-date.ts';
import { minorUnits } from '../../../shared/money/money.ts';
import type { PostingDraft } from '../../ledger/journal-entry.ts';
import type { PeriodLogRow } from '../../ledger/period-state.ts';
import type { SealAnswer, SealedEntry, SealOutcome, SharedLedger } from '../../ledger/shared-sealing.ports.ts';
import type { PostgresConnection } from './connection.ts';

const answerSchema = z.object({ periodSequence: z.number().int(), outcomes: z.array(z.array(z.union([z.string(), z.number(), z.null()]))) });

type Row = Record<string, string | null>;

const stateQuery = `
  SELECT l.id::text AS ledger_id, l.head_sequence::text, l.head_hash, l.joining_until::text, l.joining_hash,
         pg_has_role(session_user, 'daybook_finance', 'MEMBER') AS may_seal, pg_has_role(session_user, 'daybook_accountant', 'MEMBER') AS may_join,
         (SELECT p.hash FROM daybook.period_log p WHERE p.sequence = $1) AS period_hash,
         (SELECT json_agg(json_build_object('sequence', p.sequence, 'month', p.month, 'action', p.action, 'actor', p.actor, 'reason', p.reason, 'at', p.at, 'fourEyes', p.four_eyes,
                 'headSequence', p.head_sequence, 'headHash', p.head_hash, 'evidence', p.evidence, 'previousHash', p.previous_hash, 'hash', p.hash) ORDER BY p.sequence)
            FROM daybook.period_log p WHERE p.sequence > $1) AS periods
    FROM daybook.ledger l`;

const entriesQuery = `
  SELECT ledger_sequence::text, id::text, to_char(entry_date, 'YYYY-MM-DD') AS entry_date, recorded_at::text, kind, source_type, source_id, idempotency_key, input_hash, reverses_entry_id::text, concerns_month, memo, postings::text AS postings, previous_hash, hash
    FROM daybook.journal_entries AS e WHERE e.ledger_sequence > $1 AND e.ledger_sequence <= $2 ORDER BY e.ledger_sequence LIMIT $3`;

/** @param desk this desk's own name, for its anchor. */
export function createSharedLedger(postgres: PostgresConnection, desk: string): SharedLedger {
  return {
    async state(afterPeriod) {
      const [row] = await postgres.query<{ ledger_id: string; head_sequence: string; head_hash: string; joining_until: string | null; joining_hash: string | null; may_seal: boolean; may_join: boolean; period_hash: string | null; periods: PeriodLogRow[] | null }>(stateQuery, [afterPeriod]);
      // Without a ledger row there is nothing to seal into; the pull says so in its own words.
      if (!row) return { ledgerId: '', headSequence: 0, headHash: '0'.repeat(64), periods: [], periodHash: null, joining: null, maySeal: false, mayJoin: false };
      return {
        ledgerId: row.ledger_id, headSequence: Number(row.head_sequence), headHash: row.head_hash, periods: row.periods ?? [], periodHash: row.period_hash, joining: row.joining_until === null || row.joining_hash === null ? null : { until: Number(row.joining_until), hash: row.joining_hash },
        maySeal: row.may_seal, mayJoin: row.may_join,
      };
    },
    async seal(bodies) {
      const [row] = await postgres.query<{ answer: unknown }>('SELECT daybook.seal_entries($1::jsonb) AS answer', [`[${bodies.join(',')}]`]);
      const { periodSequence, outcomes } = answerSchema.parse(row?.answer);
      return { periodSequence, outcomes: outcomes.map(toOutcome) } satisfies SealAnswer;
    },
    async entriesAfter(sequence, upTo, limit) {
      return (await postgres.query<Row>(entriesQuery, [sequence, upTo, limit])).map(toSealedEntry);
    },
    async hashAt(sequence) {
      const [row] = await postgres.query<{ hash: string }>('SELECT hash FROM daybook.journal_entries WHERE ledger_sequence = $1', [sequence]);
      return row?.hash ?? null;
    },
    async monthsHashAt(sequence) {
      const [row] = await postgres.query<{ hash: string }>('SELECT hash FROM daybook.period_log WHERE sequence = $1', [sequence]);
      return row?.hash ?? null;
    },
    async beginJoin(until, hash) {
      const [row] = await postgres.query<{ sequence: string }>('SELECT daybook.begin_join($1, $2) AS sequence', [until, hash]);
      return Number(row?.sequence ?? 0);
    },
    async upload(entries) {
      await postgres.query('SELECT daybook.upload_entries($1::jsonb)', [JSON.stringify(entries.map(toSent))]);
    },
    async finishJoin(log, requestId) {
      await postgres.query('SELECT daybook.finish_join($1::jsonb, $2)', [JSON.stringify(log), requestId]);
    },
    async recordAnchor(sequence, hash) {
      await postgres.query('SELECT daybook.record_anchor($1, $2, $3)', [desk, sequence, hash]);
    },
    async anchor() {
      const [row] = await postgres.query<{ sequence: string; hash: string }>('SELECT ledger_sequence::text AS sequence, hash FROM daybook.desk_anchors WHERE desk = $1 AND login = session_user', [desk]);
      return row && Number(row.sequence) > 0 ? { sequence: Number(row.sequence), hash: row.hash } : null;
    },
    async recordAuditAnchor({ sequence, hash }, restore) {
      await postgres.query('SELECT daybook.record_audit_anchor($1, $2, $3, $4)', [desk, sequence, hash, restore]);
    },
    async auditAnchor() {
      const [row] = await postgres.query<{ sequence: string; hash: string | null; restore: string | null }>('SELECT audit_sequence::text AS sequence, audit_hash AS hash, restore_hash AS restore FROM daybook.desk_anchors WHERE desk = $1 AND login = session_user', [desk]);
      return row && row.hash !== null ? { sequence: Number(row.sequence), hash: row.hash, restore: row.restore } : null;
    },
  };
}

function toOutcome(values: readonly (string | number | null)[]): SealOutcome {
  const [outcome, second, entryDate, concernsMonth, hash] = values;
  switch (outcome) {
    case 'sealed':
      return { outcome, sequence: Number(second), entryDate: String(entryDate), concernsMonth: typeof concernsMonth === 'string' ? concernsMonth : null, hash: String(hash) };
    case 'known':
    case 'changed':
      return { outcome };
    default:
      return { outcome: 'refused', code: String(second) };
  }
}

function toSealedEntry(row: Row): SealedEntry {
  const text = (name: string): string => row[name] ?? '';
  return {
    row: {
      ledger_sequence: Number(row['ledger_sequence']), id: text('id'), entry_date: text('entry_date'), recorded_at: Number(row['recorded_at']), kind: text('kind'), source_type: text('source_type'), source_id: text('source_id'),
      idempotency_key: text('idempotency_key'), input_hash: text('input_hash'), reverses_entry_id: row['reverses_entry_id'] ?? null, concerns_month: row['concerns_month'] == null ? null : month(row['concerns_month']), memo: text('memo'),
      previous_hash: text('previous_hash'), hash: text('hash'),
    },
    postings: (JSON.parse(text('postings')) as PostingDraft[]).map((posting) => ({ ...posting, amount: minorUnits(posting.amount), functionalAmount: minorUnits(posting.functionalAmount) })),
  };
}

function toSent({ row, postings }: SealedEntry): Record<string, unknown> {
  return {
    sequence: row.ledger_sequence, hash: row.hash, id: row.id, key: row.idempotency_key, entryDate: row.entry_date, recordedAt: row.recorded_at, kind: row.kind, sourceType: row.source_type, sourceId: row.source_id, memo: row.memo,
    inputHash: row.input_hash, reversesEntryId: row.reverses_entry_id, concernsMonth: row.concerns_month, postings,
  };
}
