import { StorageError } from '../../shared/errors/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { failureOf, type BillingFailure } from './invoice-recorder.ts';
import type { PartnerInvoice } from './partner-invoice.ts';
import type { InvoiceDocumentsPort } from './partner-invoicing.ports.ts';

/** PDFs come after the books: an invoice stands whatever becomes of its file, which is made again on the next run or when it is opened. */
export function createDocumentStep({ documents, logger }: { readonly documents?: InvoiceDocumentsPort; readonly logger: Logger }) {
  async function storeDocuments(finalised: readonly PartnerInvoice[], failed: BillingFailure[], control: WorkControl): Promise<ReadonlyMap<string, string>> {
    if (!documents || finalised.length === 0) return new Map();
    try {
      return await documents.ensureStored(finalised, control);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      for (const invoice of finalised) failed.push(failureOf(invoice.id, invoice.snapshot.customer.name, error, true));
      return new Map();
    }
  }

  async function storeQuietly(invoices: readonly PartnerInvoice[], control: WorkControl = unattended): Promise<void> {
    if (invoices.length === 0) return;
    try {
      await documents?.ensureStored(invoices, control);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      logger.warn('invoice-document-not-stored', { invoiceIds: invoices.map((invoice) => invoice.id), error });
    }
  }

  return { storeDocuments, storeQuietly };
}
