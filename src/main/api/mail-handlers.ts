import type { MailDetailView, MailPreviewView, MailServerView, MailSettingsView } from '../../shared/api/mail.contract.ts';
import { DaybookError, NotFoundError, StateError, toErrorOnTheWire, ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import { isMailAddress } from '../mailing/mail-address.ts';
import type { InvoiceMailing, SendRequest } from '../mailing/invoice-mailing.ts';
import type { MailDecision } from '../mailing/mail-entry.ts';
import { testMailServer } from '../mailing/mail-server-test.ts';
import { assertMailSettings, type MailSettingsStore } from '../mailing/mail-settings.ts';
import { defaultTemplates, mailLanguages, placeholders, renderTemplate, type MailLanguage } from '../mailing/mail-template.ts';
import { sampleInvoice, valuesOf, type MailTexts } from '../mailing/mail-texts.ts';
import type { InvoicesForMail, MailTransport } from '../mailing/mailing.ports.ts';
import type { SecretStore } from '../platform/secrets.ts';
import { findInvoiceId, listMail, readMail } from '../reporting/mail.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole, type ApiContext } from './implementer.ts';

export interface MailHandlersDependencies {
  readonly readable: ReadableDatabase;
  readonly mail: { readonly settings: MailSettingsStore; readonly texts: MailTexts; readonly transport: MailTransport; readonly mailing: InvoiceMailing; readonly invoices: Pick<InvoicesForMail, 'find'> };
  readonly hub: ChangeHub;
  readonly secrets: SecretStore;
  /** For the server that is set; null: none. */
  keptPassword(): string | null;
  /** The environment's holds for whatever server is set. */
  readonly hasEnvironmentPassword: boolean;
  /** Starts the job that empties the outbox. */
  sendNow(): void;
}

type SettingsDependencies = Pick<MailHandlersDependencies, 'mail' | 'hub' | 'secrets' | 'keptPassword' | 'hasEnvironmentPassword'>;

function createMailSettingsHandlers({ mail, hub, secrets, keptPassword, hasEnvironmentPassword }: SettingsDependencies) {
  function settings(): MailSettingsView {
    const server = mail.settings.read();
    const pause = mail.settings.pause();
    return { server, hasPassword: server !== null && server.user !== null && keptPassword() !== null, secretStore: secrets.place, pause: pause && { until: pause.until, code: pause.code, message: pause.message } };
  }
  function publish(): void {
    for (const entity of ['mail', 'settings'] as const) hub.publish({ entity, ids: [] });
  }
  return {
    get: api.mail.settings.get.handler(() => settings()),
    save: api.mail.settings.save.handler(({ input, context }) => {
      requireRole(context, 'admin');
      return context.commands.once('mail.settings.save', input, () => {
        const { commandId: _, ...server } = input;
        mail.settings.save(server);
        publish();
        return settings();
      });
    }),
    // Not put into the command log: a secret is never stored outside its store, not even hashed.
    setPassword: api.mail.settings.setPassword.handler(async ({ input, context }) => {
      requireRole(context, 'admin');
      const server = mail.settings.read();
      if (!server) throw new StateError('mail-not-set-up', 'There is no mail server this password would be for.', { nextStep: 'Save the mail server first.' });
      await secrets.set('smtp-password', input.password);
      mail.settings.notePasswordFor(server);
      publish();
      return settings();
    }),
    test: api.mail.settings.test.handler(async ({ input, context, signal }) => {
      requireRole(context, 'admin');
      assertMailSettings(input.server);
      if (input.to !== null && !isMailAddress(input.to)) throw new ValidationError('mail-address-invalid', 'The address for the test is no e-mail address.', { nextStep: 'Correct it, or leave it empty.' });
      const isSameDoor = hasEnvironmentPassword || isSameServer(mail.settings.read(), input.server);
      const password = input.password ?? (isSameDoor ? keptPassword() : null);
      return { checks: await testMailServer(mail.transport, { server: input.server, password, to: input.to, signal: signal ?? new AbortController().signal }) };
    }),
  };
}

/** A kept password goes to no other place than the one it was entered for. */
function isSameServer(kept: MailServerView | null, typed: MailServerView): boolean {
  return kept !== null && kept.host === typed.host && kept.port === typed.port && kept.user === typed.user;
}

function createMailTemplateHandlers({ readable, mail, hub }: Pick<MailHandlersDependencies, 'readable' | 'mail' | 'hub'>) {
  return {
    get: api.mail.templates.get.handler(() => ({ templates: mailLanguages.map((language) => mail.texts.template(language)), placeholders: Object.entries(placeholders).map(([name, says]) => ({ name, says })) })),
    save: api.mail.templates.save.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('mail.templates.save', input, () => {
        const saved = mail.texts.save(input.language, { subject: input.subject, body: input.body }, { actor: context.user, requestId: input.commandId });
        hub.publish({ entity: 'mail', ids: [] });
        return saved;
      });
    }),
    preview: api.mail.templates.preview.handler(({ input }) => {
      const id = input.invoiceId === null ? undefined : findInvoiceId(readable, input.invoiceId);
      const invoice = (id === undefined ? null : mail.invoices.find(id)) ?? sampleInvoice;
      try {
        return { ...renderTemplate({ subject: input.subject, body: input.body }, valuesOf(invoice, input.language)), problem: null };
      } catch (error) {
        return { subject: '', body: '', problem: problemOf(error) };
      }
    }),
    standard: api.mail.templates.standard.handler(({ input }) => defaultTemplates[input.language satisfies MailLanguage]),
  };
}

/** A refusal a person can act on, as a value; a bug goes on its way. */
function problemOf(error: unknown): { code: string; message: string; nextStep: string | null } {
  if (!(error instanceof DaybookError) || error.kind === 'invariant') throw error;
  const { code, message, nextStep } = toErrorOnTheWire(error);
  return { code, message, nextStep };
}

export function createMailHandlers(dependencies: MailHandlersDependencies) {
  const { readable, mail, hub, sendNow } = dependencies;

  function publish(invoiceIds: readonly string[]): void {
    hub.publish({ entity: 'invoices', ids: [...invoiceIds] });
    for (const entity of ['mail', 'today'] as const) hub.publish({ entity, ids: [] });
  }
  function show(id: string): MailDetailView {
    const found = readMail(readable, id);
    if (!found) throw new NotFoundError('mail-not-found', 'There is no such e-mail.', { data: { id }, nextStep: 'Look at the outbox again.' });
    return found;
  }
  /** By id or number, as a person names an invoice. */
  function named(request: SendRequest): SendRequest {
    return { ...request, invoiceId: findInvoiceId(readable, request.invoiceId) ?? request.invoiceId };
  }
  /** A command line starts the job itself, and waits for it. */
  function startSending(context: ApiContext): void {
    if (context.host !== 'cli') sendNow();
  }
  function decide(procedure: string, input: { commandId: string; id: string; reason?: string }, decision: MailDecision, context: ApiContext): Promise<MailDetailView> {
    requireRole(context, 'accountant');
    return context.commands.once(procedure, { ...input, decision }, async () => {
      const decided = await mail.mailing.decide(input.id, decision, input.reason ?? null, { actor: context.user, requestId: input.commandId });
      publish([decided.invoiceId]);
      if (decided.state === 'waiting') startSending(context);
      return show(input.id);
    });
  }

  return {
    settings: createMailSettingsHandlers(dependencies),
    templates: createMailTemplateHandlers(dependencies),
    preview: api.mail.preview.handler(({ input, context }) => {
      requireRole(context, 'finance');
      return {
        mails: input.mails.map((request): MailPreviewView => {
          const preview = mail.mailing.preview(named(request));
          return { ...preview, recipients: [...preview.recipients] };
        }),
      };
    }),
    send: api.mail.send.handler(({ input, context }) => {
      requireRole(context, 'accountant');
      return context.commands.once('mail.send', input, async () => {
        const queued: { id: string; invoiceId: string; invoiceNumber: string }[] = [];
        const failed: ({ id: string; name: string } & ReturnType<typeof problemOf>)[] = [];
        for (const request of input.mails) {
          try {
            const { id, invoiceId, invoiceNumber } = await mail.mailing.send(named(request), { actor: context.user, requestId: input.commandId });
            queued.push({ id, invoiceId, invoiceNumber });
          } catch (error) {
            failed.push({ id: request.invoiceId, name: request.invoiceId, ...problemOf(error) });
          }
        }
        publish(queued.map((each) => each.invoiceId));
        if (queued.length > 0) startSending(context);
        return { queued, failed };
      });
    }),
    outbox: {
      list: api.mail.outbox.list.handler(({ input }) => listMail(readable, input)),
      show: api.mail.outbox.show.handler(({ input }) => show(input.id)),
      retry: api.mail.outbox.retry.handler(({ input, context }) => decide('mail.outbox.retry', input, 'retry', context)),
      cancel: api.mail.outbox.cancel.handler(({ input, context }) => decide('mail.outbox.cancel', input, 'cancel', context)),
      settle: api.mail.outbox.settle.handler(({ input, context }) => decide('mail.outbox.settle', { commandId: input.commandId, id: input.id }, input.decision, context)),
      markBounced: api.mail.outbox.markBounced.handler(({ input, context }) => decide('mail.outbox.markBounced', input, 'bounced', context)),
    },
  };
}
