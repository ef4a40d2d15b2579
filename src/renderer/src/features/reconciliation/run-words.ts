import type { z } from 'zod';
import type { runRowSchema } from '../../../../shared/api/reconciliation-runs.contract.ts';

type Run = z.infer<typeof runRowSchema>;

export const levelWords: Readonly<Record<Run['level'], string>> = { drift: 'Drift', transactions: 'Transactions', payouts: 'Payouts', bank: 'Bank' };
/** The same with what drift looks back on. */
export const levelTitles: typeof levelWords = { ...levelWords, drift: 'Drift, last 24 hours' };
export const storeWords = { stripe: 'Stripe', ledger: 'Ledger', payment_history: 'Shared database', bank: 'Bank' } as const;

/** What a run was about, and whether it looked at all of it. */
export function scopeWord({ scope, method, from }: Pick<Run, 'scope' | 'method' | 'from'>): string {
  if (scope === 'last-day') return 'The last 24 hours';
  if (scope === 'range' || (scope === null && from !== null)) return 'A range of days';
  return method === 'incremental' ? 'Everything, by what changed' : 'Everything';
}
