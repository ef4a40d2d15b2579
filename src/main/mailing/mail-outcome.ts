/**
 * What an attempt means for the e-mail: the mail server's word on each address, as a state (RFC 5321 §4.2.1: 4yz may be tried again, 5yz may not).
 */
import { mostAttempts, pauseAfter, type MailEntry, type MailOutcome, type MailRecipient } from './mail-entry.ts';
import type { DeliveryAnswer } from './mailing.ports.ts';

/** @param mail as it was handed over: its attempts count this one. */
export function outcomeOf(mail: MailEntry, answer: DeliveryAnswer): MailOutcome {
  if (answer.kind === 'unknown') {
    return { state: 'in-doubt', errorCode: 'mail-in-doubt', errorMessage: answer.message, note: answer.message };
  }
  const said = new Map(answer.recipients.map((each) => [each.address, each]));
  const recipients = mail.recipients.map((recipient): MailRecipient => {
    const word = said.get(recipient.address);
    if (!word) return recipient;
    return { address: recipient.address, state: word.isAccepted ? 'accepted' : word.isPermanent ? 'refused' : 'waiting', response: word.response.slice(0, 300) };
  });
  const waiting = recipients.filter((each) => each.state === 'waiting');
  const refused = recipients.filter((each) => each.state === 'refused');
  const hasArrived = recipients.some((each) => each.state === 'accepted');
  const complaint = [...refused, ...waiting].map((each) => `${each.address}: ${each.response ?? 'no answer'}`).join(' · ') || null;
  if (waiting.length > 0) {
    const delayMs = pauseAfter(mail.attempts);
    if (delayMs !== null) return { state: 'waiting', recipients, errorCode: 'mail-refused-for-now', errorMessage: complaint, note: complaint, delayMs };
    if (!hasArrived) return { state: 'failed', recipients, errorCode: 'mail-attempts-used-up', errorMessage: `Refused ${mostAttempts} times. ${complaint ?? ''}`.trim(), note: complaint };
  }
  if (!hasArrived) return { state: 'failed', recipients, errorCode: 'mail-refused', errorMessage: complaint, note: complaint };
  // Somebody has it. Who was refused is said beside it.
  const isWhole = refused.length + waiting.length === 0;
  return { state: 'sent', recipients, errorCode: isWhole ? null : 'mail-partly-refused', errorMessage: complaint, note: isWhole ? answer.response.slice(0, 300) : complaint };
}

/** Those an attempt goes to: who took it already is left out. */
export function openAddresses(mail: Pick<MailEntry, 'recipients'>): string[] {
  return mail.recipients.filter((each) => each.state === 'waiting').map((each) => each.address);
}
