/** The settings of the work on differences: one set for the ledger, the same on every desk. Amounts are in minor units of the functional currency. */
import { z } from 'zod';
import { minorUnitsSchema } from './primitives.ts';

const limit = minorUnitsSchema.min(0).max(1_000_000_000_000);

export const reconciliationPolicySchema = z.object({
  /** A difference is due so many days after it was first seen, unless a person sets a day. */
  dueDays: z.number().int().min(0).max(365),
  /** An adjustment or write-off above it takes a second person. */
  adjustmentLimitMinor: limit,
  /** An open difference above it keeps the close checklist from being fine. */
  closeLimitMinor: limit,
  /** The daily report raises an alert from so many new differences on… */
  alertCount: z.number().int().min(1).max(1_000_000),
  /** … or from so much at risk in one of them. */
  alertMinor: limit,
  /** Who gets the daily report by e-mail; nobody: it only stands in the app. */
  reportRecipients: z.array(z.email().max(254)).max(20),
});
