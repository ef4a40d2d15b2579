/** The archive: a folder or a bucket in which every issued document is kept a second time. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, filterTextSchema, idSchema, instantSchema, windowInput, windowOutput } from './primitives.ts';
import { checkSchema } from './system.contract.ts';

export const archivePlaceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), /** The whole path. */ folder: z.string().min(1).max(1_000) }),
  z.object({
    kind: z.literal('s3'), /** Without the bucket: `https://s3.eu-central-1.amazonaws.com`. */ endpoint: z.string().min(1).max(300), region: z.string().min(1).max(60), bucket: z.string().min(1).max(63), /** Before each name; '' for none. */ prefix: z.string().max(200),
    accessKeyId: z.string().min(1).max(200), /** `path`: the bucket stands in the path; `host`: before the host’s name. */ addressing: z.enum(['path', 'host']), /** A person says that the line may be readable. */ allowsPlaintext: z.boolean(),
  }),
]);
export type ArchivePlaceView = z.infer<typeof archivePlaceSchema>;

export const archiveSettingsSchema = z.object({
  /** null: this desk archives nothing. */ place: archivePlaceSchema.nullable(),
  /** One is kept for this bucket and key, or the environment gives one. */ hasSecret: z.boolean(), secretStore: z.string(),
  /** The place could not be used: this desk tries again then. */ pause: z.object({ until: instantSchema, code: z.string(), message: z.string() }).nullable(),
  /** Of the place that is set. */ counts: z.object({ stored: z.number().int(), waiting: z.number().int(), failed: z.number().int(), lastStoredAt: instantSchema.nullable() }).nullable(),
});
export type ArchiveSettingsView = z.infer<typeof archiveSettingsSchema>;

export const archivedTypeSchema = z.enum(['invoice', 'credit-note']);
export const archivedStateSchema = z.enum(['waiting', 'stored', 'failed']);
export const archivedDocumentSchema = z.object({
  type: archivedTypeSchema, id: z.string(), number: z.string(), state: archivedStateSchema, attempts: z.number().int(), nextAttemptAt: instantSchema.nullable(), errorCode: z.string().nullable(), errorMessage: z.string().nullable(),
  /** A path, or `s3://bucket/name`. */ location: z.string().nullable(), sha256: z.string().nullable(), storedAt: instantSchema.nullable(), queuedAt: instantSchema,
});
export type ArchivedDocumentView = z.infer<typeof archivedDocumentSchema>;

export const archiveContract = {
  get: oc.input(z.object({})).output(archiveSettingsSchema),
  /** null ends archiving; what lies there stays. */
  save: oc.input(z.object({ commandId: commandIdSchema, place: archivePlaceSchema.nullable() })).output(archiveSettingsSchema),
  /** Kept for the bucket and key that are set. Never stored in the command log. */
  setSecret: oc.input(z.object({ commandId: commandIdSchema, secret: z.string().min(1).max(1_000) })).output(archiveSettingsSchema),
  /** Writes a small file as typed, reads it back and takes it away. The kept secret is used only for the bucket it was entered for. Nothing is kept. */
  test: oc.input(z.object({ place: archivePlaceSchema, secret: z.string().min(1).max(1_000).nullable() })).output(z.object({ checks: z.array(checkSchema) })),
  list: oc.input(windowInput(['queuedAt'] as const, z.object({ state: archivedStateSchema.optional(), text: filterTextSchema.optional() }))).output(windowOutput(archivedDocumentSchema)),
  /** Where a document lies, and where it has yet to go. */
  of: oc.input(z.object({ type: archivedTypeSchema, id: idSchema })).output(z.array(archivedDocumentSchema)),
};
