/**
 * Documents that were issued, as files: made once, kept, verified whenever they are opened, and made again, byte for byte, where the file is lost.
 */
import { StorageError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import { idFromKey } from '../platform/ids.ts';
import { fileNameFrom, hasDocument, readDocument, removeLeftovers, sha256Of, writeDocument } from './document-folder.ts';
import { findStoredDocument, saveStoredDocument, type StoredDocument } from './stored-document.repository.ts';

/** What a file is made of. */
export interface DocumentSubject {
  readonly type: 'invoice' | 'credit-note';
  readonly id: string;
  readonly number: string;
  /** Over its figures as they stand. */
  readonly totalsFingerprint: string;
  render(): Promise<Uint8Array>;
}

export interface KeptDocuments {
  /** Makes the file unless it is there. @returns where it lies, below the data folder. */
  ensure(subject: DocumentSubject): Promise<string>;
  /** @throws StorageError `document-altered` when the file is not the one that was stored, or the figures are not the ones it was made from. */
  open(subject: DocumentSubject): Promise<{ readonly bytes: Uint8Array; readonly location: string }>;
}

const kind = 'pdf';
const folders: Readonly<Record<DocumentSubject['type'], string>> = { invoice: 'documents/invoices', 'credit-note': 'documents/credit-notes' };

export function createKeptDocuments({ dataFolder, readable, unitOfWork, clock }: { readonly dataFolder: string; readonly readable: ReadableDatabase; readonly unitOfWork: UnitOfWork; readonly clock: Clock }): KeptDocuments {
  /** Who took a name, in letters of one case, while this runs: two of a batch are made side by side. */
  const takers = new Map<string, string>();
  /** Folders looked through for what killed writers left; once each while this runs. */
  const tidied = new Set<string>();

  /** Numbers may come to one name: where the disk does not tell capitals apart, and where a prefix has letters that a file name has not. What lies there is then another's, unless it is byte for byte this one. */
  async function freeLocation(name: string, id: string, bytes: Uint8Array): Promise<string> {
    const first = takers.get(name.toLowerCase()) ?? id;
    takers.set(name.toLowerCase(), first);
    if (first !== id) return `${name}~${id.slice(-8)}.pdf`;
    const there = await readDocument(dataFolder, `${name}.pdf`);
    return there === null || sha256Of(there) === sha256Of(bytes) ? `${name}.pdf` : `${name}~${id.slice(-8)}.pdf`;
  }

  async function make(subject: DocumentSubject): Promise<{ location: string; bytes: Uint8Array }> {
    const { type, id, number, totalsFingerprint } = subject;
    const bytes = await subject.render();
    const location = await freeLocation(`${folders[type]}/${fileNameFrom(number)}`, id, bytes);
    await writeDocument(dataFolder, location, bytes);
    if (!tidied.has(folders[type])) {
      tidied.add(folders[type]);
      await removeLeftovers(dataFolder, location);
    }
    const document: StoredDocument = { id: idFromKey(`stored-document/${type}/${id}/${kind}`), subjectType: type, subjectId: id, kind, location, sha256: sha256Of(bytes), totalsFingerprint, byteLength: bytes.byteLength, createdAt: clock.now() };
    unitOfWork.run('documents.store', (database) => saveStoredDocument(database, document));
    return { location, bytes };
  }

  return {
    async ensure(subject) {
      const known = findStoredDocument(readable, subject.type, subject.id, kind);
      const isThere = known !== undefined && (await hasDocument(dataFolder, known.location));
      return isThere ? known.location : (await make(subject)).location;
    },
    async open(subject) {
      const known = findStoredDocument(readable, subject.type, subject.id, kind);
      const stored = known && (await readDocument(dataFolder, known.location));
      if (!known || !stored) return make(subject);
      if (sha256Of(stored) !== known.sha256) throw altered(known.location, 'its bytes are not the ones that were stored');
      if (subject.totalsFingerprint !== known.totalsFingerprint) throw altered(known.location, 'its figures are not the ones it was made from');
      return { bytes: stored, location: known.location };
    },
  };
}

export function altered(location: string, reason: string): StorageError {
  return new StorageError('document-altered', `The document ${location} has been altered: ${reason}.`, { data: { location }, nextStep: 'Restore the file from a backup, or move it away and open the document again: it is made anew from the books.' });
}
