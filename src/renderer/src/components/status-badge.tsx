/** The one place where a state gets its word and its tone. Colour only repeats what the word says. */
export type Tone = 'ok' | 'attention' | 'problem' | 'info';

const words: Readonly<Record<string, readonly [string, Tone]>> = {
  // invoices
  draft: ['Draft', 'attention'], open: ['Open', 'info'], finalised: ['Finalised', 'info'], sent: ['Sent', 'info'], partly_paid: ['Partly paid', 'attention'], paid: ['Paid', 'ok'], void: ['Void', 'info'], uncollectible: ['Uncollectible', 'problem'], overdue: ['Overdue', 'problem'],
  // receipts
  'receipt-applied': ['Applied', 'ok'], 'receipt-partly': ['Partly applied', 'attention'], 'receipt-unapplied': ['Not applied', 'attention'], 'receipt-paid-back': ['Paid back', 'ok'], 'receipt-rest-paid-back': ['Applied, rest paid back', 'ok'], 'receipt-reversed': ['Taken back', 'info'],
  // the run sheet: states, then what is unusual
  'not-drafted': ['No draft yet', 'info'], 'to-review': ['To review', 'attention'], changed: ['Changed since', 'attention'], 'no-invoice': ['No invoice to come', 'problem'],
  'new-partner': ['New', 'info'], 'usage-up': ['Usage up', 'attention'], 'usage-down': ['Usage down', 'attention'], 'zero-usage': ['No usage', 'attention'], 'price-changed': ['Price changed', 'attention'], 'late-usage': ['Late usage', 'info'], 'late-usage-unbilled': ['Late usage not charged', 'problem'], 'late-usage-other-currency': ['Late usage in another currency', 'problem'],
  'draft-outdated': ['Draft out of date', 'problem'], 'negative-total': ['Below zero', 'attention'], 'email-missing': ['No e-mail', 'attention'], 'tax-number-missing': ['No tax number', 'attention'], 'vat-id-invalid': ['VAT id wrong', 'attention'], 'address-missing': ['No address', 'attention'],
  // discrepancies
  assigned: ['Assigned', 'info'], resolved: ['Resolved', 'ok'], ignored: ['Ignored', 'info'], 'on-hold': ['On hold', 'attention'],
  'bank-line-unmatched': ['Bank line unmatched', 'attention'], 'bank-residual': ['Rest on suspense', 'attention'],
  'missing-in-ledger': ['Missing in the journal', 'problem'], 'missing-in-payment-history': ['Missing in payment history', 'problem'], 'missing-at-stripe': ['Missing at Stripe', 'problem'], 'amount-differs': ['Amount differs', 'problem'], 'fee-differs': ['Fee differs', 'attention'], 'currency-differs': ['Currency differs', 'problem'], 'status-differs': ['Status differs', 'attention'], 'duplicate-in-payment-history': ['Recorded twice', 'problem'], timing: ['Dated apart', 'info'],
  'exchange-rate-differs': ['Exchange rate differs', 'attention'], 'duplicate-in-ledger': ['Posted twice', 'problem'], 'orphan-refund': ['Refund without payment', 'problem'], 'dispute-without-write-off': ['Dispute not written off', 'problem'], 'period-cut-off': ['In another month', 'attention'], 'balance-not-proved': ['Balance not proved', 'problem'],
  'id-differs': ['Another id', 'attention'], 'id-and-currency-differ': ['Another id and currency', 'problem'], 'id-and-amount-differ': ['Another id and amount', 'problem'], 'id-and-fee-differ': ['Another id and fee', 'attention'], 'id-and-status-differ': ['Another id and status', 'attention'], 'id-and-month-differ': ['Another id and month', 'attention'],
  // the workbench: how something was settled, what is asked for, what was done
  adjusted: ['Adjusted', 'ok'], 'written-off': ['Written off', 'ok'], linked: ['Linked', 'ok'], back: ['Came back', 'problem'], 'second-person': ['Second person', 'attention'], 'source-gateway': ['Stripe', 'info'], 'source-ledger': ['Ledger', 'info'], 'source-shared-database': ['Shared database', 'info'], 'source-bank': ['Bank', 'info'], 'source-run': ['Run', 'info'], 'source-person': ['Person', 'info'],
  'check-fine': ['Fine', 'ok'], 'check-open': ['Open', 'attention'], 'check-accepted': ['Accepted', 'attention'], 'sign-off': ['Signed off', 'ok'], withdraw: ['Signature taken back', 'attention'],
  'missed-webhook': ['Missed webhook', 'problem'], 'unrecorded-payment': ['Not recorded', 'problem'], 'unbilled-usage': ['Unbilled usage', 'problem'], 'uninvoiced-month': ['Month without invoice', 'problem'], 'payout-without-bank-line': ['Payout not at the bank', 'problem'], 'refund-without-credit-note': ['Refund without credit note', 'attention'], 'invoice-never-sent': ['Invoice never sent', 'attention'], 'lost-dispute': ['Lost dispute', 'problem'],
  // payments
  pending: ['Pending', 'info'], 'partly-refunded': ['Partly refunded', 'attention'], refunded: ['Refunded', 'info'], disputed: ['Disputed', 'problem'], 'needs-response': ['Needs response', 'problem'], 'under-review': ['Under review', 'attention'], won: ['Won', 'ok'], lost: ['Lost', 'problem'], closed: ['Closed', 'info'], incomplete: ['Incomplete', 'attention'], canceled: ['Canceled', 'info'],
  // subscriptions
  active: ['Active', 'ok'], trialing: ['In trial', 'info'], past_due: ['Past due', 'attention'], unpaid: ['Unpaid', 'problem'], paused: ['Paused', 'info'], incomplete_expired: ['Expired', 'info'],
  // movements
  new: ['New', 'info'], expansion: ['Expansion', 'ok'], contraction: ['Contraction', 'attention'], churn: ['Churn', 'problem'], reactivation: ['Reactivation', 'ok'], 'exchange-rate': ['Exchange rate', 'info'],
  // runs and sources
  running: ['Running', 'info'], succeeded: ['Succeeded', 'ok'], failed: ['Failed', 'problem'], cancelled: ['Cancelled', 'attention'], interrupted: ['Interrupted', 'attention'], skipped: ['Skipped', 'info'],
  ready: ['Ready', 'ok'], syncing: ['Syncing', 'info'], offline: ['Offline', 'attention'], 'not-connected': ['Not connected', 'info'], failing: ['Failing', 'problem'],
  // months
  'period-running': ['Running', 'info'], 'period-open': ['Open', 'attention'], 'period-closed': ['Closed', 'ok'], 'period-reopen-asked': ['Reopening asked', 'attention'],
  'period-step-close': ['Closed', 'ok'], 'period-step-request-reopen': ['Asked to reopen', 'attention'], 'period-step-decline-reopen': ['Reopening declined', 'info'], 'period-step-reopen': ['Reopened', 'attention'],
  // edits of partners and contracts, and their contracts
  'in-force': ['In force', 'ok'], 'to-come': ['To come', 'info'], ended: ['Ended', 'info'],
  'change-pending': ['Waits to be sent', 'info'], 'change-awaiting-approval': ['Waits for approval', 'attention'], 'change-applied': ['Applied', 'ok'], 'change-merged': ['Merged', 'ok'], 'change-conflict': ['Conflict', 'problem'], 'change-rejected': ['Rejected', 'info'], 'change-withdrawn': ['Withdrawn', 'info'], 'change-parked': ['Set aside', 'problem'],
  requested: ['Waits for a decision', 'attention'], approved: ['Approved', 'ok'], rejected: ['Rejected', 'info'], withdrawn: ['Withdrawn', 'info'],
  // blocks of document numbers
  'block-live': ['In use', 'ok'], 'block-to-report': ['To be reported', 'attention'], 'block-used-up': ['Used up', 'info'], 'block-returned': ['Returned', 'info'], 'block-revoked': ['Taken away', 'attention'], 'block-expired': ['Expired', 'attention'], 'block-asked': ['Asked for', 'info'], 'block-returning': ['On its way back', 'attention'], 'block-suspended': ['Not used: restored', 'problem'],
  // e-mails
  'mail-waiting': ['Waiting', 'info'], 'mail-claimed': ['Being sent', 'info'], 'mail-sending': ['Being sent', 'info'], 'mail-in-doubt': ['In doubt', 'problem'], 'mail-sent': ['Sent', 'ok'], 'mail-failed': ['Not sent', 'problem'], 'mail-cancelled': ['Cancelled', 'info'], 'mail-bounced': ['Came back', 'problem'],
  'e-mail-queued': ['Put into the e-mail outbox', 'info'], 'e-mail-sent': ['E-mail sent', 'ok'], 'e-mail-waiting': ['E-mail refused for now', 'attention'], 'e-mail-failed': ['E-mail not sent', 'problem'], 'e-mail-in-doubt': ['E-mail in doubt', 'problem'],
  'e-mail-cancelled': ['E-mail cancelled', 'info'], 'e-mail-cancel': ['E-mail cancelled', 'info'], 'e-mail-retry': ['E-mail tried again', 'info'], 'e-mail-arrived': ['E-mail noted as arrived', 'ok'], 'e-mail-send-again': ['E-mail sent again', 'info'], 'e-mail-bounced': ['E-mail came back', 'problem'],
  accepted: ['Taken', 'ok'], 'not-yet': ['Not yet', 'info'], 'not-known': ['Not known', 'attention'], send: ['Marked as sent', 'info'], refused: ['Refused', 'problem'],
  // the archive
  'archive-waiting': ['Waiting', 'info'], 'archive-stored': ['Archived', 'ok'], 'archive-failed': ['Not yet there', 'problem'], archive: ['Archived', 'ok'],
  // today
  'ledger-unsound': ['Ledger', 'problem'], discrepancy: ['Discrepancy', 'problem'], 'draft-invoice': ['Draft invoice', 'attention'], 'failed-job': ['Failed job', 'problem'], approval: ['Approval', 'attention'], 'parked-edit': ['Edit not taken', 'problem'], 'review-item': ['To review', 'attention'], conflict: ['Conflict', 'problem'], 'contract-problem': ['Contract', 'attention'], 'overdue-invoice': ['Overdue invoice', 'problem'], stripe: ['Stripe', 'attention'], 'reopen-request': ['Approval', 'attention'], 'mail-trouble': ['E-mail', 'problem'], 'archive-trouble': ['Archive', 'attention'],
  // messages of Stripe, and what a key may read
  staged: ['Waiting', 'info'], projected: ['Taken in', 'ok'], parked: ['Set aside', 'problem'], unhandled: ['Not used', 'info'],
  fine: ['Fine', 'ok'], missing: ['Missing', 'problem'], untested: ['Not tested', 'info'],
  'exchange-rate-missing': ['Exchange rate missing', 'attention'], 'source-missing': ['Object missing', 'attention'], 'fact-not-postable': ['Cannot be posted', 'problem'], never: ['Never', 'info'], unfinished: ['Unfinished', 'attention'], complete: ['Complete', 'ok'],
};

/** The word for a state; a state nobody named yet is shown by its own name. */
export function statusWord(status: string): string {
  return words[status]?.[0] ?? status.replaceAll(/[-_]/g, ' ').replace(/^./, (first) => first.toUpperCase());
}

export function statusTone(status: string): Tone {
  return words[status]?.[1] ?? 'info';
}

export function StatusBadge({ status, label }: { status: string; label?: string }) {
  return <span className={`badge ${statusTone(status)}`}>{label ?? statusWord(status)}</span>;
}
