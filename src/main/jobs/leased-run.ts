/**
 * Runs a shared job under a lease, so that of several desktops on one shared database exactly one does it (architecture.md §8).
 */
import { StateError } from '../../shared/errors/errors.ts';
import type { JobLeases } from '../sync/job-leases.ts';
import type { JobOrder } from './job-runner.ts';
import { scheduledJob } from './schedule.ts';

const leaseMs = 120_000;
const renewEveryMs = 40_000;

/**
 * @returns what the work answered, or `{ outcome: 'done-elsewhere' }` when the schedule asked for a period that another desktop has completed.
 * @throws StateError `job-leased-elsewhere` while another desktop is at it.
 */
export async function runUnderLease(leases: JobLeases, order: JobOrder, work: () => Promise<unknown>): Promise<unknown> {
  const job = scheduledJob(order.job);
  if (job.lease === 'local') return work();
  const lease = await leases.acquire(order.job, leaseMs);
  if (!lease) throw new StateError('job-leased-elsewhere', 'Another desktop is running this job.', { nextStep: 'Its result arrives here with the next sync.' });
  const renewal = setInterval(() => void leases.renew(lease, leaseMs).catch(() => undefined), renewEveryMs); // a lost lease is noticed at completion, by its fencing number
  try {
    if (order.trigger !== 'person' && (await leases.isCompleted(order.job, order.period))) return { outcome: 'done-elsewhere' };
    const result = await work();
    if (order.trigger !== 'person') await leases.complete(lease, order.period);
    return result;
  } finally {
    clearInterval(renewal);
    await leases.release(lease).catch(() => undefined); // it runs out by itself
  }
}
