/**
 * MRR per month: where it started, what moved it, where it ended. The end is counted apart from the movements; if the two disagree nothing is published.
 */
import { monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import { minorUnits, type MinorUnits } from '../../shared/money/money.ts';
import { mrrMovementKinds, type MrrMovementKind } from './mrr-movement-kind.ts';
import type { CustomerHistory } from './mrr-movements.ts';

export interface MrrMonth {
  readonly month: Month;
  readonly start: MinorUnits;
  /** Signed sums per kind. */
  readonly movements: Readonly<Record<MrrMovementKind, MinorUnits>>;
  readonly end: MinorUnits;
  /** Customers with MRR > 0 at the end. */
  readonly customers: number;
  readonly items: number;
  readonly isRunning: boolean;
  readonly undatedSubscriptionIds: readonly string[];
}

interface MonthSums {
  readonly movements: Record<MrrMovementKind, number>;
  end: number;
  customers: number;
  items: number;
}

/** Sums customer after customer, so that no more than one of them is held at a time. */
export class MonthsTally {
  readonly #sums = new Map<Month, MonthSums>();
  readonly #undated = new Map<Month, Set<string>>();

  addCustomer(history: CustomerHistory): void {
    for (const movement of history.movements) this.#of(movement.month).movements[movement.kind] += movement.amount;
    for (const { month, inForce } of history.monthEnds) {
      const sums = this.#of(month);
      let total = 0;
      for (const stretch of inForce) total += stretch.functionalMrr;
      sums.end += total;
      sums.items += inForce.length;
      if (total > 0) sums.customers += 1;
    }
  }

  /** A subscription that changed within these months without an invoice line to say when. */
  addUndated(subscriptionId: string, months: readonly Month[]): void {
    for (const month of months) {
      const ids = this.#undated.get(month) ?? new Set();
      this.#undated.set(month, ids.add(subscriptionId));
    }
  }

  /**
   * Every month from the first with a figure to the running one; none when there is nothing yet.
   * @throws InvariantError `mrr-does-not-tie` when start + Σ movements is not the end.
   */
  months(running: Month): MrrMonth[] {
    const first = [...this.#sums.keys()].sort()[0];
    if (first === undefined) return [];
    let start = minorUnits(0);
    return monthsFromTo(first, running).map((month) => {
      const sums = this.#of(month);
      const movements = Object.fromEntries(mrrMovementKinds.map((kind) => [kind, minorUnits(sums.movements[kind])])) as Record<MrrMovementKind, MinorUnits>;
      const moved = mrrMovementKinds.reduce((sum, kind) => sum + movements[kind], 0);
      if (start + moved !== sums.end) {
        throw new InvariantError('mrr-does-not-tie', `The movements of ${month} do not lead from its start to its end.`, { data: { month, start, moved, end: sums.end } });
      }
      const row: MrrMonth = {
        month, start, movements, end: minorUnits(sums.end), customers: sums.customers, items: sums.items, isRunning: month === running,
        undatedSubscriptionIds: [...(this.#undated.get(month) ?? [])].sort(),
      };
      start = row.end;
      return row;
    });
  }

  #of(month: Month): MonthSums {
    let sums = this.#sums.get(month);
    if (!sums) {
      sums = { movements: { new: 0, expansion: 0, contraction: 0, churn: 0, reactivation: 0, 'exchange-rate': 0 }, end: 0, customers: 0, items: 0 };
      this.#sums.set(month, sums);
    }
    return sums;
  }
}
