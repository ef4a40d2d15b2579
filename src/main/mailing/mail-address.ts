/**
 * Addresses and header texts of e-mail. What a header is made of never holds a line break or another control character: an address, a name or a subject that does is refused, not cleaned, so that no
 * text of a partner's record can add a header or a recipient (RFC 5322 §2.2, RFC 5321 §4.1.2).
 */
import { domainToASCII } from 'node:url';
import { ValidationError } from '../../shared/errors/errors.ts';

const mostRecipients = 20;
/** Control characters, line and paragraph separators, and marks that turn the direction of what follows. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const forbiddenInHeaders = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
/** A mailbox without a name: the part before the @ in its plain form, a host of at least two labels or one of a private network. Quoted local parts and address literals are not taken. */
const mailbox = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*$/u;

export function hasForbiddenSigns(text: string): boolean {
  return forbiddenInHeaders.test(text);
}

/** A text of several lines without what cannot be seen or turns the direction of what follows: such signs in a name would make a mail server refuse the whole message, or its figures read otherwise. */
export function withoutHiddenSigns(text: string): string {
  return text.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n').replace(new RegExp(forbiddenInHeaders, 'g'), (sign) => (sign === '\n' || sign === '\t' ? sign : ''));
}

export function isMailAddress(text: string): boolean {
  return text.length <= 254 && !hasForbiddenSigns(text) && mailbox.test(text) && text.indexOf('@') <= 64;
}

/**
 * The addresses of a record's e-mail field: one, or several between commas or semicolons. The same address twice counts once, in whatever letters: a domain in letters of other scripts is the one DNS writes (RFC 5890).
 * @throws ValidationError `mail-address-missing` when there is none, `mail-address-invalid` naming the one that cannot be used, `mail-too-many-addresses` over 20.
 */
export function parseAddresses(text: string | null): string[] {
  // What stands between two separators is taken whole: a line break in the middle is no separator, and makes it no address.
  const given = (text ?? '').split(/[,;]/).map((part) => part.replace(/^ +| +$/g, '')).filter((part) => part !== '');
  if (given.length === 0) throw new ValidationError('mail-address-missing', 'There is no e-mail address to send this to.', { nextStep: 'Enter the partner’s e-mail address, or give one for this invoice.' });
  if (given.length > mostRecipients) throw new ValidationError('mail-too-many-addresses', `These are ${given.length} addresses; an invoice goes to ${mostRecipients} at most.`, { nextStep: 'Take some away, or use the customer’s distribution list.' });
  const bad = given.find((address) => !isMailAddress(address));
  if (bad !== undefined) throw new ValidationError('mail-address-invalid', `“${printable(bad)}” is not an e-mail address.`, { data: { address: printable(bad) }, nextStep: 'Correct it in the partner’s record, or give another for this invoice.' });
  const seen = new Set<string>();
  return given.filter((address) => {
    const key = keyOf(address);
    return !seen.has(key) && seen.add(key);
  });
}

/** One for all spellings of an address. */
function keyOf(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return `${address.slice(0, at)}${domainToASCII(address.slice(at)) || address.slice(at)}`.toLowerCase();
}

/**
 * A text that becomes a header: a subject, the name of a sender.
 * @throws ValidationError `mail-header-invalid` for control characters, nothing at all, or more than `most` signs.
 */
export function assertHeaderText(text: string, what: string, most: number): void {
  if (hasForbiddenSigns(text)) throw new ValidationError('mail-header-invalid', `${what} holds a line break or another sign that no header may have.`, { nextStep: 'Write it on one line.' });
  if (text.trim() === '' || text.length > most) throw new ValidationError('mail-header-invalid', `${what} has between 1 and ${most} signs.`, { nextStep: 'Shorten it, or fill it in.' });
}

/** For a sentence a person reads: what cannot be seen is shown as a point, and it is short. */
function printable(text: string): string {
  const seen = [...text].map((sign) => (hasForbiddenSigns(sign) ? '·' : sign)).join('');
  return seen.length > 80 ? `${seen.slice(0, 80)}…` : seen;
}
