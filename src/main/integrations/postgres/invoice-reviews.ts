/** Reviews of drafts and the setting of late usage in the shared database: written only through its server functions (migrations/postgres/0023). */
import { z } from 'zod';
import type { ReviewRegister } from '../../billing/invoice-reviews.ports.ts';
import type { PostgresConnection } from './connection.ts';
import { toRegisterError } from './invoice-register.ts';

const answerSchema = z.object({ id: z.string(), totals_fingerprint: z.string(), reviewed_by: z.string(), reviewed_at: z.string() });

export function createPostgresReviewRegister(connection: PostgresConnection): ReviewRegister {
  async function call(text: string, values: readonly unknown[]): Promise<unknown> {
    try {
      const [row] = await connection.query<{ answer: unknown }>(`SELECT daybook.${text} AS answer`, values);
      return row?.answer;
    } catch (error) {
      throw toRegisterError(error);
    }
  }

  return {
    async review({ id, totalsFingerprint, reviewedAt, requestId }) {
      const answer = answerSchema.parse(await call('review_invoice($1, $2, $3, $4)', [id, totalsFingerprint, new Date(reviewedAt).toISOString(), requestId]));
      return { id: answer.id, totalsFingerprint: answer.totals_fingerprint, reviewedBy: answer.reviewed_by, reviewedAt: Date.parse(answer.reviewed_at) };
    },
    setTaxRounding: async ({ taxRounding, requestId }) => void (await call('set_tax_rounding($1, $2)', [taxRounding, requestId])),
    setLateUsageMonths: async ({ months, requestId }) => void (await call('set_late_usage_months($1, $2)', [months, requestId])),
  };
}
