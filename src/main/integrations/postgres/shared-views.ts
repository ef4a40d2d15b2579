/** Shared views in the shared database, written only through its server functions (migrations/postgres/0036). */
import { z } from 'zod';
import { DaybookError, PermissionError, StateError } from '../../../shared/errors/errors.ts';
import type { SharedViewsDoor } from '../../sync/shared-views.ports.ts';
import type { PostgresConnection } from './connection.ts';

const answerSchema = z.object({ id: z.string(), saved_by: z.string(), saved_at: z.string() });

export function createPostgresSharedViews(postgres: PostgresConnection): SharedViewsDoor {
  async function call(text: string, values: readonly unknown[]): Promise<unknown> {
    try {
      const [row] = await postgres.query<{ answer: unknown }>(`SELECT daybook.${text} AS answer`, values);
      return row?.answer;
    } catch (error) {
      throw toViewError(error);
    }
  }
  return {
    async share(view, requestId) {
      const answer = answerSchema.parse(await call('share_view($1::jsonb, $2)', [JSON.stringify({ ...view, layout: JSON.parse(view.layout) as unknown }), requestId]));
      return { ...view, id: answer.id, savedBy: answer.saved_by, savedAt: Date.parse(answer.saved_at) };
    },
    withdraw: async (id, requestId) => void (await call('withdraw_view($1, $2)', [id, requestId])),
  };
}

function toViewError(error: unknown): unknown {
  if (!(error instanceof DaybookError)) return error;
  const options = { cause: error, data: error.data };
  if (error.code === 'view-of-another') return new PermissionError(error.code, error.message, { ...options, nextStep: 'Give yours another name, or ask them or an admin.' });
  if (error.code === 'shared-views-full') return new StateError(error.code, error.message, { ...options, nextStep: 'Take back views that nobody needs, then share this one.' });
  return error;
}
