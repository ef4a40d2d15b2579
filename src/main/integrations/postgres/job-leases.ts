/** Leases in the shared database, through its server functions (migrations/postgres/0003). */
import type { JobLeases } from '../../sync/job-leases.ts';
import type { PostgresConnection } from './connection.ts';

/** @param desk this desk's own name; the login is added by the server. */
export function createPostgresJobLeases(postgres: PostgresConnection, desk: string): JobLeases {
  return {
    async acquire(job, ttlMs) {
      const [row] = await postgres.query<{ fencing: string | null }>('SELECT daybook.acquire_lease($1, $2, $3) AS fencing', [job, desk, ttlMs]);
      return row?.fencing == null ? null : { job, fencingNumber: Number(row.fencing) };
    },
    async renew(lease, ttlMs) {
      const [row] = await postgres.query<{ renewed: boolean }>('SELECT daybook.renew_lease($1, $2, $3) AS renewed', [lease.job, lease.fencingNumber, ttlMs]);
      return row?.renewed ?? false;
    },
    async release(lease) {
      await postgres.query('SELECT daybook.release_lease($1, $2)', [lease.job, lease.fencingNumber]);
    },
    async isCompleted(job, period) {
      return (await postgres.query('SELECT 1 FROM daybook.job_successes WHERE job = $1 AND period = $2', [job, period])).length > 0;
    },
    async complete(lease, period) {
      const [row] = await postgres.query<{ outcome: 'completed' | 'already-completed' }>('SELECT daybook.complete_job($1, $2, $3) AS outcome', [lease.job, period, lease.fencingNumber]);
      return row?.outcome ?? 'already-completed';
    },
  };
}
