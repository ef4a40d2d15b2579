/**
 * Our invoices on this desk, as work on receivables reads and writes them.
 */
import type { InvoicesPort } from '../receivables/receivables.ports.ts';
import { findDatedRate, findInvoiceByIdOrNumber, findLastInvoiceOfParty, findPartner, findPartnerInvoice, findReplacement, savePartnerInvoice } from './partner-invoice.repository.ts';

export const invoiceStore: InvoicesPort = {
  find: findPartnerInvoice, findByIdOrNumber: findInvoiceByIdOrNumber, findReplacement, save: savePartnerInvoice, findDatedRate,
  knowsParty: (database, partyId) => findLastInvoiceOfParty(database, partyId) !== null || findPartner(database, partyId) !== null,
};
