/**
 * A partner invoice in the books (domain.md §3). Pure.
 *
 * Finalised: Dr accounts receivable (what the partner pays), Dr withholding tax receivable (what it keeps for the authority), Dr discounts;
 * Cr partner revenue (before discount), Cr tax payable of the partner's jurisdiction. Void: the exact reversal, dated on the day of the void.
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import { accountCodes } from '../ledger/chart-of-accounts.ts';
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

/** So many days may pass without a rate: round Easter and the turn of the year the European Central Bank leaves out four. */
const longestWithoutRate = 7;

/**
 * The rate at which an invoice of that day is booked: rates are daily (domain.md §8), and the day's own may come only after the invoice was issued.
 * @param known the last one on or before the day. @throws ValidationError `exchange-rate-missing`, also where the last one is too old to stand for the day and no later day's shows that there was none.
 */
export function rateOfDay(known: { readonly rate: string; readonly on: LocalDate; readonly hasLater: boolean } | undefined, currency: string, functionalCurrency: string, on: LocalDate): string {
  if (known === undefined) throw missingRate(currency, functionalCurrency, on);
  if (known.hasLater || addDays(known.on, longestWithoutRate) >= on) return known.rate;
  throw new ValidationError('exchange-rate-missing', `The last rate from ${currency.toUpperCase()} to ${functionalCurrency.toUpperCase()} that is known is of ${known.on}: too old for an invoice of ${on}.`, {
    data: { currency, functionalCurrency, on, knownOn: known.on }, nextStep: 'Import the newer exchange rates, or sync the shared database, then finalise again.',
  });
}

export function missingRate(currency: string, functionalCurrency: string, on: string): ValidationError {
  return new ValidationError('exchange-rate-missing', `No rate from ${currency.toUpperCase()} to ${functionalCurrency.toUpperCase()} is known on or before ${on}.`, { data: { currency, functionalCurrency, on }, nextStep: 'Pull the exchange rates from the shared database, then run again.' });
}
