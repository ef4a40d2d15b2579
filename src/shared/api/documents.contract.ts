/**
 * The documents that are made of invoices: how they look, what they lack for their electronic form, and whether a file is one of them.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { commandIdSchema, idSchema } from './primitives.ts';

export const documentLanguageSchema = z.enum(['en', 'de']);

const text = (longest: number) => z.string().max(longest).nullable();

/** What the company says of itself on its invoices. */
export const companyProfileSchema = z.object({
  legalName: text(200), postal: z.object({ line1: text(200), line2: text(200), postcode: text(20), city: text(100), region: text(100), country: text(60) }), email: text(200), vatId: text(30), taxNumber: text(40), registrationNumber: text(60),
  bank: z.object({ iban: z.string().max(50), bic: text(11), bankName: text(100), holder: text(100) }).nullable(), paymentInstructions: z.array(z.string().max(200)).max(8),
});
export type CompanyProfile = z.infer<typeof companyProfileSchema>;

export const invoiceLookSchema = z.object({
  /** At most 256 KB of image. */
  logo: z.object({ mediaType: z.enum(['image/png', 'image/jpeg']), base64: z.string().max(360_000) }).nullable(),
  accent: z.string().max(20), footer: text(200),
  /** Where the calculation of each line stands: below it, or on a sheet at the end. */
  calculation: z.enum(['beside', 'sheet']),
});
export type InvoiceLookView = z.infer<typeof invoiceLookSchema>;

export const invoiceTemplateSchema = z.object({ company: companyProfileSchema, look: invoiceLookSchema, language: documentLanguageSchema });
export type InvoiceTemplateView = z.infer<typeof invoiceTemplateSchema>;

export const missingFieldSchema = z.object({
  /** Of EN 16931: 'BR-11'. */
  rule: z.string(),
  message: z.string(),
  where: z.enum(['company', 'partner', 'contract', 'invoice']),
});
export type MissingFieldView = z.infer<typeof missingFieldSchema>;

/**
 * `issued`: the file is the one that was made. `other-version`: Daybook made it, but it is not the one in force: a draft, an earlier file, a void one.
 * `changed`: it names an invoice of ours and is none of its files. `not-ours`: it names none.
 */
export const verdictSchema = z.enum(['issued', 'other-version', 'changed', 'not-ours']);
export const verificationSchema = z.object({ verdict: verdictSchema, invoiceId: z.string().nullable(), number: z.string().nullable(), message: z.string() });
export type VerificationView = z.infer<typeof verificationSchema>;

export const documentsContract = {
  template: oc.input(z.object({})).output(invoiceTemplateSchema.extend({ /** Of the gateway account, printed where the company has set nothing. */ companyName: z.string(), partners: z.array(z.object({ partnerId: z.string(), name: z.string(), language: documentLanguageSchema.nullable() })) })),
  /** From the next draft on; what is finalised keeps what it was made with. */
  saveTemplate: oc.input(z.object({ commandId: commandIdSchema, template: invoiceTemplateSchema })).output(invoiceTemplateSchema),
  /** A made-up invoice in a template that is not saved yet, as PDF. */
  previewTemplate: oc.input(z.object({ template: invoiceTemplateSchema, kind: z.enum(['invoice', 'credit-note']).default('invoice') })).output(z.object({ bytes: z.instanceof(Uint8Array) })),
  setPartnerLanguage: oc.input(z.object({ commandId: commandIdSchema, partnerId: idSchema, /** Null: the company's own. */ language: documentLanguageSchema.nullable() })).output(z.object({ partnerId: z.string() })),
  /** What invoices lack to carry their electronic form; a finalised one with nothing missing carries it. */
  missingFields: oc.input(z.object({ ids: z.array(idSchema).min(1).max(200) })).output(z.array(z.object({ id: z.string(), name: z.string(), missing: z.array(missingFieldSchema) }))),
  /** Whether a file is one that was issued here. The file itself stays where it is: its hash and the fingerprint it carries are enough. */
  verify: oc.input(z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), fingerprint: z.string().regex(/^[0-9a-f]{64}$/).nullable() })).output(verificationSchema),
};
