import type { z } from 'zod';
import type { periodSchema } from '../../../../../shared/api/ledger-periods.contract.ts';

export type PeriodView = z.infer<typeof periodSchema>;
export type PeriodCheck = NonNullable<PeriodView['checklist']>[number];

/** How a month stands, with the wish to open it again as a state of its own. */
export function periodStatus(period: PeriodView): 'running' | 'open' | 'closed' | 'reopen-asked' {
  return period.reopenRequest ? 'reopen-asked' : period.state;
}

/**
 * Whether what stands in the way is only what a person takes on: the reasons why facts of the month have no entry yet.
 * Facts that nothing has looked at (`count` beyond the reasons' own) cannot be taken on.
 */
export function isClosableWith(checklist: readonly PeriodCheck[], accepted: ReadonlySet<string>): boolean {
  return checklist.every((check) => {
    if (check.isFine) return true;
    const named = check.reasons.reduce((sum, reason) => sum + reason.count, 0);
    return (check.code === 'facts-posted' || check.code === 'entries-sealed') && check.reasons.length > 0 && named >= check.count && check.reasons.every((reason) => accepted.has(reason.code));
  });
}
