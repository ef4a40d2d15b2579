/** What can move MRR (domain.md §7). */
export const mrrMovementKinds = ['new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate'] as const;
export type MrrMovementKind = (typeof mrrMovementKinds)[number];
