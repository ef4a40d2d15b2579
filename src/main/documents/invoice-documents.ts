/**
 * PDFs of our invoices and credit notes: made once when they are issued, kept, and verified whenever they are opened. Drafts and statements of account are rendered anew each time.
 */
import { basename } from 'node:path';
import type { Clock } from '../../shared/calendar/clock.ts';
import { InvariantError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { WorkControl } from '../platform/work-control.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import type { InvoiceDocumentsPort } from '../billing/partner-invoicing.ports.ts';
import { totalsFingerprint } from '../billing/totals-fingerprint.ts';
import { documentOfCreditNote, type IssuedCreditNote } from './credit-note-document.ts';
import { fileNameFrom } from './document-folder.ts';
import { writeCii } from './einvoice/cii-writer.ts';
import { checkedEInvoice, missingFields } from './einvoice/einvoice-of-document.ts';
import type { InvoiceDocument } from './document-model.ts';
import { documentRequest } from './invoice-document.ts';
import { findLook } from './invoice-look.repository.ts';
import { logoInvalid, ownLook, type InvoiceLook } from './invoice-look.ts';
import { altered, createKeptDocuments, type DocumentSubject } from './kept-documents.ts';
import { documentOfPartnerInvoice, type AppliedCredit } from './partner-invoice-document.ts';
import type { PdfRenderer } from './pdf-renderer.ts';
import type { RenderRequest } from './typst-compiler.ts';
import { resourcePath } from '../platform/resources.ts';
import { readFontCoverage } from './font-coverage.ts';
import { mapTexts, printableText, unprintableLetters, type Letters } from './printable-text.ts';
import { statementRequest, type AccountStatement } from './statement-document.ts';

export interface InvoiceDocumentsDependencies {
  readonly dataFolder: string;
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly renderer: PdfRenderer;
  readonly clock: Clock;
  /** Credits of the customer that were used up when an invoice was finalised: receivables/. Left out: there are none. */
  creditsApplied?(invoiceId: string): readonly AppliedCredit[];
  /** The void invoice that another stands in for. Left out: none is named. */
  findInvoice?(id: string): PartnerInvoice | null;
  /** Left out: the fonts in resources. */
  readonly letters?: Letters;
}

export interface OpenedDocument {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** Below the data folder; null for a draft, which is not kept. */
  readonly location: string | null;
  /** Bytes and totals are those of the day it was made. */
  readonly isVerified: boolean;
}

export interface InvoiceDocuments extends InvoiceDocumentsPort {
  /**
   * The PDF of an invoice. A lost file is made again, byte for byte.
   * @throws StorageError `document-altered` when the file is not the one that was stored, or the invoice's totals are not the ones it was made from.
   */
  open(invoice: PartnerInvoice): Promise<OpenedDocument>;
  /** A document in a look that is not in force yet. Nothing is kept. */
  previewLook(document: InvoiceDocument, look: InvoiceLook): Promise<Uint8Array>;
  /** That documents can be made in a look before it is in force: what is made afterwards keeps it. @throws ValidationError `logo-invalid`. */
  assertLookPrints(document: InvoiceDocument, look: InvoiceLook): Promise<void>;
  /** The PDF of an invoice as its stored figures give it, anew. Nothing is kept. */
  render(invoice: PartnerInvoice): Promise<Uint8Array>;
  /** The PDF of a credit note, kept as an invoice’s is. @throws as open. */
  openCreditNote(note: IssuedCreditNote): Promise<OpenedDocument>;
  renderCreditNote(note: IssuedCreditNote): Promise<Uint8Array>;
  /** A statement of account. Nothing is kept: the same figures give the same bytes. */
  renderStatement(statement: AccountStatement): Promise<Uint8Array>;
}

/** Documents under way at once: enough to keep two processes busy while others are written, few enough to stop quickly. */
const lanes = 6;

export function createInvoiceDocuments(dependencies: InvoiceDocumentsDependencies): InvoiceDocuments {
  const { dataFolder, readable, unitOfWork, renderer, clock } = dependencies;
  const creditsApplied = dependencies.creditsApplied ?? (() => []);
  const kept = createKeptDocuments({ dataFolder, readable, unitOfWork, clock });
  let known = dependencies.letters;
  const letters = (): Letters => (known ??= readFontCoverage(resourcePath('fonts')));

  /** The look an invoice was made with; one that was set on another desk is not known here, and Daybook's own stands in. */
  function lookOf(document: InvoiceDocument): InvoiceLook {
    const { lookId } = document.choice;
    return lookId === null ? ownLook : (findLook(readable, lookId) ?? ownLook);
  }

  const renderDocument = (document: InvoiceDocument): Promise<Uint8Array> => renderer.render(printable(requestOf(document, lookOf(document))));
  /** What was applied when it was finalised stands on it, whatever became of it since. */
  const render = (invoice: PartnerInvoice): Promise<Uint8Array> => renderDocument(documentOfPartnerInvoice(invoice, invoice.number === null ? [] : creditsApplied(invoice.id), invoice.replaces === null ? null : (dependencies.findInvoice?.(invoice.replaces) ?? null)));

  const previewLook = (document: InvoiceDocument, look: InvoiceLook): Promise<Uint8Array> => renderer.render(printable(requestOf(document, look)));

  function printable(request: RenderRequest): RenderRequest {
    return { ...request, data: mapTexts(request.data, (text) => printableText(text, letters())) };
  }

  function lettersNotShown(invoice: PartnerInvoice): string[] {
    const texts: string[] = [];
    mapTexts(documentRequest(documentOfPartnerInvoice(invoice), ownLook).data, (text) => {
      texts.push(text);
      return text;
    });
    return unprintableLetters(texts.join('\n'), letters());
  }

  const subjectOf = (invoice: PartnerInvoice & { readonly number: string }): DocumentSubject => ({ type: 'invoice', id: invoice.id, number: invoice.number, totalsFingerprint: totalsFingerprint(invoice), render: () => render(invoice) });

  async function ensureStored(invoices: readonly PartnerInvoice[], control: WorkControl): Promise<ReadonlyMap<string, string>> {
    const locations = new Map<string, string>();
    const waiting = invoices.values();
    // Lanes share one iterator: while one document is being written, others are rendered.
    const lane = async (): Promise<void> => {
      for (const invoice of waiting) {
        control.signal.throwIfAborted();
        if (isNumbered(invoice)) locations.set(invoice.id, await kept.ensure(subjectOf(invoice)));
        control.report({ done: locations.size, total: invoices.length, note: 'Making PDFs' });
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, invoices.length) }, lane));
    return locations;
  }

  async function open(invoice: PartnerInvoice): Promise<OpenedDocument> {
    assertTotals(invoice, invoice.totalsFingerprint);
    if (!isNumbered(invoice)) {
      const bytes = await render(invoice);
      return { fileName: `draft-${fileNameFrom(invoice.apiKeyPrefix ?? invoice.snapshot.customer.name)}${invoice.month === null ? '' : `-${invoice.month}`}.pdf`, bytes, location: null, isVerified: false };
    }
    return issued(await kept.open(subjectOf(invoice)));
  }

  async function openCreditNote(note: IssuedCreditNote): Promise<OpenedDocument> {
    const document = documentOfCreditNote(note);
    const number = document.number ?? note.act.id;
    const subject: DocumentSubject = { type: 'credit-note', id: note.act.id, number, totalsFingerprint: document.totalsFingerprint, render: () => renderDocument(document) };
    return issued(await kept.open(subject));
  }

  /** Named as it is kept: where two numbers come to one name, each has its own, so that the second is not saved over the first. */
  const issued = ({ bytes, location }: { readonly bytes: Uint8Array; readonly location: string }): OpenedDocument => ({ fileName: basename(location), bytes, location, isVerified: true });

  return {
    ensureStored, lettersNotShown, open, openCreditNote, render,
    renderCreditNote: (note) => renderDocument(documentOfCreditNote(note)),
    async renderStatement(statement) {
      const choice = statement.choice;
      return renderer.render(printable(statementRequest(statement, choice.lookId === null ? ownLook : (findLook(readable, choice.lookId) ?? ownLook))));
    },
    missingForEInvoice: (invoice) => missingFields(documentOfPartnerInvoice(invoice)),
    previewLook,
    async assertLookPrints(document, look) {
      if (look.logo === null) return;
      await previewLook(document, look).catch((error: unknown) => {
        throw error instanceof InvariantError && error.code === 'template-failed' ? logoInvalid(error) : error;
      });
    },
  };
}

const isNumbered = (invoice: PartnerInvoice): invoice is PartnerInvoice & { readonly number: string } => invoice.number !== null;

/** What is issued carries its electronic form where it holds to the standard; where it does not, the file names the rules. */
function requestOf(document: InvoiceDocument, look: InvoiceLook): RenderRequest {
  if (document.status !== 'issued') return documentRequest(document, look);
  const { invoice, findings } = checkedEInvoice(document);
  return documentRequest(document, look, findings.length === 0 ? { xml: writeCii(invoice) } : { rules: findings.map((finding) => finding.rule) });
}

function assertTotals(invoice: PartnerInvoice, expected: string, location = invoice.number ?? invoice.id): void {
  if (totalsFingerprint(invoice) !== expected) throw altered(location, 'the invoice’s totals are not the ones it was made from');
}
