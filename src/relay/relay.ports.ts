/** What the relay needs from outside: the shared inbox. Implemented in integrations/postgres. */

export type WebhookGateway = 'stripe' | 'paystack';
export type WebhookMode = 'live' | 'test';

/** The ledger the inbox belongs to: events of other accounts and modes have no place in it. */
export interface RelayLedger {
  readonly gateway: string;
  readonly gatewayAccount: string;
  readonly mode: WebhookMode;
  /** Whether the login may read the company's documents: more than a relay needs. */
  readonly mayReadBooks: boolean;
}

/** An event whose signature was checked. */
export interface ReceivedEvent {
  readonly gateway: WebhookGateway;
  /** Tells duplicates apart from events: the gateway's own id, or what stands for it. */
  readonly id: string;
  readonly type: string;
  readonly mode: WebhookMode;
  /** Where the gateway names one. */
  readonly account: string | null;
  readonly apiVersion: string | null;
  /** The gateway's own time, epoch seconds, where it gives one. */
  readonly occurredAtSeconds: number | null;
  /** As received. */
  readonly body: Uint8Array;
}

/**
 * Both methods throw ProviderError (`postgres-unreachable`, `postgres-not-migrated`, `shared-ledger-missing`, `postgres-error`), PermissionError
 * (`postgres-not-permitted`, `postgres-login-refused`) or ValidationError (`webhook-of-another-ledger`).
 */
export interface WebhookInbox {
  ledger(): Promise<RelayLedger>;
  /**
   * Stores what is new of a batch, all or nothing, and resolves once it is committed and flushed. Doing it twice is doing it once.
   * @returns how many of each gateway were new; a gateway without any is absent.
   */
  store(events: readonly ReceivedEvent[]): Promise<ReadonlyMap<WebhookGateway, number>>;
  close(): Promise<void>;
}
