import type { z } from 'zod';
import type { ageingRowSchema, ageingSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';

export type Ageing = z.infer<typeof ageingSchema>;
export type AgeingRow = z.infer<typeof ageingRowSchema>;

/** By how long it is overdue, in the order of the columns. */
export const buckets = [['currentMinor', 'Not due'], ['days1To30Minor', '1–30 days'], ['days31To60Minor', '31–60 days'], ['days61To90Minor', '61–90 days'], ['days91PlusMinor', '91 and more']] as const;

/** A customer owes in each currency by itself. */
export function ageingRowId({ partyId, currency }: Pick<AgeingRow, 'partyId' | 'currency'>): string {
  return `${partyId}~${currency}`;
}
