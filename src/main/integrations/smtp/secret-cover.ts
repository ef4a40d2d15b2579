/**
 * Covers a login in what a mail server answers. Some repeat the command they did not understand, and that command may have been the login: its words are shown to people, kept with e-mails and logged.
 */
import type { SmtpFailure } from './smtp-errors.ts';

export interface SecretCover {
  text(text: string): string;
  /** The same error, its words covered wherever they stand. */
  failure(error: SmtpFailure): SmtpFailure;
}

const covered = '…';
/** Whatever follows the name of a way to log in, whole or cut off. */
const loginCommand = /\b(AUTH\s+[A-Z0-9-]+\s+)\S+/gi;
/** Shorter ones are in every other word. */
const shortestCovered = 4;

export function createSecretCover(user: string | null, password: string | null): SecretCover {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const forms = password === null ? [] : [base64(`\u0000${user ?? ''}\u0000${password}`), base64(password), password].filter((form) => form.length >= shortestCovered);
  const text = (said: string): string => forms.reduce((rest, form) => rest.replaceAll(form, covered), said.replace(loginCommand, `$1${covered}`));
  return {
    text,
    failure(error) {
      error.message = text(error.message);
      if (error.stack !== undefined) error.stack = text(error.stack);
      const { response, rejectedErrors } = error;
      return Object.assign(error, response === undefined ? {} : { response: text(response) }, rejectedErrors === undefined ? {} : { rejectedErrors: rejectedErrors.map((each) => (each === error ? each : this.failure(each))) });
    },
  };
}
