/**
 * The archive, wired: issued documents as documents/ has them, a folder or a bucket as this desk is set, the bucket's secret key from the store.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';
import { createArchiveSettings, type ArchivePlace } from '../archiving/archive-settings.ts';
import type { ArchivedSubject, ArchiveStore, DocumentFile } from '../archiving/archiving.ports.ts';
import { createDocumentArchive } from '../archiving/document-archive.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { PartnerInvoicing } from '../billing/partner-invoicing.ts';
import { createPreferences } from '../database/preferences.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import type { InvoiceDocuments } from '../documents/invoice-documents.ts';
import { createFolderArchive } from '../integrations/folder/folder-archive.ts';
import { createS3Archive } from '../integrations/s3/s3-archive.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/logger.ts';
import type { SecretStore } from '../platform/secrets.ts';
import type { IssuedCreditNotes } from '../receivables/issued-credit-notes.ts';

export interface ArchivingParts {
  readonly database: SqliteDatabase;
  readonly config: Pick<Config, 's3SecretKey'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
  readonly invoicing: Pick<PartnerInvoicing, 'find'>;
  readonly documents: Pick<InvoiceDocuments, 'open' | 'openCreditNote'>;
  readonly creditNotes: Pick<IssuedCreditNotes, 'find'>;
}

export function composeArchiving({ database, config, clock, logger, audit, invoicing, documents, creditNotes }: ArchivingParts) {
  const { unitOfWork } = database;
  const settings = createArchiveSettings(createPreferences(database, unitOfWork));

  async function openInvoice(id: string): Promise<DocumentFile | null> {
    const invoice = invoicing.find(id);
    if (!invoice || invoice.number === null) return null;
    const { bytes } = await documents.open(invoice);
    return { number: invoice.number, year: (invoice.issueDate ?? '').slice(0, 4) || 'undated', bytes };
  }

  async function openCreditNote(id: string): Promise<DocumentFile | null> {
    const note = creditNotes.find(id);
    if (!note) return null;
    const { bytes } = await documents.openCreditNote(note);
    return { number: note.act.documentNumber ?? id, year: note.act.actedOn.slice(0, 4), bytes };
  }

  async function open({ type, id }: ArchivedSubject): Promise<DocumentFile> {
    const file = type === 'invoice' ? await openInvoice(id) : await openCreditNote(id);
    if (!file) throw new StateError('document-missing', 'The document is not on this desk yet.', { data: { id }, nextStep: 'It is archived once a sync has brought the whole of it.' });
    return file;
  }

  function openStore(place: ArchivePlace, secretKey = config.s3SecretKey): ArchiveStore {
    if (place.kind === 'folder') return createFolderArchive(place.folder);
    if (secretKey === null) throw new ValidationError('archive-secret-missing', 'The secret key of the archive’s bucket is not kept on this desk.', { nextStep: 'Enter it in Settings, Archive, or set DAYBOOK_S3_SECRET_KEY.' });
    return createS3Archive({ place, secretKey });
  }

  return { settings, openStore, archive: createDocumentArchive({ readable: database, unitOfWork, settings, openStore: (place) => openStore(place), documents: { open }, audit, clock, logger }) };
}
export type Archiving = ReturnType<typeof composeArchiving>;

/** The environment's, else the store's as long as it was entered for the bucket that is set; null: there is none. */
export function s3SecretInForce(config: Pick<Config, 's3SecretKey'>, secrets: SecretStore, database: SqliteDatabase): string | null {
  if (config.s3SecretKey !== null) return config.s3SecretKey;
  const settings = createArchiveSettings(createPreferences(database, database.unitOfWork));
  const place = settings.read();
  return place?.kind === 's3' && settings.isSecretFor(place) ? secrets.get('s3-secret-key') : null;
}
