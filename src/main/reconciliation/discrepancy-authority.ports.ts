/** Who has the say where the work on differences takes two people, and over its settings: server functions of the shared database, or the local twin. */
import type { ReconciliationPolicy } from './reconciliation-policy.ts';

export interface DiscrepancyAuthority {
  /** `off`: a desk of its own; one person may do both halves, and the step says so. */
  readonly fourEyes: 'on' | 'off';
  /**
   * Says that a second person agrees to what a step asked for, or not. Asked twice by the same command it is decided once.
   * @throws PermissionError `second-person-needed`; StateError `adjustment-decided-already`, `adjustment-request-unknown`.
   */
  decide(decision: { readonly discrepancyId: string; readonly requestStepId: string; readonly isApproved: boolean; readonly note: string | null; readonly requestId: string }): Promise<void>;
  policy(): ReconciliationPolicy;
  setPolicy(policy: ReconciliationPolicy, requestId: string): Promise<void>;
}

/** Where a desk keeps the settings: its own, or its copy of the shared ones. */
export interface PolicyStore {
  read(): ReconciliationPolicy;
  keep(policy: ReconciliationPolicy, at: number): void;
}
