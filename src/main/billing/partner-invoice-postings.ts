/**
 * A partner invoice in the books (domain.md §3). Pure.
 *
 * Finalised: Dr accounts receivable (what the partner pays), Dr withholding tax receivable (what it keeps for the authority), Dr discounts;
 * Cr partner revenue (before discount), Cr tax payable of the partner's jurisdiction. Void: the exact reversal, dated on the day of the void.
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { accountCodes } from '../ledger/chart-of-accounts.ts';
import { missingRate } from '../ledger/rate-of-day.ts';
import { taxAccountOf } from '../ledger/tax-jurisdictions.ts';
import { reversalOf, type JournalEntryDraft } from '../ledger/journal-entry.ts';
import { signedPosting, valuePostings } from '../ledger/valuation.ts';
import { idFromKey } from '../platform/ids.ts';
import type { PartnerInvoice } from './partner-invoice.ts';

/** The same for every invoice of ours, partner or one-off: the key was named when there were partner invoices only, and keys never change. */
export const finalisedKey = (invoiceId: string): string => `partner-invoice/${invoiceId}/finalised`;
export const voidKey = (invoiceId: string): string => `partner-invoice/${invoiceId}/void`;

/**
 * The entry of a finalised invoice; null when it comes to nothing at all, since an entry needs postings.
 * @throws ValidationError `invoice-not-finalised` or `exchange-rate-missing`.
 */
export function postingsOfFinalised(invoice: PartnerInvoice, functionalCurrency: string): JournalEntryDraft | null {
  if (invoice.issueDate === null || invoice.number === null) throw new ValidationError('invoice-not-finalised', 'Only a finalised invoice goes into the books.', { data: { invoiceId: invoice.id } });
  const { currency, partyId } = invoice;
  const valuation = valuePostings(
    [
      ...signedPosting(accountCodes.receivable, invoice.dueMinor, currency, partyId),
      ...signedPosting(accountCodes.withholdingTaxReceivable, invoice.withholdingMinor, currency, partyId),
      ...signedPosting(accountCodes.discounts, invoice.discountMinor, currency, partyId),
      ...signedPosting(invoice.kind === 'partner' ? accountCodes.partnerRevenue : accountCodes.oneOffRevenue, -(invoice.subtotalMinor + invoice.discountMinor), currency, partyId),
      ...signedPosting(taxAccountOf(invoice.snapshot.taxJurisdiction ?? null), -invoice.taxMinor, currency, partyId),
    ],
    functionalCurrency,
    () => invoice.functionalRate ?? undefined,
  );
  if (!valuation.isValued) throw missingRate(currency, functionalCurrency, invoice.issueDate);
  if (valuation.postings.length === 0) return null;
  return {
    key: finalisedKey(invoice.id), entryDate: invoice.issueDate, kind: 'invoice-finalised', sourceType: 'invoice', sourceId: invoice.id, memo: `${invoice.kind === 'partner' ? 'Partner invoice' : 'Invoice'} ${invoice.number}`, ...(invoice.month === null ? {} : { concernsMonth: invoice.month }), postings: valuation.postings,
  };
}

/** The reversal of a void invoice's entry; null when there was none. */
export function postingsOfVoid(invoice: PartnerInvoice, functionalCurrency: string, voidedOn: LocalDate): JournalEntryDraft | null {
  const original = postingsOfFinalised(invoice, functionalCurrency);
  if (!original) return null;
  return { ...reversalOf(original, idFromKey(original.key), { key: voidKey(invoice.id), entryDate: voidedOn, kind: 'invoice-void', memo: `Void of ${invoice.kind === 'partner' ? 'partner invoice' : 'invoice'} ${invoice.number ?? ''}` }), ...(invoice.month === null ? {} : { concernsMonth: invoice.month }) };
}
