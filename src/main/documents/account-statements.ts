/** Statements of account as PDFs: to the customer as their newest invoice names them, in their language and the company's look. */
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { NotFoundError, ValidationError } from '../../shared/errors/errors.ts';
import type { DocumentChoice, Issuer, PartnerInvoice } from '../billing/partner-invoice.ts';
import type { StatementOfCurrency } from '../receivables/ageing-calculation.ts';
import { fileNameFrom } from './document-folder.ts';
import type { AccountStatement } from './statement-document.ts';

export interface AccountStatementsDependencies {
  /** The newest invoice issued to a customer. */
  lastInvoiceOf(partyId: string): PartnerInvoice | null;
  issuer(): Issuer;
  documentFor(partnerId: string): DocumentChoice;
  render(statement: AccountStatement): Promise<Uint8Array>;
}

export interface AccountStatements {
  /** @throws NotFoundError `customer-not-found` when no invoice was ever issued to them; ValidationError `range-invalid`. */
  make(request: { readonly partyId: string; readonly from: LocalDate; readonly to: LocalDate; readonly currencies: readonly StatementOfCurrency[] }): Promise<{ readonly fileName: string; readonly bytes: Uint8Array }>;
}

export function createAccountStatements({ lastInvoiceOf, issuer, documentFor, render }: AccountStatementsDependencies): AccountStatements {
  return {
    async make({ partyId, from, to, currencies }) {
      if (from > to) throw new ValidationError('range-invalid', 'The first day of a statement lies after its last.', { nextStep: 'Turn the days around.' });
      const invoice = lastInvoiceOf(partyId);
      if (!invoice) throw new NotFoundError('customer-not-found', 'No invoice was issued to this customer.', { data: { id: partyId }, nextStep: 'Look for the customer in Invoices, Ageing.' });
      const { customer } = invoice.snapshot;
      const choice = documentFor(invoice.partnerId ?? partyId);
      // A currency in which nothing was ever open or kept says nothing.
      const spoken = currencies.filter((currency) => [currency, currency.inFavour].some(({ openingMinor, closingMinor, lines }) => openingMinor !== 0 || closingMinor !== 0 || lines.length > 0));
      return { fileName: `statement-${fileNameFrom(customer.name)}-${from}-${to}.pdf`, bytes: await render({ issuer: issuer(), customer, from, to, currencies: spoken, choice }) };
    },
  };
}
