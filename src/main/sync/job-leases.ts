/**
 * Several desks share one database: a lease with a fencing number decides who runs a job (architecture.md §8). A desk without a shared database
 * asks its local twin, which keeps the same rules for the processes of one desk.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { ConflictError } from '../../shared/errors/errors.ts';
import type { UnitOfWork } from '../database/handles.ts';
import { endLeaseHold, findLease, hasJobSuccess, insertJobSuccess, upsertLease } from './job-leases.repository.ts';

export interface JobLease {
  readonly job: string;
  /** Grows with every lease of the job: what carries a smaller one comes too late. */
  readonly fencingNumber: number;
}

export interface JobLeases {
  /** null when another desk holds the lease. Asking again from the same desk gives a new number and fences the old one off. */
  acquire(job: string, ttlMs: number): Promise<JobLease | null>;
  /** False when the lease was lost. */
  renew(lease: JobLease, ttlMs: number): Promise<boolean>;
  release(lease: JobLease): Promise<void>;
  isCompleted(job: string, period: string): Promise<boolean>;
  /**
   * Records the one success of a period.
   * @throws ValidationError or ConflictError `lease-lost` when another desk took over meanwhile.
   */
  complete(lease: JobLease, period: string): Promise<'completed' | 'already-completed'>;
}

/** The local twin: the same rules, kept in this desk's own file. */
export function createLocalJobLeases(dependencies: { readonly unitOfWork: UnitOfWork; readonly clock: Clock; /** Names the process. */ readonly holder: string }): JobLeases {
  const { unitOfWork, clock, holder } = dependencies;
  return {
    acquire: (job, ttlMs) =>
      settle(() =>
        unitOfWork.run('leases.acquire', (database) => {
          const held = findLease(database, job);
          const now = clock.now();
          if (held && held.expiresAt > now && held.holder !== holder) return null;
          const fencingNumber = (held?.fencingNumber ?? 0) + 1;
          upsertLease(database, { job, holder, fencingNumber, expiresAt: now + ttlMs });
          return { job, fencingNumber };
        }),
      ),
    renew: (lease, ttlMs) =>
      settle(() =>
        unitOfWork.run('leases.renew', (database) => {
          const held = findLease(database, lease.job);
          if (held?.fencingNumber !== lease.fencingNumber) return false;
          upsertLease(database, { ...held, expiresAt: clock.now() + ttlMs });
          return true;
        }),
      ),
    release: (lease) => settle(() => unitOfWork.run('leases.release', (database) => endLeaseHold(database, lease.job, lease.fencingNumber))),
    isCompleted: (job, period) => settle(() => unitOfWork.run('leases.is-completed', (database) => hasJobSuccess(database, job, period))),
    complete: (lease, period) =>
      settle(() =>
        unitOfWork.run('leases.complete', (database) => {
          if (hasJobSuccess(database, lease.job, period)) return 'already-completed';
          if (findLease(database, lease.job)?.fencingNumber !== lease.fencingNumber) {
            throw new ConflictError('lease-lost', 'Another process has taken over this job.', { data: { job: lease.job, period }, nextStep: 'Nothing needs to be done: the other process goes on. What this one had saved is kept.' });
          }
          insertJobSuccess(database, { job: lease.job, period, fencingNumber: lease.fencingNumber, completedBy: holder, completedAt: clock.now() });
          return 'completed';
        }),
      ),
  };
}

/** The twin answers at once, but keeps the port's promise: an error is a rejection. */
async function settle<Result>(work: () => Result): Promise<Result> {
  return work();
}
