/** What paying a customer's credit out would post, decided by the very rule and made by the very posting that would do it; nothing is written. */
import type { ReadableDatabase } from '../database/handles.ts';
import type { PostingDraft } from '../ledger/journal-entry.ts';
import { groundsOf } from './act-recorder.ts';
import { bookOf } from './local-receivable-register.ts';
import { listActsOfCredit, listActsOfReceipt, nextSequence } from './receivable-act.repository.ts';
import type { ActIntent, ReceivableAct } from './receivable-act.ts';
import { entryOfAct } from './receivable-postings.ts';
import { decideAct } from './receivable-rules.ts';
import type { InvoicesPort } from './receivables.ports.ts';

/**
 * The postings of a payment to a customer, debits first, in minor units; across currencies with what it realises.
 * @throws what `decideAct` throws of a `credit-payment`; ValidationError `exchange-rate-missing`.
 */
export function postingsOfCreditPayment(database: ReadableDatabase, invoices: InvoicesPort, intent: ActIntent, functionalCurrency: string): readonly PostingDraft[] {
  const { act: decided } = decideAct(bookOf(database, invoices), intent);
  const act: ReceivableAct = { ...decided, sequence: nextSequence(database), documentNumber: null, requestId: intent.id, actor: '', recordedAt: 0 };
  const grounds = groundsOf(database, invoices, act, functionalCurrency);
  // Its share of what was booked counts itself as the last.
  const actsOfCredit = act.creditId === null ? [] : [...listActsOfCredit(database, act.creditId), act];
  const actsOfReceipt = act.receiptId === null ? [] : [...listActsOfReceipt(database, act.receiptId), act];
  return entryOfAct(act, { ...grounds, actsOfCredit, actsOfReceipt })?.postings ?? [];
}
