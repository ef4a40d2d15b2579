/**
 * With which sign the amount of a difference is shown. Pure.
 *
 * A difference is kept as what Stripe says minus what the store says, and so it is shown. A bank line that nobody has said anything of is no difference of two figures: it is shown as it stands on the
 * statement, positive where money came in, in lists, sums, panels and at the command line. What is at risk has no sign anywhere: it is the sum of the amounts without theirs, whatever they are about.
 */
export const lineReason = 'bank-line-unmatched';

/** Minor units, signed as it is shown. */
export const shownMinorOf = ({ reason, amountMinor }: { readonly reason: string; readonly amountMinor: number }): number => (reason === lineReason ? 0 - amountMinor : amountMinor);
