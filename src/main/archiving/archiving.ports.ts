/** What archiving needs from outside its room. */
import type { WritableDatabase } from '../database/handles.ts';

export type ArchivedType = 'invoice' | 'credit-note';

/** An issued document of ours. */
export interface ArchivedSubject {
  readonly type: ArchivedType;
  readonly id: string;
}

/** A document as it is put away. */
export interface DocumentFile {
  readonly number: string;
  /** Of its issue: the folder it goes into. */
  readonly year: string;
  readonly bytes: Uint8Array;
}

/** The PDFs that were issued: documents/. */
export interface IssuedDocumentsPort {
  /** @throws StorageError `document-altered` and whatever else keeps a PDF from being opened. */
  open(subject: ArchivedSubject): Promise<DocumentFile>;
}

export interface StoredFile {
  /** `name-taken`: another file stands under that name; nothing was written. */
  readonly outcome: 'stored' | 'there-already' | 'name-taken';
  /** As a person finds it: a path, or `s3://bucket/key`. */
  readonly location: string;
}

export interface ArchiveCheck {
  readonly name: string;
  readonly isFine: boolean;
  readonly message: string;
  readonly nextStep: string | null;
}

/** A file on its way to the archive, with the hash of its bytes. */
export interface OutgoingFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** A place for files that are never written over. Implemented in integrations/folder and integrations/s3. */
export interface ArchiveStore {
  /**
   * Puts a file where nothing stands. A file of the same bytes there is the same file.
   * @param name parts between slashes, letters, digits, dot, dash and underscore only.
   * @throws ProviderError, PermissionError or StorageError `archive-…` where the place cannot be used.
   */
  put(name: string, file: OutgoingFile, signal: AbortSignal): Promise<StoredFile>;
  /** Writes a small file, reads it back and takes it away. Nothing is thrown for what a place may do. */
  test(signal: AbortSignal): Promise<ArchiveCheck[]>;
}

export interface AuditPort {
  append(database: WritableDatabase, entry: { readonly entity: string; readonly entityId: string; readonly action: string; readonly actor: string; readonly diff: Record<string, string | number | null>; readonly requestId?: string | undefined }): void;
}

/** What this desk keeps for itself: database/preferences.ts. */
export interface SettingsPort {
  get(name: string): string | undefined;
  keep(wanted: Readonly<Record<string, string | undefined>>): void;
}
