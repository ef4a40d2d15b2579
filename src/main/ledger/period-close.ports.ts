/**
 * What closing months needs from outside its room.
 */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { WritableDatabase } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';

/** A person's act on a month. */
export interface PeriodAct {
  readonly month: Month;
  readonly actor: string;
  /** Epoch milliseconds, by this desk's clock. */
  readonly at: number;
  readonly requestId: string;
}

export interface CloseAct extends PeriodAct {
  /** The head of the chain that the checklist was made on: when the chain has grown meanwhile, nothing is closed. */
  readonly head: { readonly sequence: number; readonly hash: string };
  /** JSON text for the log. */
  readonly evidence: string;
}

/** A person's act on a setting of the ledger. */
export interface SettingAct extends Omit<PeriodAct, 'month'> {
  readonly isOn: boolean;
}

export interface ReasonedAct extends PeriodAct {
  readonly reason: string;
}

/**
 * Who has the say over months: server functions of the shared database, online only, or the local twin. Each checks order, role and people again.
 * Every act is written into the log of periods, which reaches this desk's copy before the promise resolves.
 */
export interface PeriodAuthority {
  /** `off`: one person may do both halves, and the log says so. */
  readonly fourEyes: 'on' | 'off';
  /** Brings this desk's entries and months up to date with everybody's. Nothing to do for the local twin. */
  bringUpToDate(control: WorkControl): Promise<void>;
  /** @throws StateError `period-closed-already`, `earlier-month-open`, `period-not-over`; ConflictError `ledger-moved-on`. */
  close(act: CloseAct): Promise<void>;
  /** @throws StateError `period-not-closed`, `later-month-closed`, `reopen-requested-already`, `reopen-reason-missing`. */
  requestReopen(act: ReasonedAct): Promise<void>;
  /** @throws StateError `reopen-not-requested`; PermissionError `second-person-needed`. */
  approveReopen(act: PeriodAct): Promise<void>;
  /** @throws StateError `reopen-not-requested`. */
  declineReopen(act: ReasonedAct): Promise<void>;
  /** Closes months with or without revaluation from now on, on every desk. */
  setRevaluation(act: SettingAct): Promise<void>;
}

/** What was earned in a month is in the books: `revenue/recognition.ts`. */
export interface RecognitionPort {
  isMonthRecognised(month: Month): boolean;
}

/** Who did what: `audit/audit-log.ts`. */
export interface PeriodAuditPort {
  append(database: WritableDatabase, entry: { readonly entity: string; readonly entityId: string; readonly action: string; readonly actor: string; readonly diff: Record<string, string | number | null>; readonly requestId?: string | undefined }): void;
}
