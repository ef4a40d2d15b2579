/** Edits of partners and contracts at the shared database's doors (migrations/postgres/0010). */
import { z } from 'zod';
import type { ChangeSet } from '../../contracts/change-set.ts';
import type { ChangeAnswer, SharedChanges } from '../../contracts/shared-changes.ports.ts';
import { InvariantError, ProviderError } from '../../../shared/errors/errors.ts';
import type { PostgresConnection } from './connection.ts';

const answerSchema = z.object({
  id: z.string(), state: z.enum(['awaiting-approval', 'applied', 'merged', 'conflict', 'rejected', 'withdrawn', 'refused']), resultVersion: z.number().int().nullable(), conflictId: z.string().nullable(), approvalId: z.string().nullable(),
  refusalCode: z.string().nullable(), refusalMessage: z.string().nullable(),
});

const answersSchema = z.array(answerSchema.nullable());
type Answer = z.infer<typeof answerSchema>;

/** @param desk names this desk among those of the same person: a change and the one after it are not strangers to each other. */
export function createSharedChanges(postgres: PostgresConnection, desk: string): SharedChanges {
  async function ask<Read>(schema: z.ZodType<Read>, text: string, values: readonly unknown[]): Promise<Read> {
    const [row] = await postgres.query<{ answer: unknown }>(`SELECT ${text} AS answer`, values);
    const parsed = schema.safeParse(row?.answer);
    if (!parsed.success) throw new InvariantError('change-answer-unreadable', 'The shared database answered a change with something this Daybook does not know.', { cause: parsed.error });
    return parsed.data;
  }
  const call = async (text: string, values: readonly unknown[]): Promise<ChangeAnswer> => toAnswer(await ask(answerSchema, text, values));
  const toSent = ({ id, entity, entityId, operation, baseVersion, fields, reason, createdAt }: ChangeSet) => ({ id, entity, entityId, operation, baseVersion, fields, reason, createdAt, desk });

  return {
    submit: (change) => call('daybook.submit_change($1::jsonb)', [JSON.stringify(toSent(change))]),
    async submitAll(changes) {
      const answers = await ask(answersSchema, 'daybook.submit_changes($1::jsonb)', [JSON.stringify(changes.map(toSent))]);
      if (answers.length !== changes.length) throw new InvariantError('change-answer-unreadable', 'The shared database answered another number of changes than it was sent.');
      return answers.map((answer) => answer && toAnswer(answer));
    },
    resolve: (conflictId, choices, reason, requestId) => call('daybook.resolve_conflict($1, $2::jsonb, $3, $4)', [conflictId, JSON.stringify(choices), reason, requestId]),
    decide: (approvalId, decision, comment, requestId) => call('daybook.decide_change($1, $2, $3, $4)', [approvalId, decision, comment, requestId]),
    withdraw: (changeId, reason, requestId) => call('daybook.withdraw_change($1, $2, $3)', [changeId, reason, requestId]),
    async isReached() {
      try {
        await postgres.query('SELECT 1');
        return true;
      } catch (error) {
        if (error instanceof ProviderError && error.code === 'postgres-unreachable') return false;
        throw error;
      }
    },
  };
}

function toAnswer({ id, state, resultVersion, conflictId, approvalId, refusalCode, refusalMessage }: Answer): ChangeAnswer {
  return { changeId: id, state: state === 'refused' ? 'parked' : state, resultVersion, conflictId, approvalId, errorCode: refusalCode, errorMessage: refusalMessage };
}
