import type { InvoiceTemplateView } from '../../shared/api/documents.contract.ts';
import type { PartnerInvoicing } from '../billing/partner-invoicing.ts';
import type { DocumentVerification } from '../documents/document-verification.ts';
import type { InvoiceDocuments } from '../documents/invoice-documents.ts';
import type { InvoiceTemplate, InvoiceTemplates } from '../documents/invoice-template.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';

export interface DocumentsHandlersDependencies {
  readonly templates: InvoiceTemplates;
  readonly documents: InvoiceDocuments;
  readonly verification: DocumentVerification;
  readonly invoicing: PartnerInvoicing;
  readonly hub: ChangeHub;
  companyName(): string;
}

export function createDocumentsHandlers({ templates, documents, verification, invoicing, hub, companyName }: DocumentsHandlersDependencies) {
  const view = ({ company, look, language }: InvoiceTemplate): InvoiceTemplateView => ({ company: { ...company, paymentInstructions: [...company.paymentInstructions] }, look, language });
  return {
    template: api.documents.template.handler(() => ({ ...view(templates.read()), companyName: companyName(), partners: templates.partners() })),
    saveTemplate: api.documents.saveTemplate.handler(async ({ input, context }) => {
      requireRole(context, 'accountant');
      const sample = templates.sample(input.template, 'invoice');
      await documents.assertLookPrints(sample.document, sample.look);
      return context.commands.once('documents.saveTemplate', input, () => {
        const saved = templates.save(input.template, { actor: context.user, requestId: input.commandId });
        hub.publish({ entity: 'settings', ids: [] });
        return view(saved);
      });
    }),
    previewTemplate: api.documents.previewTemplate.handler(async ({ input }) => {
      const { document, look } = templates.sample(input.template, input.kind);
      return { bytes: new Uint8Array(await documents.previewLook(document, look)) };
    }),
    setPartnerLanguage: api.documents.setPartnerLanguage.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('documents.setPartnerLanguage', input, () => {
        templates.setPartnerLanguage(input.partnerId, input.language);
        hub.publish({ entity: 'settings', ids: [] });
        return { partnerId: input.partnerId };
      });
    }),
    missingFields: api.documents.missingFields.handler(({ input }) =>
      input.ids.flatMap((id) => {
        const invoice = invoicing.find(id);
        return invoice ? [{ id, name: invoice.snapshot.customer.name, missing: [...documents.missingForEInvoice(invoice)] }] : [];
      }),
    ),
    verify: api.documents.verify.handler(({ input }) => verification.verify(input)),
  };
}
