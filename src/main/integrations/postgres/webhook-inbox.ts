/** The relay's side of the shared inbox: two server functions (migrations/postgres/0006), nothing else is open to its login. */
import { ProviderError } from '../../../shared/errors/errors.ts';
import type { RelayLedger, WebhookGateway, WebhookInbox } from '../../../relay/relay.ports.ts';
import { openPostgres } from './connection.ts';

/**
 * @param url a login with the role daybook_relay; a secret. Nothing is sent yet.
 * @throws ValidationError `postgres-url-invalid`.
 */
export function createWebhookInbox(url: string, allowsPlaintext = false): WebhookInbox {
  // Two connections: one commits, the other answers whether the database is there.
  const postgres = openPostgres({ url, allowsPlaintext, applicationName: 'daybook relay', maximumConnections: 2, statementTimeoutMs: 10_000, queryTimeoutMs: 12_000, lockTimeoutMs: 5_000 });
  return {
    async ledger() {
      const [row] = await postgres.query<RelayLedger & Record<string, unknown>>('SELECT gateway, gateway_account AS "gatewayAccount", mode, may_read_books AS "mayReadBooks" FROM daybook.relay_ledger()');
      if (!row) throw new ProviderError('shared-ledger-missing', 'The shared database has been prepared, but no ledger was created in it yet.', { provider: 'postgres', isRetryable: false, nextStep: 'Ask an admin to create the ledger in the shared database.' });
      return row;
    },
    async store(events) {
      const sent = events.map(({ gateway, id, type, mode, account, apiVersion, occurredAtSeconds, body }) => ({ gateway, id, type, mode, account, api_version: apiVersion, occurred_at: occurredAtSeconds, bytes: body.byteLength }));
      const rows = await postgres.query<{ gateway: WebhookGateway; stored: string }>('SELECT gateway, stored FROM daybook.receive_webhooks($1::jsonb, $2::bytea)', [JSON.stringify(sent), Buffer.concat(events.map(({ body }) => body))]);
      return new Map(rows.map((row) => [row.gateway, Number(row.stored)]));
    },
    close: () => postgres.close(),
  };
}
