/** The jobs that a screen starts by itself, found by their names in the schedule. */
import type { z } from 'zod';
import type { jobViewSchema } from '../../../shared/api/system.contract.ts';

type JobView = z.infer<typeof jobViewSchema>;

const namesOf = {
  'partner-billing': ['partner-billing'],
  reconciliation: ['daily-reconciliation'],
  'stripe-sync': ['stripe-sync'],
  'stripe-refill': ['stripe-refill'],
  'postgres-sync': ['postgres-sync'],
  'ledger-verify': ['ledger-verify'],
  'ledger-rebuild': ['ledger-rebuild'],
  'revenue-recognition': ['revenue-recognition'],
  'fetch-missing': ['fetch-missing'],
  'reconciliation-report': ['reconciliation-report'],
} as const;

export type KnownJob = keyof typeof namesOf;

/** null while the list is loading or when this desk has no such job. */
export function findKnownJob(jobs: readonly JobView[] | undefined, which: KnownJob): JobView | null {
  for (const name of namesOf[which]) {
    const job = jobs?.find((each) => each.name === name);
    if (job) return job;
  }
  return null;
}
