/**
 * Whether a PDF is one that was issued here, from its hash and the fingerprint of totals it carries. A file is only ever believed whole: its hash is that of a
 * file that was stored, or of one that the invoice's stored figures give again.
 */
import type { ReadableDatabase } from '../database/handles.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import { creditNoteFingerprint, type IssuedCreditNote } from './credit-note-document.ts';
import { sha256Of } from './document-folder.ts';
import { findDocumentVersion } from './stored-document.repository.ts';

export interface DocumentVerificationDependencies {
  readonly readable: ReadableDatabase;
  /** Invoices of this desk with a fingerprint of totals, void ones among them. */
  invoicesWith(fingerprint: string): readonly PartnerInvoice[];
  findInvoice(id: string): PartnerInvoice | null;
  /** The PDF of an invoice as it stands, anew. */
  render(invoice: PartnerInvoice): Promise<Uint8Array>;
  /** Credit notes of this desk. Left out: there are none. */
  readonly creditNotes?: { find(id: string): IssuedCreditNote | null; all(): readonly IssuedCreditNote[]; render(note: IssuedCreditNote): Promise<Uint8Array> };
}

export interface Verification {
  readonly verdict: 'issued' | 'other-version' | 'changed' | 'not-ours';
  /** Of a credit note: the invoice it credits. */
  readonly invoiceId: string | null;
  readonly number: string | null;
  readonly message: string;
}

export interface DocumentVerification {
  /** @param fingerprint that the file's metadata carries, see shared/documents/document-marks.ts. */
  verify(file: { readonly sha256: string; readonly fingerprint: string | null }): Promise<Verification>;
}

const foreign: Verification = { verdict: 'not-ours', invoiceId: null, number: null, message: 'This file names no invoice of this ledger.' };

export function createDocumentVerification(dependencies: DocumentVerificationDependencies): DocumentVerification {
  const { readable, invoicesWith, findInvoice, render, creditNotes } = dependencies;

  const about = (verdict: Verification['verdict'], invoice: PartnerInvoice, message: string): Verification => ({ verdict, invoiceId: invoice.id, number: invoice.number, message });
  const nameOf = (invoice: PartnerInvoice): string => invoice.number ?? 'a draft that has no number';

  function issued(invoice: PartnerInvoice): Verification {
    return invoice.status === 'void'
      ? about('other-version', invoice, `This is ${nameOf(invoice)} as it was issued; it has been voided since.`)
      : about('issued', invoice, `This is ${nameOf(invoice)} as it was issued.`);
  }

  /** The forms an invoice's figures have: as it stands, as it was issued, as it was drafted. */
  async function formOf(invoice: PartnerInvoice, sha256: string): Promise<Verification | null> {
    const draft: PartnerInvoice = { ...invoice, status: 'draft', number: null, issueDate: null, dueDate: null, finalisedAt: null };
    if (sha256Of(await render(draft)) === sha256) return about('other-version', invoice, invoice.status === 'draft' ? 'This is the draft as it stands; it has not been issued.' : `This is the draft of ${nameOf(invoice)}, not the invoice.`);
    if (invoice.number === null) return null;
    if (sha256Of(await render({ ...invoice, status: 'finalised' })) === sha256) return issued(invoice);
    if (invoice.status === 'void' && sha256Of(await render(invoice)) === sha256) return about('other-version', invoice, `This is ${nameOf(invoice)} with its mark: it is void.`);
    return null;
  }

  const aboutNote = (verdict: Verification['verdict'], { act, invoice }: IssuedCreditNote, message: string): Verification => ({ verdict, invoiceId: invoice.id, number: act.documentNumber, message });

  function issuedNote(note: IssuedCreditNote): Verification {
    const name = `credit note ${note.act.documentNumber ?? ''}`;
    return note.isVoid ? aboutNote('other-version', note, `This is ${name} as it was issued; it has been taken back since.`) : aboutNote('issued', note, `This is ${name} as it was issued.`);
  }

  /** A file that names a credit note: the one its figures give, or changed. */
  async function verifyNote(fingerprint: string, sha256: string): Promise<Verification | null> {
    const note = creditNotes?.all().find(({ act }) => creditNoteFingerprint(act) === fingerprint);
    if (!note || !creditNotes) return null;
    if (sha256Of(await creditNotes.render({ ...note, isVoid: false })) === sha256) return issuedNote(note);
    if (note.isVoid && sha256Of(await creditNotes.render(note)) === sha256) return aboutNote('other-version', note, `This is credit note ${note.act.documentNumber ?? ''} with its mark: it was taken back.`);
    return aboutNote('changed', note, `This file says that it is credit note ${note.act.documentNumber ?? ''}, but it is not the file that was issued: it has been changed.`);
  }

  return {
    async verify({ sha256, fingerprint }) {
      const known = findDocumentVersion(readable, sha256);
      const noteOfKnown = known?.subjectType === 'credit-note' ? creditNotes?.find(known.subjectId) : null;
      if (known && noteOfKnown) return known.isCurrent ? issuedNote(noteOfKnown) : aboutNote('other-version', noteOfKnown, `This is an earlier file of credit note ${noteOfKnown.act.documentNumber ?? ''}; it was made again since.`);
      const ofKnown = known && findInvoice(known.subjectId);
      if (known && ofKnown) return known.isCurrent ? issued(ofKnown) : about('other-version', ofKnown, `This is an earlier file of ${nameOf(ofKnown)}; it was made again since.`);
      const named = fingerprint === null ? [] : invoicesWith(fingerprint);
      for (const invoice of named) {
        const found = await formOf(invoice, sha256);
        if (found) return found;
      }
      const [first] = named;
      const ofNote = first || fingerprint === null ? null : await verifyNote(fingerprint, sha256);
      if (ofNote) return ofNote;
      return first ? about('changed', first, `This file says that it is ${nameOf(first)}, but it is not the file that was issued: it has been changed.`) : foreign;
    },
  };
}
