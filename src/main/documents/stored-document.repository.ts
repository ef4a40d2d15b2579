import { sql, type ReadableDatabase, type WritableDatabase } from '../database/handles.ts';

/** A file made from a document: where it lies, below the data folder, and what its bytes hash to. */
export interface StoredDocument {
  readonly id: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly kind: string;
  readonly location: string;
  readonly sha256: string;
  readonly totalsFingerprint: string;
  readonly byteLength: number;
  readonly createdAt: number;
}

const find = sql(
  'documents.find',
  `SELECT id, subject_type AS subjectType, subject_id AS subjectId, kind, location, sha256, totals_fingerprint AS totalsFingerprint, byte_length AS byteLength, created_at AS createdAt
   FROM stored_documents WHERE subject_type = ? AND subject_id = ? AND kind = ?`,
);
const insert = sql(
  'documents.insert',
  `INSERT INTO stored_documents (id, subject_type, subject_id, kind, location, sha256, totals_fingerprint, byte_length, created_at) VALUES (:id, :subjectType, :subjectId, :kind, :location, :sha256, :totalsFingerprint, :byteLength, :createdAt)
   ON CONFLICT (subject_type, subject_id, kind) DO UPDATE SET location = excluded.location, sha256 = excluded.sha256, totals_fingerprint = excluded.totals_fingerprint, byte_length = excluded.byte_length, created_at = excluded.created_at`,
);

export function findStoredDocument(database: ReadableDatabase, subjectType: string, subjectId: string, kind: string): StoredDocument | undefined {
  return database.get<StoredDocument>(find, [subjectType, subjectId, kind]);
}

const insertVersion = sql('documents.insert-version', 'INSERT INTO document_versions (sha256, subject_type, subject_id, kind, totals_fingerprint, created_at) VALUES (:sha256, :subjectType, :subjectId, :kind, :totalsFingerprint, :createdAt) ON CONFLICT (sha256) DO NOTHING');
const findVersion = sql(
  'documents.find-version',
  `SELECT v.subject_type AS subjectType, v.subject_id AS subjectId, EXISTS (SELECT 1 FROM stored_documents d WHERE d.subject_type = v.subject_type AND d.subject_id = v.subject_id AND d.kind = v.kind AND d.sha256 = v.sha256) AS isCurrent
   FROM document_versions v WHERE v.sha256 = ?`,
);

/** Keeps what was made; that it was made is kept for ever. */
export function saveStoredDocument(database: WritableDatabase, document: StoredDocument): void {
  database.run(insert, { ...document });
  const { sha256, subjectType, subjectId, kind, totalsFingerprint, createdAt } = document;
  database.run(insertVersion, { sha256, subjectType, subjectId, kind, totalsFingerprint, createdAt });
}

/** The subject a file was once made for, and whether it is the one that is kept now. */
export function findDocumentVersion(database: ReadableDatabase, sha256: string): { readonly subjectType: string; readonly subjectId: string; readonly isCurrent: boolean } | undefined {
  const row = database.get<{ subjectType: string; subjectId: string; isCurrent: number }>(findVersion, [sha256]);
  return row && { ...row, isCurrent: row.isCurrent === 1 };
}
