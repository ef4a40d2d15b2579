import type { z } from 'zod';
import type { receiptSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';

export type Receipt = z.infer<typeof receiptSchema>;

/** How far a receipt is applied, as its badge names it. */
export function receiptState(receipt: Receipt): string {
  if (receipt.isReversed) return 'receipt-reversed';
  if (receipt.unapplied.amount === 0) return 'receipt-applied';
  return receipt.unapplied.amount === receipt.amount.amount ? 'receipt-unapplied' : 'receipt-partly';
}
