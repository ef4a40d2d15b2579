/** Shares of the gateway's request limit, given out by the shared database (migrations/postgres/0013). */
import type { RequestShares } from '../../sync/request-shares.ts';
import { ProviderError } from '../../../shared/errors/errors.ts';
import type { PostgresConnection } from './connection.ts';

export function createPostgresRequestShares(postgres: PostgresConnection): RequestShares {
  return {
    async renew({ reader, total, inUse, ttlMs }) {
      try {
        const [row] = await postgres.query<{ parts: number }>('SELECT daybook.renew_request_share($1, $2, $3, $4) AS parts', [reader, total, inUse, ttlMs]);
        return row?.parts ?? 0;
      } catch (error) {
        // A database that is older than this desk gives out no shares yet: desks read from Stripe as they did.
        if (error instanceof ProviderError && error.code === 'postgres-not-migrated') return total;
        throw error;
      }
    },
    async leave(reader) {
      await postgres.query('SELECT daybook.leave_request_share($1)', [reader]);
    },
  };
}
