import type { MailDetailView, MailRowView } from '../../shared/api/mail.contract.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { newId } from '../../main/platform/ids.ts';
import { instantText, type HumanOutput } from '../output.ts';
import type { CommandAction, CommandContext } from './command.ts';

export interface SendFlags {
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly language?: 'en' | 'de';
  readonly again?: boolean;
}

interface SentMail {
  readonly id: string;
  readonly number: string;
  readonly state: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** Exit 1 when one of them was not sent. */
export function sendInvoices(numbers: readonly string[], options: SendFlags): CommandAction {
  return async (context) => {
    const mails = [...new Set(numbers)].map((invoiceId) => ({ invoiceId, ...(options.to === undefined ? {} : { recipients: options.to }), ...(options.language ? { language: options.language } : {}), ...(options.again ? { isAgain: true } : {}) }));
    return options.dryRun ? previewSending(context, mails) : send(context, mails);
  };
}

type Requests = Parameters<CommandContext['client']['mail']['send']>[0]['mails'];

async function previewSending({ client, output }: CommandContext, mails: Requests): Promise<0 | 1> {
  const previews = await client.mail.preview({ mails });
  output.answer(previews, (out) => {
    for (const mail of previews.mails) {
      out.line(`${mail.number ?? 'Draft'} · ${mail.customerName}`);
      out.line(`  From     ${mail.from ?? 'not set up'}`);
      out.line(`  To       ${mail.recipients.join(', ') || 'nobody'}`);
      out.line(`  Subject  ${mail.subject}`);
      out.line(`  Attached ${mail.attachmentName ?? 'nothing'}`);
      for (const line of mail.body.trimEnd().split('\n')) out.line(line === '' ? '' : `    ${line}`);
      if (mail.problem) out.line(`  It cannot be sent: ${mail.problem.message} (${mail.problem.code})${mail.problem.nextStep ? `\n    ${mail.problem.nextStep}` : ''}`);
    }
    out.line('Nothing was sent.');
  });
  return previews.mails.some((mail) => mail.problem) ? 1 : 0;
}

async function send({ client, output, runJob }: CommandContext, mails: Requests): Promise<0 | 1> {
  const { queued, failed } = await client.mail.send({ commandId: newId(), mails });
  const run = queued.length > 0 ? await runJob('invoice-mail') : null;
  const outcomes: MailDetailView[] = [];
  for (const { id } of queued) outcomes.push(await client.mail.outbox.show({ id }));
  output.answer({ mails: outcomes.map(({ id, invoiceNumber, state, errorCode, errorMessage }) => ({ id, number: invoiceNumber, state, errorCode, errorMessage })), failed }, (out) => {
    printSent(out, outcomes.map((mail) => ({ ...mail, number: mail.invoiceNumber })));
    for (const failure of failed) out.line(`${failure.name}: ${failure.message} (${failure.code})${failure.nextStep ? `\n  ${failure.nextStep}` : ''}`);
    if (run && run.status !== 'succeeded') out.line(`${run.errorMessage ?? `The job ended ${run.status}.`}${run.errorCode ? ` (${run.errorCode})` : ''}`);
  });
  return failed.length === 0 && outcomes.every((mail) => mail.state === 'sent') ? 0 : 1;
}

function printSent(out: HumanOutput, mails: readonly SentMail[]): void {
  for (const mail of mails) out.line(`${mail.number}: ${stateWords[mail.state] ?? mail.state}${mail.errorMessage ? `. ${mail.errorMessage}` : ''}${mail.errorCode ? ` (${mail.errorCode})` : ''}`);
}

const stateWords: Readonly<Record<string, string>> = { waiting: 'waits to be sent', claimed: 'being sent', sending: 'being sent', 'in-doubt': 'in doubt', sent: 'sent', failed: 'not sent', cancelled: 'cancelled', bounced: 'came back' };

/** Tries the mail server that is set; exit 1 when something is wrong. */
export function testMail(options: { to?: string }): CommandAction {
  return async ({ client, output }) => {
    const { server } = await client.mail.settings.get({});
    if (!server) throw new ValidationError('mail-not-set-up', 'E-mail is not set up on this desk.', { nextStep: 'Enter the mail server in Settings, E-mail.' });
    const report = await client.mail.settings.test({ server, password: null, to: options.to ?? null });
    output.answer(report, (out) => {
      for (const check of report.checks) out.line(`${check.isFine ? 'fine' : 'NOT '} ${check.name}: ${check.message}${check.nextStep ? `\n     ${check.nextStep}` : ''}`);
    });
    return report.checks.every((check) => check.isFine) ? 0 : 1;
  };
}

export function listOutbox(options: { state?: MailRowView['state']; text?: string; limit: number }): CommandAction {
  return async ({ client, output, timeZone }) => {
    const { limit, ...filter } = options;
    const page = await client.mail.outbox.list({ limit, filter });
    output.answer({ mails: page.rows, total: page.total }, (out) => {
      out.table(page.rows, [
        { title: 'Invoice', text: (row) => row.invoiceNumber },
        { title: 'Customer', text: (row) => row.customerName },
        { title: 'State', text: (row) => stateWords[row.state] ?? row.state },
        { title: 'To', text: (row) => row.recipients },
        { title: 'Since', text: (row) => instantText(row.queuedAt, timeZone) },
        { title: 'Code', text: (row) => row.errorCode ?? '' },
        { title: 'Id', text: (row) => row.id },
      ]);
      out.line(`${page.rows.length} of ${page.total.toLocaleString('en-US')} e-mails`);
    });
    return 0;
  };
}

function decided(decide: (context: CommandContext) => Promise<MailDetailView>, isSentNow: boolean): CommandAction {
  return async (context) => {
    const { id } = await decide(context);
    if (isSentNow) await context.runJob('invoice-mail');
    const mail = await context.client.mail.outbox.show({ id });
    context.output.answer(mail, (out) => printSent(out, [{ ...mail, number: mail.invoiceNumber }]));
    return isSentNow && mail.state !== 'sent' ? 1 : 0;
  };
}

export const retryMail = (id: string): CommandAction => decided(({ client }) => client.mail.outbox.retry({ commandId: newId(), id }), true);
export const cancelMail = (id: string): CommandAction => decided(({ client }) => client.mail.outbox.cancel({ commandId: newId(), id }), false);
export const noteBounce = (id: string, options: { reason: string }): CommandAction => decided(({ client }) => client.mail.outbox.markBounced({ commandId: newId(), id, reason: options.reason }), false);

/** Of one nobody knows about. */
export function settleMail(id: string, options: { arrived?: boolean; sendAgain?: boolean }): CommandAction {
  if (Boolean(options.arrived) === Boolean(options.sendAgain)) throw new ValidationError('usage-invalid', 'Either --arrived or --send-again.', { nextStep: 'See daybook mail settle --help.' });
  const decision = options.arrived ? 'arrived' : 'send-again';
  return decided(({ client }) => client.mail.outbox.settle({ commandId: newId(), id, decision }), decision === 'send-again');
}
