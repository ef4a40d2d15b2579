/**
 * What mailing needs from outside its room.
 */
import type { ReportDocument } from '../../shared/documents/report-document.ts';
import type { WritableDatabase } from '../database/handles.ts';
import type { MailDecision, MailEntry, MailOutcome, MailRequest } from './mail-entry.ts';
import type { MailLanguage } from './mail-template.ts';

/** Where and how this desk reaches its mail server. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte; `starttls`: asked for and required; `none`: readable by whoever is on the way. */
  readonly security: 'tls' | 'starttls' | 'none';
  /** null: the server wants no login. */
  readonly user: string | null;
  /** A file with the authority that signed the server's certificate, as PEM; null: the public ones. */
  readonly authorityFile: string | null;
}

export interface OutgoingMail {
  readonly messageId: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo: string | null;
  /** Everyone it is written to, as the header names them. */
  readonly to: readonly string[];
  /** Those it goes to with this attempt. */
  readonly envelopeTo: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly attachment: { readonly fileName: string; readonly bytes: Uint8Array } | null;
}

/**
 * What the server said. `answered`: to each address its own word, `isAccepted` only when the whole message was taken; `isPermanent` of a refusal is the first digit of its code. `unknown`: the line was
 * lost after the message had begun, and before the server answered.
 */
export type DeliveryAnswer =
  | { readonly kind: 'answered'; readonly response: string; readonly recipients: readonly { readonly address: string; readonly isAccepted: boolean; readonly isPermanent: boolean; readonly response: string }[] }
  | { readonly kind: 'unknown'; readonly message: string };

/** A line to the mail server, logged in, on which nothing was sent yet. */
export interface MailLine {
  send(mail: OutgoingMail): Promise<DeliveryAnswer>;
  close(): void;
}

/** `integrations/smtp/smtp-transport.ts`. */
export interface MailTransport {
  /**
   * Connects, makes the line safe as the settings say, and logs in.
   * @throws ProviderError or PermissionError with a code `smtp-…`: the desk's trouble, not that of one e-mail.
   */
  open(server: MailServer, password: string | null, signal: AbortSignal): Promise<MailLine>;
}

/**
 * Where e-mails wait and are taken from: the shared database's server functions, or the local twin. Errors carry the codes `mail-not-found`, `mail-open`, `mail-outdated`, `mail-state`, `mail-lease-lost`,
 * `mail-invoice-state`.
 */
export interface MailOutbox {
  readonly kind: 'shared' | 'local';
  /** As it stands there; null: it is not known there. */
  find(id: string): Promise<MailEntry | null>;
  /** Idempotent by id: `unchanged` answers what stands. */
  queue(request: MailRequest, requestId: string): Promise<{ readonly outcome: 'changed' | 'unchanged'; readonly mail: MailEntry }>;
  /** The oldest that is due, for this desk alone until the lease ends; null: nothing is. */
  claim(ttlMs: number): Promise<MailEntry | null>;
  /** Said before the message goes to a server. @throws `mail-lease-lost`, `mail-invoice-state`: then nothing may be sent. */
  handOver(mail: MailEntry, attachmentSha256: string): Promise<MailEntry>;
  settle(mail: MailEntry, outcome: MailOutcome): Promise<MailEntry>;
  decide(id: string, decision: MailDecision, reason: string | null, requestId: string): Promise<MailEntry>;
}

/** What an e-mail says of an invoice. */
export interface InvoiceForMail {
  readonly id: string;
  readonly number: string | null;
  readonly status: string;
  readonly customerName: string;
  /** The e-mail of the customer snapshot, as it stands there: one address or several. */
  readonly email: string | null;
  readonly language: MailLanguage;
  readonly billingMonth: string;
  readonly issueDate: string | null;
  readonly dueDate: string | null;
  readonly currency: string;
  readonly totalMinor: number;
  readonly openMinor: number;
  readonly purchaseOrderNumber: string | null;
  readonly paymentInstructions: readonly string[];
  readonly senderName: string;
  readonly totalsFingerprint: string;
}

/** The invoices, as mailing sees them. */
export interface InvoicesForMail {
  find(id: string): InvoiceForMail | null;
  /** The stored PDF after its hash and totals were checked. @throws StorageError `document-altered`. */
  pdf(id: string): Promise<{ readonly fileName: string; readonly bytes: Uint8Array }>;
  /** finalised → sent; idempotent, and one that has gone further stays where it is. */
  markSent(id: string, actor: string): Promise<void>;
}

/** Who did what: `audit/audit-log.ts`. */
export interface AuditPort {
  append(database: WritableDatabase, entry: { readonly entity: string; readonly entityId: string; readonly action: string; readonly actor: string; readonly diff: Record<string, string | number | null>; readonly requestId?: string | undefined }): void;
}

/** Small settings of this desk: `database/preferences.ts`. */
export interface SettingsPort {
  get(name: string): string | undefined;
  keep(wanted: Readonly<Record<string, string | undefined>>): void;
}

/** Reports, as mailing sees them: made, and kept once they are sent. */
export interface ReportsForMail {
  make(month: string): Promise<{ readonly fileName: string; readonly bytes: Uint8Array; readonly report: ReportDocument }>;
  /** Keeps what is about to be sent. @throws StorageError `disk-full`, `document-not-written`. */
  keep(name: string, bytes: Uint8Array): Promise<{ readonly location: string; readonly sha256: string }>;
  /** null: it is gone. @throws StorageError `document-unreadable`. */
  open(location: string): Promise<{ readonly bytes: Uint8Array; readonly sha256: string } | null>;
}
