/** Credit notes and applied credits as documents tell of them. */
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { findAct, findActByNumber, findReversalOf, listActsOfCredit, listActsOfInvoice, listNumberedCreditNotes } from './receivable-act.repository.ts';
import type { ReceivableAct } from './receivable-act.ts';
import type { InvoicesPort } from './receivables.ports.ts';

export interface CreditNoteOfInvoice {
  readonly act: ReceivableAct;
  /** It was taken back. */
  readonly isVoid: boolean;
  readonly invoice: PartnerInvoice;
}

export interface IssuedCreditNotes {
  /** By id or number; null where there is none, or this desk lacks its invoice. */
  find(idOrNumber: string): CreditNoteOfInvoice | null;
  /** All of them, oldest first. */
  all(): CreditNoteOfInvoice[];
  /** What was used up of the customer's credits when an invoice was finalised, in its order, whatever became of it since. */
  appliedTo(invoiceId: string): { readonly creditNoteNumber: string | null; readonly amountMinor: number }[];
}

export function createIssuedCreditNotes({ readable, invoices }: { readonly readable: ReadableDatabase; readonly invoices: Pick<InvoicesPort, 'find'> }): IssuedCreditNotes {
  function withInvoice(act: ReceivableAct): CreditNoteOfInvoice | null {
    const invoice = act.invoiceId === null ? null : invoices.find(readable, act.invoiceId);
    return act.kind === 'credit-note' && act.documentNumber !== null && invoice ? { act, isVoid: findReversalOf(readable, act.id) !== null, invoice } : null;
  }
  /** Of the credit note, or of the invoice that came to less than nothing. */
  function documentOfCredit(creditId: string): string | null {
    const made = listActsOfCredit(readable, creditId).find((act) => act.kind === 'credit-note' || act.kind === 'credit-carried');
    return made?.documentNumber ?? (made?.invoiceId ? (invoices.find(readable, made.invoiceId)?.number ?? null) : null);
  }
  return {
    find(idOrNumber) {
      const act = findAct(readable, idOrNumber) ?? findActByNumber(readable, idOrNumber);
      return act && withInvoice(act);
    },
    all: () => listNumberedCreditNotes(readable).flatMap((act) => withInvoice(act) ?? []),
    appliedTo: (invoiceId) =>
      listActsOfInvoice(readable, invoiceId)
        .filter((act) => act.kind === 'credit-application')
        .map(({ creditId, amountMinor }) => ({ creditNoteNumber: creditId === null ? null : documentOfCredit(creditId), amountMinor })),
  };
}
