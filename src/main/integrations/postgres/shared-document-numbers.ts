/** Blocks of document numbers and the register of them in the shared database (migrations/postgres/0014). */
import { z } from 'zod';
import { ConflictError, DaybookError, InvariantError, NotFoundError, PermissionError } from '../../../shared/errors/errors.ts';
import type { BlockReturned, BroughtNumbers, NumberAuthority, UseAnswer } from '../../billing/document-number-authority.ports.ts';
import { documentNumberText } from '../../billing/document-number-rules.ts';
import { documentSeries, type NumberBlock, type NumberGap, type SeriesStanding } from '../../billing/document-numbers.ports.ts';
import type { PostgresConnection } from './connection.ts';

const instant = z.string().transform((text) => Date.parse(text));
const blockSchema = z.object({
  id: z.string(), series: z.enum(documentSeries), year: z.number().int(), first_number: z.number().int(), last_number: z.number().int(), holder: z.string(), desk: z.string(), leased_at: instant, use_until: instant, report_until: instant,
  state: z.enum(['live', 'used-up', 'returned', 'revoked', 'expired']), used: z.number().int(), left: z.number().int(), ended_at: instant.nullable(), ended_by: z.string().nullable(), end_reason: z.string().nullable(),
});
const answersSchema = z.array(z.object({ blockId: z.string(), number: z.number().int(), documentId: z.string(), outcome: z.enum(['recorded', 'unchanged', 'refused']), code: z.string().nullable(), message: z.string().nullable() }));
const returnedSchema = z.object({ block: blockSchema, uses: answersSchema, backToSeries: z.number().int(), gaps: z.array(z.string()) });
const standingSchema = z.array(z.object({ series: z.enum(documentSeries), year: z.number().int(), next_number: z.number().int(), used: z.number().int(), in_blocks: z.number().int(), gaps: z.number().int() }));
const gapsSchema = z.array(z.object({
  document_number: z.string(), series: z.enum(documentSeries), year: z.number().int(), number: z.number().int(), reason: z.string(), block_id: z.string().nullable(), recorded_by: z.string(), recorded_at: instant,
  claimed_by_document: z.string().nullable(), claimed_at: instant.nullable(), claimed_by: z.string().nullable(),
}));

const standingQuery = `SELECT coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object(
    'used', (SELECT count(*) FROM daybook.document_number_uses u WHERE u.series = s.series AND u.year = s.year),
    'gaps', (SELECT count(*) FROM daybook.document_number_gaps g WHERE g.series = s.series AND g.year = s.year),
    'in_blocks', (SELECT coalesce(sum(b.last_number - b.first_number + 1 - (SELECT count(*) FROM daybook.document_number_uses u WHERE u.block_id = b.id)), 0) FROM daybook.document_number_blocks b WHERE b.series = s.series AND b.year = s.year AND b.state = 'live')
  ) ORDER BY s.year DESC, s.series DESC), '[]') AS answer FROM daybook.document_series s`;
const blockView = "to_jsonb(b) || jsonb_build_object('used', n.used, 'left', CASE b.state WHEN 'live' THEN b.last_number - b.first_number + 1 - n.used ELSE 0 END)";
const blocksQuery = (which: string): string =>
  `SELECT ${blockView} AS answer FROM daybook.document_number_blocks b, LATERAL (SELECT count(*) AS used FROM daybook.document_number_uses u WHERE u.block_id = b.id) n ${which}`;
const latestBlocks = blocksQuery("ORDER BY b.state <> 'live', b.leased_at DESC, b.first_number DESC LIMIT 200");
const namedBlocks = blocksQuery('WHERE b.id = ANY ($1::uuid[])');
const gapsQuery = `SELECT coalesce(jsonb_agg(to_jsonb(g) ORDER BY g.recorded_at DESC, g.series, g.year, g.number DESC), '[]') AS answer
  FROM (SELECT * FROM daybook.document_number_gaps WHERE ($1::text IS NULL OR series = $1) AND ($2::integer IS NULL OR year = $2) ORDER BY recorded_at DESC, series, year, number DESC LIMIT 1000) g`;

type AnswerRow = { answer: unknown };

/** @param user the login; with the desk's name it says whose blocks are this desk's. */
export function createSharedNumberAuthority(postgres: PostgresConnection, user: string, desk: string): NumberAuthority {
  async function ask<Schema extends z.ZodType>(schema: Schema, text: string, values: readonly unknown[] = []): Promise<z.output<Schema>[]> {
    try {
      return (await postgres.query<AnswerRow>(text, values)).map((row) => schema.parse(row.answer));
    } catch (error) {
      throw toNumberError(error);
    }
  }

  async function one<Schema extends z.ZodType>(schema: Schema, text: string, values: readonly unknown[] = []): Promise<z.output<Schema>> {
    const [answer] = await ask(schema, text, values);
    if (answer === undefined) throw new InvariantError('number-answer-missing', 'The shared database answered a question about document numbers with nothing.');
    return answer;
  }

  function toBlock({ first_number: firstNumber, last_number: lastNumber, leased_at: leasedAt, use_until: useUntil, report_until: reportUntil, ended_at: endedAt, ended_by: endedBy, end_reason: endReason, ...block }: z.infer<typeof blockSchema>): NumberBlock {
    return { ...block, firstNumber, lastNumber, leasedAt, useUntil, reportUntil, endedAt, endedBy, endReason, isOfThisDesk: block.holder === user && block.desk === desk };
  }

  return {
    async assertReached() {
      await postgres.query('SELECT 1');
    },
    lease: async ({ blockId, series, year, count, days, requestId }) => toBlock(await one(blockSchema, 'SELECT daybook.lease_document_numbers($1, $2, $3, $4, $5, $6, $7) AS answer', [blockId, desk, series, year, count, days, requestId])),
    record: (uses): Promise<UseAnswer[]> => one(answersSchema, 'SELECT daybook.record_document_uses($1, $2::jsonb) AS answer', [desk, JSON.stringify(uses)]),
    async return({ blockId, isCertain, uses, reason, requestId }): Promise<BlockReturned> {
      const { block, ...rest } = await one(returnedSchema, 'SELECT daybook.return_document_numbers($1, $2, $3, $4::jsonb, $5, $6) AS answer', [blockId, desk, isCertain, JSON.stringify(uses), reason, requestId]);
      return { ...rest, block: toBlock(block) };
    },
    async standing() {
      await postgres.query('SELECT daybook.settle_document_numbers()');
      const counts = await one(standingSchema, standingQuery);
      const series: SeriesStanding[] = counts.map(({ series: name, year, next_number: next, used, in_blocks: inBlocks, gaps }) => ({ series: name, year, next: documentNumberText(name, year, next), used, inBlocks, gaps, unaccounted: next - 1 - used - inBlocks - gaps }));
      return { series, blocks: (await ask(blockSchema, latestBlocks)).map(toBlock) };
    },
    blocks: async (ids) => (await ask(blockSchema, namedBlocks, [ids])).map(toBlock),
    gaps: async ({ series, year }) =>
      (await one(gapsSchema, gapsQuery, [series ?? null, year ?? null])).map((gap): NumberGap => ({
        text: gap.document_number, series: gap.series, year: gap.year, number: gap.number, reason: gap.reason, blockId: gap.block_id, recordedBy: gap.recorded_by, recordedAt: gap.recorded_at,
        claimedBy: gap.claimed_by_document === null || gap.claimed_at === null || gap.claimed_by === null ? null : { documentId: gap.claimed_by_document, at: gap.claimed_at, holder: gap.claimed_by },
      })),
  };
}

/** What a desk gave by itself before it joined; sent twice it is brought once. @throws ValidationError `shared-ledger-mismatch`, `numbers-incomplete`. */
export async function bringDocumentNumbers(postgres: PostgresConnection, numbers: BroughtNumbers, requestId: string): Promise<void> {
  await postgres.query('SELECT daybook.bring_document_numbers($1::jsonb, $2)', [JSON.stringify(numbers), requestId]);
}

const nextSteps: Readonly<Record<string, string>> = {
  'number-block-count-invalid': 'Ask for as many as you will need until you are online again.',
  'number-block-days-invalid': 'Choose when you will be online again.',
  'number-year-invalid': 'Name one of these years.',
  'number-block-too-many': 'Use or return what the desk holds first.',
  'number-reason-missing': 'Give a reason of at least three letters; it is kept in the gap register.',
};

/** The server functions' codes in the same kinds of error as the local twin throws. */
function toNumberError(error: unknown): unknown {
  if (error instanceof z.ZodError) return new InvariantError('number-answer-missing', 'The shared database answered a question about document numbers with something this Daybook does not know.', { cause: error });
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  switch (error.code) {
    case 'number-block-not-found':
      return new NotFoundError(error.code, error.message, { ...options, nextStep: 'See daybook numbers list.' });
    case 'number-block-not-yours':
      return new PermissionError(error.code, error.message, { ...options, nextStep: 'Ask them to return it, or an admin to take it away.' });
    case 'number-block-reused':
      return new ConflictError(error.code, error.message, { ...options, nextStep: 'Lease again.' });
    default: {
      const nextStep = nextSteps[error.code];
      return nextStep === undefined ? error : Object.assign(error, { nextStep });
    }
  }
}
