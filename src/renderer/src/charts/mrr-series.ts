import type { z } from 'zod';
import type { movementKindSchema, mrrMonthSchema } from '../../../shared/api/revenue.contract.ts';

export type MrrMonth = z.infer<typeof mrrMonthSchema>;
export type MovementKind = z.infer<typeof movementKindSchema>;

export interface MovementSeries {
  readonly kind: MovementKind;
  readonly label: string;
  readonly field: 'newMinor' | 'expansionMinor' | 'contractionMinor' | 'churnMinor' | 'reactivationMinor' | 'exchangeRateMinor';
  /** A colour of the palette that stays apart for the colour-blind. */
  readonly colour: 's1' | 's2' | 's3' | 's4' | 's5' | 's6';
}

/** What moves MRR, gains first; the order of the month panel and of the stack. */
export const movementSeries: readonly MovementSeries[] = [
  { kind: 'new', label: 'New', field: 'newMinor', colour: 's1' },
  { kind: 'expansion', label: 'Expansion', field: 'expansionMinor', colour: 's2' },
  { kind: 'reactivation', label: 'Reactivation', field: 'reactivationMinor', colour: 's4' },
  { kind: 'contraction', label: 'Contraction', field: 'contractionMinor', colour: 's5' },
  { kind: 'churn', label: 'Churn', field: 'churnMinor', colour: 's3' },
  { kind: 'exchange-rate', label: 'Exchange rates', field: 'exchangeRateMinor', colour: 's6' },
];

/** Σ of all movements of a month. */
export function movedMinor(month: MrrMonth): number {
  return movementSeries.reduce((sum, series) => sum + month[series.field], 0);
}
