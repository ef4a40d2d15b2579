/** The monthly revenue report: as a PDF, and by e-mail of itself. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema, instantSchema, monthSchema } from './primitives.ts';

export const reportDeliverySchema = z.object({
  // A report in doubt since a backup was put back has neither subject nor file: both are ''.
  id: z.string(), month: monthSchema, sequence: z.number().int(), state: z.enum(['sending', 'sent', 'failed', 'in-doubt']), subject: z.string(), sha256: z.string(), askedBy: z.string(), handedOverAt: instantSchema, answeredAt: instantSchema.nullable(),
  recipients: z.array(z.object({ address: z.string(), state: z.enum(['waiting', 'accepted', 'refused']), response: z.string().nullable() })),
  errorCode: z.string().nullable(), errorMessage: z.string().nullable(),
});
export type ReportDeliveryView = z.infer<typeof reportDeliverySchema>;

export const reportSettingsSchema = z.object({
  /** The report of a month that is over goes out by itself, from this desk. */
  isSent: z.boolean(),
  recipients: z.array(z.string()),
});
export type ReportSettingsView = z.infer<typeof reportSettingsSchema>;

const pdfSchema = z.object({ fileName: z.string(), bytes: z.instanceof(Uint8Array) });

export const revenueReportContract = {
  /** The report of a month, drawn anew from the figures as they stand: the same figures give the same bytes. */
  make: oc.input(z.object({ month: monthSchema })).output(pdfSchema.extend({ month: monthSchema, asOf: instantSchema })),
  settings: oc.input(z.object({})).output(reportSettingsSchema.extend({ /** E-mail is set up on this desk. */ canSend: z.boolean(), deliveries: z.array(reportDeliverySchema) })),
  saveSettings: oc.input(reportSettingsSchema.extend({ commandId: commandIdSchema, recipients: z.array(z.string().max(254)).max(50) })).output(reportSettingsSchema),
  /** The file that was sent, byte for byte. */
  sent: oc.input(z.object({ id: idSchema })).output(pdfSchema),
};
