/**
 * The local twin of the shared database's e-mail outbox (migrations/postgres/0022), for a desk that works alone: the same rules, the same codes, in SQLite.
 */
import { ConflictError, NotFoundError, StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import type { UnitOfWork, WritableDatabase } from '../database/handles.ts';
import { openStates, stateAfter, type MailDecision, type MailEntry, type MailOutcome, type MailRecipient, type MailRequest } from './mail-entry.ts';
import { findDueMail, findMail, listMailOfInvoice, listStrandedMail, saveMail } from './mail-outbox.repository.ts';
import type { InvoicesForMail, MailOutbox } from './mailing.ports.ts';

export interface LocalMailOutboxDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** The person signed in at this desk. */
  readonly user: string;
  /** Names the process among those that claim. */
  readonly desk: string;
  readonly invoices: Pick<InvoicesForMail, 'find'>;
  /** @throws ValidationError `postgres-not-connected` where the ledger is a shared one: its own outbox alone may say who sends what. */
  assertAlone(): void;
}

const stranded = 'The process that sent it ended before it said what became of it.';

export function createLocalMailOutbox(dependencies: LocalMailOutboxDependencies): MailOutbox {
  const { unitOfWork, clock, user, desk, invoices, assertAlone } = dependencies;

  /** Writes the next version with one more line of its history. */
  function change(database: WritableDatabase, mail: MailEntry, changes: Partial<MailEntry>, action?: string, note: string | null = null): MailEntry {
    const events = action === undefined ? mail.events : [...mail.events, { at: clock.now(), actor: user, action, note: note?.slice(0, 500) ?? null }];
    const next = { ...mail, ...changes, events, version: mail.version + 1 };
    saveMail(database, next);
    return next;
  }

  function queue(database: WritableDatabase, request: MailRequest): { outcome: 'changed' | 'unchanged'; mail: MailEntry } {
    const known = findMail(database, request.id);
    if (known) return { outcome: 'unchanged', mail: known };
    assertSendable(invoices, request.invoiceId, request.totalsFingerprint);
    const others = listMailOfInvoice(database, request.invoiceId);
    if (others.some((other) => openStates.includes(other.state))) throw new StateError('mail-open', 'An e-mail of this invoice is under way already.', { nextStep: 'See the outbox.' });
    if (request.sequence !== others.length + 1) throw new ConflictError('mail-outdated', 'This invoice was sent meanwhile.', { nextStep: 'Look at it again.' });
    const { note, recipients, ...rest } = request;
    const now = clock.now();
    const mail: MailEntry = {
      ...rest, state: 'waiting', recipients: recipients.map((address) => ({ address, state: 'waiting', response: null })), attempts: 0, nextAttemptAt: now, fencingNumber: 0, claimedBy: null, leaseExpiresAt: null, errorCode: null, errorMessage: null,
      queuedBy: user, queuedAt: now, sentAt: null, attachmentSha256: null, events: [{ at: now, actor: user, action: 'mail-queued', note }], version: 1,
    };
    saveMail(database, mail);
    return { outcome: 'changed', mail };
  }

  function claim(database: WritableDatabase, ttlMs: number): MailEntry | null {
    const now = clock.now();
    for (const lost of listStrandedMail(database, now)) change(database, lost, { state: 'in-doubt', errorCode: 'mail-in-doubt', errorMessage: stranded }, 'mail-in-doubt', stranded);
    const due = findDueMail(database, now);
    return due ? change(database, due, { state: 'claimed', fencingNumber: due.fencingNumber + 1, claimedBy: desk, leaseExpiresAt: now + ttlMs }) : null;
  }

  function handOver(database: WritableDatabase, held: MailEntry, attachmentSha256: string): MailEntry {
    const mail = mustHold(database, held, ['claimed']);
    if ((mail.leaseExpiresAt ?? 0) <= clock.now()) throw leaseLost();
    assertSendable(invoices, mail.invoiceId, mail.totalsFingerprint);
    return change(database, mail, { state: 'sending', attempts: mail.attempts + 1, attachmentSha256 });
  }

  function settle(database: WritableDatabase, held: MailEntry, outcome: MailOutcome): MailEntry {
    const mail = mustHold(database, held, ['claimed', 'sending', 'in-doubt']);
    if (outcome.state === 'sent' && mail.state === 'claimed') throw new StateError('mail-state', 'This cannot have become of the e-mail.');
    const { state, errorCode, errorMessage } = outcome;
    return change(database, mail, {
      state, errorCode, errorMessage, recipients: outcome.recipients ?? mail.recipients, nextAttemptAt: state === 'waiting' ? clock.now() + (outcome.delayMs ?? 0) : null, claimedBy: null, leaseExpiresAt: null, sentAt: state === 'sent' ? clock.now() : null,
    }, `mail-${state}`, outcome.note);
  }

  function decide(database: WritableDatabase, id: string, decision: MailDecision, reason: string | null): MailEntry {
    const mail = mustFind(database, id);
    const state = stateAfter(mail.state, decision);
    if (!state) throw new StateError('mail-state', `An e-mail that is ${mail.state} does not take this.`, { nextStep: 'Look at it again: it has changed meanwhile.' });
    if (decision === 'bounced' && (reason ?? '').trim().length < 3) throw new ValidationError('mail-reason-missing', 'Noting that it came back needs a reason.', { nextStep: 'Give at least three letters: what the returned e-mail says.' });
    if (state === 'waiting' && listMailOfInvoice(database, mail.invoiceId).some((other) => other.sequence > mail.sequence)) throw new ConflictError('mail-outdated', 'A later e-mail of this invoice stands in its place.', { nextStep: 'Look at that one.' });
    const isBounce = state === 'bounced';
    return change(database, mail, {
      state, errorCode: isBounce ? 'mail-bounced' : null, errorMessage: isBounce ? (reason ?? '').trim() : null, attempts: mail.state === 'failed' ? 0 : mail.attempts, nextAttemptAt: state === 'waiting' ? clock.now() : null,
      sentAt: state === 'sent' ? clock.now() : isBounce ? mail.sentAt : null, claimedBy: null, leaseExpiresAt: null, fencingNumber: mail.fencingNumber + 1,
      recipients: decision === 'bounced' || decision === 'cancel' ? mail.recipients : mail.recipients.map((each) => recipientAfter(each, state === 'sent')),
    }, `mail-${decision}`, reason?.trim() || null);
  }

  async function alone<Result>(name: string, work: (database: WritableDatabase) => Result): Promise<Result> {
    assertAlone();
    return unitOfWork.run(name, work);
  }

  return {
    kind: 'local',
    find: (id) => alone('mail.find', (database) => findMail(database, id) ?? null),
    queue: (request) => alone('mail.queue', (database) => queue(database, request)),
    claim: (ttlMs) => alone('mail.claim', (database) => claim(database, ttlMs)),
    handOver: (mail, sha256) => alone('mail.hand-over', (database) => handOver(database, mail, sha256)),
    settle: (mail, outcome) => alone('mail.settle', (database) => settle(database, mail, outcome)),
    decide: (id, decision, reason) => alone('mail.decide', (database) => decide(database, id, decision, reason)),
  };
}

function recipientAfter(recipient: MailRecipient, hasArrived: boolean): MailRecipient {
  if (recipient.state === 'accepted') return recipient;
  return hasArrived ? { ...recipient, state: 'accepted' } : { ...recipient, state: 'waiting', response: null };
}

function mustFind(database: WritableDatabase, id: string): MailEntry {
  const mail = findMail(database, id);
  if (!mail) throw new NotFoundError('mail-not-found', 'There is no such e-mail.', { data: { id }, nextStep: 'See daybook mail outbox.' });
  return mail;
}

function mustHold(database: WritableDatabase, held: MailEntry, states: readonly MailEntry['state'][]): MailEntry {
  const mail = mustFind(database, held.id);
  if (!states.includes(mail.state) || mail.fencingNumber !== held.fencingNumber) throw leaseLost();
  return mail;
}

const leaseLost = (): ConflictError => new ConflictError('mail-lease-lost', 'Another process has taken this e-mail over.', { nextStep: 'Nothing needs to be done: the outbox says what became of it.' });

/** @throws StateError `mail-invoice-state` unless the invoice is finalised and says what it said when the e-mail was written. */
export function assertSendable(invoices: Pick<InvoicesForMail, 'find'>, invoiceId: string, totalsFingerprint: string): void {
  const invoice = invoices.find(invoiceId);
  if (!invoice || invoice.number === null || invoice.status === 'draft' || invoice.status === 'void' || invoice.totalsFingerprint !== totalsFingerprint) {
    throw new StateError('mail-invoice-state', 'Only a finalised invoice is sent, exactly as it stands.', { data: { id: invoiceId, status: invoice?.status ?? null }, nextStep: 'Finalise it first; one that was voided is not sent any more.' });
  }
}
