/** What was done to an invoice, in finance's words. */
import type { z } from 'zod';
import type { invoiceStandingSchema, receivableActSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';

export type Standing = z.infer<typeof invoiceStandingSchema>;
export type ReceivableAct = z.infer<typeof receivableActSchema>;

export const actWords: Readonly<Record<ReceivableAct['kind'], string>> = {
  sent: 'Sent', receipt: 'Receipt', allocation: 'Payment applied', 'credit-note': 'Credit note', 'credit-application': 'Credit applied', 'credit-carried': 'Kept as credit', 'credit-payment': 'Credit paid out', 'refund-payment': 'Refund paid', 'withholding-certificate': 'Withholding certificate', uncollectible: 'Marked uncollectible', 'write-off': 'Written off', reversal: 'Taken back',
};

/** What taking an act back would do, as its button says. */
export const takeBackWords: Readonly<Partial<Record<ReceivableAct['kind'], string>>> = {
  receipt: 'Take the receipt back', allocation: 'Un-apply', 'credit-note': 'Void the credit note', 'credit-application': 'Un-apply', 'credit-payment': 'Take the payment back', 'refund-payment': 'Take the refund back', 'withholding-certificate': 'Take it back', uncollectible: 'Take the mark back', 'write-off': 'Take it back',
};

export const settlementWords = { offset: 'Offset against what is due', refund: 'Refund the rest', credit: 'Keep the rest as credit' } as const;

/** An act that moves no money has no amount to show. */
export const hasAmount = (act: ReceivableAct): boolean => act.kind !== 'sent' && act.kind !== 'reversal';
