/**
 * How a difference is worked: open → assigned → resolved | ignored (reason) | on hold until (domain.md §6). Pure.
 */
import { StateError } from '../../shared/errors/errors.ts';

export type DiscrepancyStatus = 'open' | 'assigned' | 'resolved' | 'ignored' | 'on-hold';
/** What moves a difference from one status to another. */
export type DiscrepancyAction = 'assign' | 'resolve' | 'ignore' | 'hold' | 'reopen' | 'mark-timing' | 'link' | 'refuse' | 'post-adjustment' | 'write-off';
/** How a person settled what a later run may find again all the same. */
export type DiscrepancyMark = 'adjusted' | 'written-off' | 'linked' | 'timing';

const unsettled = ['open', 'assigned', 'on-hold'] as const;

const transitions: Readonly<Record<DiscrepancyAction, { readonly from: readonly DiscrepancyStatus[]; readonly to: DiscrepancyStatus }>> = {
  assign: { from: unsettled, to: 'assigned' },
  resolve: { from: unsettled, to: 'resolved' },
  ignore: { from: unsettled, to: 'ignored' },
  hold: { from: unsettled, to: 'on-hold' },
  reopen: { from: ['resolved', 'ignored', 'on-hold'], to: 'open' },
  'mark-timing': { from: unsettled, to: 'on-hold' },
  link: { from: unsettled, to: 'resolved' },
  refuse: { from: unsettled, to: 'ignored' },
  'post-adjustment': { from: unsettled, to: 'resolved' },
  'write-off': { from: unsettled, to: 'resolved' },
};

/** What an action does to it, in a sentence. */
const doneWords: Readonly<Record<DiscrepancyAction, string>> = {
  assign: 'assigned', resolve: 'resolved', ignore: 'ignored', hold: 'put on hold', reopen: 'reopened', 'mark-timing': 'marked as timing', link: 'linked', refuse: 'taken apart', 'post-adjustment': 'adjusted', 'write-off': 'written off',
};

/** @throws StateError `discrepancy-state` when the action does not fit the status. */
export function nextStatus(status: DiscrepancyStatus, action: DiscrepancyAction): DiscrepancyStatus {
  const { from, to } = transitions[action];
  if (!from.includes(status)) {
    const now = status.replace('-', ' ');
    throw new StateError('discrepancy-state', `${status === to ? `The difference is ${now} already.` : `The difference is ${now} and cannot be ${doneWords[action]}.`} Nothing was changed.`, { data: { status, action }, nextStep: status === 'open' || status === 'assigned' ? 'Choose another action.' : 'Reopen it first.' });
  }
  return to;
}

/** Whether {@link nextStatus} would take it. */
export const fitsStatus = (status: DiscrepancyStatus, action: DiscrepancyAction): boolean => transitions[action].from.includes(status);

/**
 * Whether a settled difference that a run finds again stays settled: a person posted, wrote off or linked exactly this amount. The stores still differ, and that was known;
 * with another amount it is news. A link whose amounts do not explain the difference is no mark, unless a second person agreed to it.
 */
export function staysSettled(known: { readonly status: DiscrepancyStatus; readonly markedAs: DiscrepancyMark | null; readonly amountMinor: number }, foundMinor: number): boolean {
  return known.status === 'resolved' && known.markedAs !== null && known.markedAs !== 'timing' && known.amountMinor === foundMinor;
}
