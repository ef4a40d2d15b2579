/** The shared inbox as a desk reads it: what `daybook relay` received. Implemented in integrations/postgres. */

export interface SharedInboxRow {
  /** Without holes, visible in its order: whoever has read up to one of them has missed none before it. */
  readonly sequence: number;
  readonly gateway: string;
  /** The gateway's own id of the event, or what the relay tells it by. */
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string | null;
  /** The gateway's own time, epoch milliseconds, where it gives one. */
  readonly occurredAt: number | null;
  /** Epoch milliseconds: first seen. */
  readonly receivedAt: number;
  /** As the gateway sent it. */
  readonly body: string;
}

export interface SharedInboxPage {
  readonly rows: readonly SharedInboxRow[];
  /** The last number there is. */
  readonly newest: number;
}

export interface SharedInboxQuery {
  readonly after: number;
  /** Inclusive; to the end when absent. */
  readonly upTo?: number;
  /** Leaves this gateway's events out. */
  readonly exceptGateway?: string;
}

/** Both throw ProviderError `postgres-unreachable` or `postgres-not-migrated`, or PermissionError `postgres-not-permitted`. */
export interface SharedInboxSource {
  /** The next rows in their order, as many as fit into one page; none when there are no more. */
  page(query: SharedInboxQuery): Promise<SharedInboxPage>;
  /** The last number given out before that instant (epoch milliseconds); the newest there is for null. */
  lastBefore(instant: number | null): Promise<number>;
}
