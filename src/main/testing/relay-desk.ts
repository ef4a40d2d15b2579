/** A shared database with an inbox, its logins, and webhooks as the gateways would sign and send them. */
import { createHmac } from 'node:crypto';
import { createDemoLogins, startPostgres, withClient, type DemoLogins, type PostgresOptions, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';

export const relaySecret = 'whsec_of_the_endpoint';
export const paystackKey = 'sk_test_of_the_company';

export interface RelayDatabase {
  readonly server: RunningPostgres;
  readonly ownerUrl: string;
  readonly logins: DemoLogins;
}

/** Migrated, with a ledger of the account in test mode. */
export async function startRelayDatabase(options: PostgresOptions = {}, account = 'acct_1'): Promise<RelayDatabase> {
  const server = await startPostgres(options);
  const ownerUrl = await server.createDatabase('relay');
  await migratePostgres(ownerUrl);
  await withClient(ownerUrl, (client) =>
    client.query("INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone) VALUES (gen_random_uuid(), 'Example', 'stripe', $1, 'test', 'usd', 'UTC') ON CONFLICT DO NOTHING", [account]),
  );
  return { server, ownerUrl, logins: await createDemoLogins(ownerUrl) };
}

/** A Stripe event's body; `change` replaces fields of the event. */
export function stripeEventBody(id: string, change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ id, object: 'event', api_version: '2026-10-28.endive', created: 1_763_000_000, livemode: false, type: 'customer.updated', data: { object: { id: 'cus_1', object: 'customer', created: 1_763_000_000 } }, pending_webhooks: 1, request: null, ...change }, null, 2);
}

export function stripeSignature(body: string | Uint8Array, options: { readonly secret?: string; readonly seconds?: number } = {}): string {
  const seconds = options.seconds ?? Math.floor(Date.now() / 1000);
  return `t=${seconds},v1=${createHmac('sha256', options.secret ?? relaySecret).update(`${seconds}.`).update(body).digest('hex')}`;
}

export const paystackSignature = (body: string | Uint8Array, key = paystackKey): string => createHmac('sha512', key).update(body).digest('hex');

export interface WebhookAnswer {
  readonly status: number;
  readonly reason: string | undefined;
  readonly retryAfter: string | null;
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<WebhookAnswer> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } });
  const { reason } = (await response.json()) as { reason?: string };
  return { status: response.status, reason, retryAfter: response.headers.get('retry-after') };
}

/** As Stripe sends it, with a signature of the moment unless one is given. */
export const sendStripe = (relayUrl: string, body: string, signature = stripeSignature(body)): Promise<WebhookAnswer> => post(`${relayUrl}/webhooks/stripe`, body, { 'stripe-signature': signature });

export const sendPaystack = (relayUrl: string, body: string, signature = paystackSignature(body)): Promise<WebhookAnswer> => post(`${relayUrl}/webhooks/paystack`, body, { 'x-paystack-signature': signature });
