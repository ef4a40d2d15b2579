/**
 * An e-mail of the outbox: what is sent, how far it has come, and when it is tried again (docs/adr/0023).
 */
import type { Instant } from '../../shared/calendar/time-zone.ts';
import { idFromKey } from '../platform/ids.ts';
import type { MailLanguage } from './mail-template.ts';

/**
 * `waiting` for its time; `claimed` by a desk that has handed nothing over yet; `sending` from the moment it does; `in-doubt` when nobody knows what came of that; `sent` as the mail server took it;
 * `failed` for good, or out of attempts; `cancelled` and `bounced` by a person.
 */
export const mailStates = ['waiting', 'claimed', 'sending', 'in-doubt', 'sent', 'failed', 'cancelled', 'bounced'] as const;
export type MailState = (typeof mailStates)[number];
/** In one of these no second e-mail of the invoice is begun. */
export const openStates: readonly MailState[] = ['waiting', 'claimed', 'sending', 'in-doubt'];

export interface MailRecipient {
  readonly address: string;
  readonly state: 'waiting' | 'accepted' | 'refused';
  /** What the mail server said to it. */
  readonly response: string | null;
}

export interface MailEvent {
  readonly at: Instant;
  readonly actor: string;
  readonly action: string;
  readonly note: string | null;
}

/** What a person asked for, before it lies in the outbox. */
export interface MailRequest {
  readonly id: string;
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  /** The n-th e-mail of this invoice. */
  readonly sequence: number;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly body: string;
  readonly language: MailLanguage;
  readonly attachmentName: string;
  readonly totalsFingerprint: string;
  /** With its angle brackets; the same at each attempt. */
  readonly messageId: string;
  readonly note: string | null;
}

export interface MailEntry extends Omit<MailRequest, 'recipients' | 'note'> {
  readonly state: MailState;
  readonly recipients: readonly MailRecipient[];
  /** How often it was handed over. */
  readonly attempts: number;
  readonly nextAttemptAt: Instant | null;
  readonly fencingNumber: number;
  readonly claimedBy: string | null;
  readonly leaseExpiresAt: Instant | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly queuedBy: string;
  readonly queuedAt: Instant;
  readonly sentAt: Instant | null;
  /** Of the file that was handed over. */
  readonly attachmentSha256: string | null;
  readonly events: readonly MailEvent[];
  readonly version: number;
}

/** What became of an attempt. */
export interface MailOutcome {
  readonly state: 'sent' | 'waiting' | 'failed' | 'in-doubt' | 'cancelled';
  readonly recipients?: readonly MailRecipient[];
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly note: string | null;
  /** `waiting` only: until the next attempt. */
  readonly delayMs?: number;
}

export const mailDecisions = ['retry', 'cancel', 'arrived', 'send-again', 'bounced'] as const;
export type MailDecision = (typeof mailDecisions)[number];

const decided: Readonly<Record<MailDecision, Partial<Record<MailState, MailState>>>> = {
  retry: { waiting: 'waiting', failed: 'waiting' },
  cancel: { waiting: 'cancelled', failed: 'cancelled' },
  arrived: { 'in-doubt': 'sent' },
  'send-again': { 'in-doubt': 'waiting' },
  bounced: { sent: 'bounced' },
};

/** Where a person's decision leads; undefined when the e-mail does not take it. */
export function stateAfter(state: MailState, decision: MailDecision): MailState | undefined {
  return decided[decision][state];
}

/** The id every desk derives for the n-th e-mail of an invoice. */
export function mailId(invoiceId: string, sequence: number): string {
  return idFromKey(`invoice-mail/${invoiceId}/${sequence}`);
}

/** `<id@domain>`, stable for the e-mail whatever becomes of an attempt (RFC 5322 §3.6.4). */
export function messageIdOf(id: string, senderAddress: string): string {
  return `<${id}@${senderAddress.slice(senderAddress.lastIndexOf('@') + 1)}>`;
}

const minuteMs = 60_000;
/** Between attempts: soon at first, as greylisting asks for, then over a day and a half. */
const pausesMs = [1, 5, 15, 60, 180, 360, 720, 720].map((minutes) => minutes * minuteMs);
export const mostAttempts = pausesMs.length + 1;

/** The pause after the n-th attempt, in milliseconds; null: it was the last. */
export function pauseAfter(attempts: number): number | null {
  return pausesMs[attempts - 1] ?? null;
}

const deskPausesMs = [1, 5, 15, 30, 60].map((minutes) => minutes * minuteMs);

/** How long this desk leaves its mail server alone after it could not be used n times in a row. */
export function deskPauseAfter(failures: number): number {
  return deskPausesMs[Math.min(failures, deskPausesMs.length) - 1] ?? minuteMs;
}

/** An e-mail that waited so long for a mail server fails, so that somebody looks. */
export const longestWaitMs = 3 * 24 * 60 * minuteMs;
