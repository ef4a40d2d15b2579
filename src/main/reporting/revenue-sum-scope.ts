/** What sums of revenue are asked for, and the rows that answer. */
import type { Month } from '../../shared/calendar/local-date.ts';
import type { MrrMovementKind } from '../revenue/mrr-movement-kind.ts';

/** Which sums: of a policy (with what is the same under each), of everything ('*') or what is in a currency, of all or of a plan, a country or both. */
export interface SumScope {
  readonly policyBit: number;
  readonly plan: string | null;
  readonly country: string | null;
  readonly currency: string;
  /** Amounts of a currency in the functional one. */
  readonly isConverted: boolean;
}

export interface MonthMove {
  readonly month: Month;
  readonly kind: MrrMovementKind;
  readonly amountMinor: number;
  readonly functionalMinor: number;
  readonly movements: number;
  readonly joined: number;
  readonly left: number;
}

export interface MemberMove extends MonthMove {
  readonly member: string;
  readonly currency: string;
}
