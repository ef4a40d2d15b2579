/** What a mail server or the way to it did, in the house's words. */
import { DaybookError, PermissionError, ProviderError } from '../../../shared/errors/errors.ts';
import type { MailServer } from '../../mailing/mailing.ports.ts';

/** An error as nodemailer hands it over. */
export interface SmtpFailure extends Error {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly recipient?: string | undefined;
  readonly rejectedErrors?: readonly SmtpFailure[] | undefined;
}

const certificateCodes = /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const certificateWords = /certificate|altnames/i;

/** Before a message was begun: connecting, making the line safe, login. */
export function toSmtpError(error: unknown, server: Pick<MailServer, 'host' | 'port' | 'security'>): unknown {
  if (error instanceof DaybookError || !(error instanceof Error)) return error;
  const failure = error as SmtpFailure;
  const place = `${server.host}:${server.port}`;
  const provider = 'smtp';
  if (certificateCodes.test(failure.originalCode ?? '') || certificateCodes.test(failure.code ?? '') || ((failure.code === 'ETLS' || failure.code === 'ESOCKET') && certificateWords.test(failure.message))) {
    return new ProviderError('smtp-certificate-refused', `The mail server ${place} did not show a certificate that can be trusted. Nothing was sent, no password either.`, {
      provider, isRetryable: false, cause: error, nextStep: 'Check that the host’s name is the one in the certificate; for a server of your own, name the file of its authority.',
    });
  }
  if (failure.code === 'ETLS' || failure.command === 'STARTTLS' || (failure.code === 'ESOCKET' && /SSL|wrong version/i.test(failure.message))) {
    return new ProviderError('smtp-tls-failed', `The mail server ${place} did not make the line safe. Nothing was sent, no password either.`, {
      provider, isRetryable: false, cause: error, nextStep: server.security === 'tls' ? 'TLS from the first byte is port 465; try STARTTLS on port 587.' : 'The server offers no STARTTLS here; try TLS on port 465.',
    });
  }
  if (failure.code === 'EAUTH' || failure.code === 'ENOAUTH') {
    const isForNow = failure.responseCode !== undefined && failure.responseCode < 500;
    return isForNow
      ? new ProviderError('smtp-busy', `The mail server ${place} takes no login at the moment.`, { provider, isRetryable: true, cause: error, data: { answer: answerOf(failure) }, nextStep: 'Daybook tries again by itself.' })
      : new PermissionError('smtp-login-refused', `The mail server ${place} refused the login.`, { cause: error, data: { answer: answerOf(failure) }, nextStep: 'Check login and password in Settings, E-mail; many providers want a password made for programs.' });
  }
  if (failure.responseCode !== undefined) {
    return new ProviderError('smtp-refused', `The mail server ${place} refused the connection.`, { provider, isRetryable: failure.responseCode < 500, cause: error, data: { answer: answerOf(failure) }, nextStep: 'Its answer says why; Daybook tries again by itself.' });
  }
  return new ProviderError('smtp-unreachable', `The mail server ${place} cannot be reached.`, { provider, isRetryable: true, cause: error, data: { reason: failure.originalCode ?? failure.code ?? 'unknown' }, nextStep: 'Check host and port, and the network. E-mails wait, and Daybook tries again by itself.' });
}

/** The server's words on one line; what it repeated of a login was covered before (secret-cover.ts). */
function answerOf(failure: SmtpFailure): string {
  return (failure.response ?? '').replace(/\s+/g, ' ').trim().slice(0, 300);
}
