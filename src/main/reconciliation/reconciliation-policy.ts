/**
 * The settings of the work on differences: one set for the ledger, the same on every desk. Pure.
 */
import type { z } from 'zod';
import { reconciliationPolicySchema } from '../../shared/api/reconciliation-policy.ts';

export type ReconciliationPolicy = z.infer<typeof reconciliationPolicySchema>;

/** What holds until somebody sets something else; amounts are in minor units of the functional currency. */
export const defaultReconciliationPolicy: ReconciliationPolicy = { dueDays: 5, adjustmentLimitMinor: 50_000, closeLimitMinor: 10_000, alertCount: 1, alertMinor: 100_000, reportRecipients: [] };

/** A policy as it was stored; what a newer version added, or nobody can read, is as at first. */
export function policyFrom(text: string | undefined): ReconciliationPolicy {
  if (text === undefined) return defaultReconciliationPolicy;
  const parsed = reconciliationPolicySchema.safeParse({ ...defaultReconciliationPolicy, ...(JSON.parse(text) as object) });
  return parsed.success ? parsed.data : defaultReconciliationPolicy;
}
