/**
 * The mail server tried before anything depends on it: the line, TLS, the login, and a short e-mail where a person asks for one.
 */
import { DaybookError, toErrorOnTheWire } from '../../shared/errors/errors.ts';
import { newId } from '../platform/ids.ts';
import { messageIdOf } from './mail-entry.ts';
import type { MailSettings } from './mail-settings.ts';
import type { MailTransport } from './mailing.ports.ts';

export interface MailCheck {
  readonly name: string;
  readonly isFine: boolean;
  readonly message: string;
  readonly nextStep: string | null;
}

export interface MailTestRequest {
  readonly server: MailSettings;
  readonly password: string | null;
  /** null: no e-mail is sent. */
  readonly to: string | null;
  readonly signal: AbortSignal;
}

const lineWords: Readonly<Record<MailSettings['security'], string>> = { tls: 'TLS from the first byte, with a certificate that holds', starttls: 'TLS by STARTTLS, with a certificate that holds', none: 'without TLS: readable on its way' };

/** What was found, line by line; nothing is thrown for what a mail server may do. */
export async function testMailServer(transport: MailTransport, { server, password, to, signal }: MailTestRequest): Promise<MailCheck[]> {
  const checks: MailCheck[] = [];
  try {
    const line = await transport.open(server, password, signal);
    checks.push({ name: 'Mail server', isFine: true, message: `${server.host}:${server.port} answers, ${lineWords[server.security]}.`, nextStep: null });
    if (server.user !== null) checks.push({ name: 'Login', isFine: true, message: `${server.user} is taken.`, nextStep: null });
    if (to !== null) {
      const answer = await line.send({
        messageId: messageIdOf(newId(), server.fromAddress), from: { name: server.fromName, address: server.fromAddress }, replyTo: server.replyTo, to: [to], envelopeTo: [to], subject: 'A test from Daybook', attachment: null,
        text: 'This is a test. If you can read it, invoices can be sent from here.\n',
      });
      const word = answer.kind === 'answered' ? answer.recipients[0] : undefined;
      checks.push(word?.isAccepted
        ? { name: 'E-mail', isFine: true, message: `Taken for ${to}: ${word.response}`, nextStep: 'Look into that mailbox, and into its junk folder.' }
        : { name: 'E-mail', isFine: false, message: `${answer.kind === 'unknown' ? answer.message : (word?.response ?? answer.response)} (mail-refused)`, nextStep: 'The server’s answer says why: often it lets a login send only from its own address.' });
    }
    line.close();
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error;
    const { code, message, nextStep, data } = toErrorOnTheWire(error);
    checks.push({ name: code === 'smtp-login-refused' || code === 'smtp-password-missing' ? 'Login' : 'Mail server', isFine: false, message: `${message}${typeof data['answer'] === 'string' && data['answer'] !== '' ? ` It said: ${data['answer']}` : ''} (${code})`, nextStep });
  }
  return checks;
}
