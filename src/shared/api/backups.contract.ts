import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema, instantSchema } from './primitives.ts';
import { runViewSchema } from './system.contract.ts';

const headSchema = z.object({ sequence: z.number().int(), hash: z.string() });

/** A copy of the ledger with what is known of it. */
export const backupSchema = z.object({
  id: z.string(), createdAt: instantSchema, kind: z.enum(['daily', 'asked']), appVersion: z.string(), schemaVersion: z.string(), byteLength: z.number().int(), sha256: z.string(),
  /** The newest entry in it; an anchor for `ledger verify`. */
  head: headSchema.nullable(),
  /** The newest rows of its log of months and of its audit log, anchors as well; null of a backup made before they were written down. */
  logHeads: z.object({ months: headSchema.nullable(), audit: headSchema.nullable() }).nullable(),
  entries: z.number().int(), postings: z.number().int(),
  verifiedAt: instantSchema,
  /** What was wrong when somebody last looked; null: it is sound. */
  fault: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Set when an older ledger was restored in place of the one it was taken from. */
  leftBehindAt: instantSchema.nullable(),
});
export type BackupView = z.infer<typeof backupSchema>;

/** A backup is put back by the command line while Daybook is closed (`daybook backup restore`): no window may pull the ledger away from under itself. */
export const backupsContract = {
  list: oc.input(z.object({})).output(z.object({ folder: z.string(), /** Of each kind. */ kept: z.number().int(), freeBytes: z.number().int().nullable(), backups: z.array(backupSchema) })),
  /** Starts the job `ledger-backup`; `wait` holds the answer until it ended. Its result: `{ backup, pruned }`. */
  create: oc.input(z.object({ commandId: commandIdSchema, wait: z.boolean().default(false) })).output(runViewSchema),
  /** Starts the job `backup-verify` on one backup, the newest when no id is given. Its result is the backup. */
  verify: oc.input(z.object({ commandId: commandIdSchema, id: idSchema.optional(), wait: z.boolean().default(false) })).output(runViewSchema),
};
