import type { z } from 'zod';
import type { receiptSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';

export type Receipt = z.infer<typeof receiptSchema>;

/** How far a receipt is applied or paid back, as its badge names it. */
export function receiptState(receipt: Receipt): string {
  if (receipt.isReversed) return 'receipt-reversed';
  if (receipt.unapplied.amount === 0) return receipt.payments.length === 0 ? 'receipt-applied' : receipt.allocations.length === 0 ? 'receipt-paid-back' : 'receipt-rest-paid-back';
  return receipt.allocations.length === 0 ? 'receipt-unapplied' : 'receipt-partly';
}
