/**
 * A line to a mail server, over nodemailer's SMTP connection: made safe before anything is said, logged in, and exact about whether a message was taken, refused, or nobody knows.
 */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { domainToASCII } from 'node:url';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { ValidationError } from '../../../shared/errors/errors.ts';
import type { DeliveryAnswer, MailLine, MailServer, MailTransport, OutgoingMail } from '../../mailing/mailing.ports.ts';
import { createSecretCover, type SecretCover } from './secret-cover.ts';
import { toSmtpError, type SmtpFailure } from './smtp-errors.ts';

export interface SmtpLimits {
  /** Until the line stands; until the server greets; of silence in the middle. */
  readonly connectionMs: number;
  readonly greetingMs: number;
  readonly silenceMs: number;
  /** Until the line stands, is safe and logged in, however much the server says meanwhile. */
  readonly openingMs: number;
  /** For a whole message, from its first word to the server's answer. */
  readonly messageMs: number;
}

/** Together below the lease of mail-dispatch.ts. */
const defaultLimits: SmtpLimits = { connectionMs: 20_000, greetingMs: 20_000, silenceMs: 60_000, openingMs: 180_000, messageMs: 240_000 };

export function createSmtpTransport(limits: SmtpLimits = defaultLimits): MailTransport {
  return {
    async open(server, password, signal) {
      signal.throwIfAborted();
      // Read when the first message goes out: every short command would pay for it otherwise.
      const { default: Connection } = await import('nodemailer/lib/smtp-connection');
      const connection = new Connection(connectionOptions(server, limits));
      const cover = createSecretCover(server.user, password);
      const lost = failureOf(connection, cover);
      const whenAborted = (): void => connection.close();
      signal.addEventListener('abort', whenAborted, { once: true });
      // A server that says a little now and then is never silent, and never done.
      const timer = setTimeout(whenAborted, limits.openingMs);
      try {
        await lost.during<void>((done) => connection.connect(done));
        if (server.user !== null) {
          if (password === null) throw new ValidationError('smtp-password-missing', 'The mail server wants a login, and no password for it is kept on this desk.', { nextStep: 'Enter the password in Settings, E-mail.' });
          const credentials = { user: server.user, pass: password };
          await lost.during<unknown>((done) => connection.login(credentials, done));
        }
      } catch (error) {
        connection.close();
        signal.throwIfAborted();
        throw toSmtpError(error, server);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', whenAborted);
      }
      return lineOn(connection, lost, limits, cover);
    },
  };
}

function connectionOptions(server: MailServer, limits: SmtpLimits): ConstructorParameters<typeof SMTPConnection>[0] {
  return {
    host: server.host.replace(/^\[|\]$/g, ''), port: server.port, secure: server.security === 'tls', requireTLS: server.security === 'starttls', ignoreTLS: server.security === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(server.authorityFile === null ? {} : { ca: readAuthority(server.authorityFile) }) },
    connectionTimeout: limits.connectionMs, greetingTimeout: limits.greetingMs, socketTimeout: limits.silenceMs, dnsTimeout: limits.connectionMs,
    name: 'daybook.localdomain', // the machine’s own name is nobody’s business
  };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ValidationError('smtp-authority-unreadable', 'The file with the authority of the mail server’s certificate cannot be read.', { cause, nextStep: 'Check its name in Settings, E-mail.' });
  }
}

type Done<Value> = (error?: SmtpFailure | null, value?: Value) => void;

/** Calls of the connection as promises; one that breaks in the middle tells its error event, and nobody else. */
interface Lost {
  during<Value>(call: (done: Done<Value>) => void): Promise<Value | undefined>;
}

function failureOf(connection: SMTPConnection, cover: SecretCover): Lost {
  let fail: ((error: SmtpFailure) => void) | null = null;
  let broken: SmtpFailure | null = null;
  connection.on('error', (error: SmtpFailure) => {
    broken = cover.failure(error);
    fail?.(broken);
  });
  connection.on('end', () => {
    broken ??= Object.assign(new Error('The line was closed.'), { code: 'ECONNECTION' });
    fail?.(broken);
  });
  return {
    during: (call) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        fail = reject;
        call((error, value) => {
          fail = null;
          if (error) reject(cover.failure(error));
          else resolve(value);
        });
      }),
  };
}

interface SendInfo {
  readonly accepted: readonly string[];
  readonly response: string;
  readonly rejectedErrors?: readonly SmtpFailure[] | undefined;
}

function lineOn(connection: SMTPConnection, lost: Lost, limits: SmtpLimits, cover: SecretCover): MailLine {
  return {
    async send(mail) {
      const message = await compose(mail);
      const wire: readonly WireAddress[] = mail.envelopeTo.map((address) => ({ address, sent: toWireAddress(address) }));
      let hasBegun = false;
      // The connection reads this only after the server said that it may be given the message (354): what fails before is known not to have arrived.
      const source = new Readable({
        read() {
          hasBegun = true;
          this.push(message);
          this.push(null);
        },
      });
      const timer = setTimeout(() => connection.close(), limits.messageMs);
      try {
        const to = [...new Set(wire.map(({ sent }) => sent))];
        const info = await lost.during<SendInfo>((done) => connection.send({ from: toWireAddress(mail.from.address), to, size: message.byteLength }, source, done));
        if (!info) throw new Error('The server did not answer.');
        return answerOf(wire, { ...info, response: cover.text(info.response), rejectedErrors: info.rejectedErrors?.map((error) => cover.failure(error)) });
      } catch (error) {
        return failedAnswer(wire, error as SmtpFailure, hasBegun);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => connection.quit(),
  };
}

/** An address as it was given and as the server hears it: two spellings of one are said to it once, and both have its word. */
interface WireAddress {
  readonly address: string;
  readonly sent: string;
}

function answerOf(wire: readonly WireAddress[], info: SendInfo): DeliveryAnswer {
  const refusals = new Map((info.rejectedErrors ?? []).map((error) => [error.recipient, error]));
  return {
    kind: 'answered', response: info.response,
    recipients: wire.map(({ sent, address }) => {
      const refusal = refusals.get(sent);
      if (refusal) return { address, isAccepted: false, isPermanent: isPermanent(refusal), response: wordsOf(refusal) };
      return { address, isAccepted: info.accepted.includes(sent), isPermanent: false, response: info.response };
    }),
  };
}

/** The whole message was refused, or the line was lost. After the message only 4yz and 5yz say that it was not taken (RFC 5321 §4.2.1); what else a server answers there says nothing. */
function failedAnswer(wire: readonly WireAddress[], error: SmtpFailure, hasBegun: boolean): DeliveryAnswer {
  if (hasBegun && error.responseCode === undefined) return { kind: 'unknown', message: `The line was lost while the message was handed over (${error.code ?? 'no code'}): whether it arrived is not known.` };
  if (hasBegun && !isRefusal(error)) return { kind: 'unknown', message: `The server answered the message with neither yes nor no (${wordsOf(error)}): whether it arrived is not known.` };
  const refusals = new Map((error.rejectedErrors ?? []).map((each) => [each.recipient, each]));
  return {
    kind: 'answered', response: wordsOf(error),
    recipients: wire.map(({ sent, address }) => {
      const own = refusals.get(sent) ?? error;
      return { address, isAccepted: false, isPermanent: isPermanent(own), response: wordsOf(own) };
    }),
  };
}

const isRefusal = ({ responseCode = 0 }: SmtpFailure): boolean => responseCode >= 400 && responseCode < 600;

/** 5yz, but for 503: the session was in the wrong state, and not the message. What carries no answer of the server may be tried again, unless it is an address that cannot be sent. */
function isPermanent(error: SmtpFailure): boolean {
  if (error.responseCode !== undefined) return error.responseCode >= 500 && error.responseCode < 600 && error.responseCode !== 503;
  return error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
}

function wordsOf(error: SmtpFailure): string {
  return (error.response ?? error.message).replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** The domain as DNS writes it. */
function toWireAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at + 1)}${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`;
}

async function compose(mail: OutgoingMail): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const composed = new MailComposer({
    messageId: mail.messageId, from: mail.from, to: mail.to.map((address) => ({ name: '', address })), ...(mail.replyTo === null ? {} : { replyTo: { name: '', address: mail.replyTo } }), subject: mail.subject, text: mail.text,
    attachments: mail.attachment ? [{ filename: mail.attachment.fileName, content: Buffer.from(mail.attachment.bytes), contentType: 'application/pdf' }] : [],
    disableFileAccess: true, disableUrlAccess: true, newline: 'win',
  });
  return composed.compile().build();
}
