import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, filterTextSchema, idSchema, instantSchema, windowInput, windowOutput } from './primitives.ts';
import { checkSchema } from './system.contract.ts';

export const mailLanguageSchema = z.enum(['en', 'de']);
export const mailStateSchema = z.enum(['waiting', 'claimed', 'sending', 'in-doubt', 'sent', 'failed', 'cancelled', 'bounced']);

/** How this desk reaches its mail server, and who it sends as. The password is none of it: it goes in by its own door. */
export const mailServerSchema = z.object({
  host: z.string().min(1).max(253), port: z.number().int().min(1).max(65_535),
  /** `tls`: from the first byte; `starttls`: asked for and required; `none`: readable on the way. */
  security: z.enum(['tls', 'starttls', 'none']),
  /** null: the server wants no login. */
  user: z.string().min(1).max(200).nullable(),
  /** A file with the authority of the server's certificate; null: the public ones. */
  authorityFile: z.string().min(1).max(1_000).nullable(),
  fromName: z.string().min(1).max(100), fromAddress: z.string().min(3).max(254), replyTo: z.string().min(3).max(254).nullable(),
  /** A person says that the line to another machine may be readable. */
  allowsPlaintext: z.boolean(),
});
export type MailServerView = z.infer<typeof mailServerSchema>;

export const mailSettingsSchema = z.object({
  /** null: not set up. */
  server: mailServerSchema.nullable(),
  /** One is kept for this server and login, or the environment gives one. */
  hasPassword: z.boolean(),
  secretStore: z.string(),
  /** The mail server could not be used: this desk tries again then. */
  pause: z.object({ until: instantSchema, code: z.string(), message: z.string() }).nullable(),
});
export type MailSettingsView = z.infer<typeof mailSettingsSchema>;

export const mailTemplateSchema = z.object({ language: mailLanguageSchema, subject: z.string(), body: z.string(), isDefault: z.boolean() });
export type MailTemplateView = z.infer<typeof mailTemplateSchema>;
const problemSchema = z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullable() });
const typedTemplate = { language: mailLanguageSchema, subject: z.string().max(1_000), body: z.string().max(20_000) };

export const mailRowSchema = z.object({
  id: z.string(), invoiceId: z.string(), invoiceNumber: z.string(), customerName: z.string(), state: mailStateSchema, recipients: z.string(), attempts: z.number().int(), queuedAt: instantSchema, sentAt: instantSchema.nullable(), nextAttemptAt: instantSchema.nullable(),
  errorCode: z.string().nullable(), errorMessage: z.string().nullable(),
});
export type MailRowView = z.infer<typeof mailRowSchema>;

export const mailDetailSchema = mailRowSchema.omit({ recipients: true }).extend({
  sequence: z.number().int(), language: mailLanguageSchema, subject: z.string(), body: z.string(), attachmentName: z.string(), attachmentSha256: z.string().nullable(), messageId: z.string(), queuedBy: z.string(),
  recipients: z.array(z.object({ address: z.string(), state: z.enum(['waiting', 'accepted', 'refused']), response: z.string().nullable() })),
  events: z.array(z.object({ at: instantSchema, actor: z.string(), action: z.string(), note: z.string().nullable() })),
});
export type MailDetailView = z.infer<typeof mailDetailSchema>;

export const mailPreviewSchema = z.object({
  invoiceId: z.string(), number: z.string().nullable(), customerName: z.string(), from: z.string().nullable(), recipients: z.array(z.string()), language: mailLanguageSchema, subject: z.string(), body: z.string(), attachmentName: z.string().nullable(),
  sentAt: instantSchema.nullable(), problem: problemSchema.nullable(),
});
export type MailPreviewView = z.infer<typeof mailPreviewSchema>;

const sendRequestSchema = z.object({
  invoiceId: idSchema,
  /** In place of the customer's own; several between commas. */
  recipients: z.string().max(2_000).optional(),
  language: mailLanguageSchema.optional(),
  /** It was sent before and is to go out once more. */
  isAgain: z.boolean().optional(),
});

const act = { commandId: commandIdSchema, id: idSchema };

export const mailContract = {
  settings: {
    get: oc.input(z.object({})).output(mailSettingsSchema),
    save: oc.input(mailServerSchema.extend({ commandId: commandIdSchema })).output(mailSettingsSchema),
    /** Kept for the server and login that are set. Never stored in the command log. */
    setPassword: oc.input(z.object({ commandId: commandIdSchema, password: z.string().min(1).max(1_000) })).output(mailSettingsSchema),
    /** Connects and logs in as typed, and sends a short e-mail when told where to. The kept password is used only for the server it was entered for. Nothing is kept. */
    test: oc.input(z.object({ server: mailServerSchema, password: z.string().min(1).max(1_000).nullable(), to: z.string().max(254).nullable() })).output(z.object({ checks: z.array(checkSchema) })),
  },
  templates: {
    get: oc.input(z.object({})).output(z.object({ templates: z.array(mailTemplateSchema), placeholders: z.array(z.object({ name: z.string(), says: z.string() })) })),
    /** The text Daybook brings, saved, is no text of one's own any more. */
    save: oc.input(z.object({ commandId: commandIdSchema, ...typedTemplate })).output(mailTemplateSchema),
    /** What the texts as typed would say: of an invoice, or of an example. */
    preview: oc.input(z.object({ ...typedTemplate, invoiceId: idSchema.nullable() })).output(z.object({ subject: z.string(), body: z.string(), problem: problemSchema.nullable() })),
    standard: oc.input(z.object({ language: mailLanguageSchema })).output(z.object({ subject: z.string(), body: z.string() })),
  },
  /** What would be sent, and what stands in the way; writes nothing. By id or number. */
  preview: oc.input(z.object({ mails: z.array(sendRequestSchema).min(1).max(200) })).output(z.object({ mails: z.array(mailPreviewSchema) })),
  /** Into the outbox, from where it is sent at once. One that cannot be sent does not stop the others. */
  send: oc.input(z.object({ commandId: commandIdSchema, mails: z.array(sendRequestSchema).min(1).max(200) })).output(z.object({ queued: z.array(z.object({ id: z.string(), invoiceId: z.string(), invoiceNumber: z.string() })), failed: z.array(problemSchema.extend({ id: z.string(), name: z.string() })) })),
  outbox: {
    list: oc.input(windowInput(['queuedAt', 'invoiceNumber', 'state'] as const, z.object({ state: mailStateSchema.optional(), text: filterTextSchema.optional() }))).output(windowOutput(mailRowSchema)),
    show: oc.input(z.object({ id: idSchema })).output(mailDetailSchema),
    /** One that failed, or waits for its next attempt, is tried now. */
    retry: oc.input(z.object(act)).output(mailDetailSchema),
    cancel: oc.input(z.object(act)).output(mailDetailSchema),
    /** Of one nobody knows about: it arrived, or it is sent again. */
    settle: oc.input(z.object({ ...act, decision: z.enum(['arrived', 'send-again']) })).output(mailDetailSchema),
    /** It came back later. */
    markBounced: oc.input(z.object({ ...act, reason: z.string().min(3).max(500) })).output(mailDetailSchema),
  },
};
