/** Fills the company's own tables in the shared PostgreSQL, and the demo's partners and contracts. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { nowSeconds, reportingTimeZone } from './calendar.ts';
import { priceNumbered, productNumbered } from './catalog.ts';
import type { Company } from './company.ts';
import type { SubscriptionFact } from './facts.ts';
import { paymentRows } from './payment-history.ts';
import { createRandom } from './random.ts';
import { companyName, statusOf } from './render/catalog-objects.ts';

type Cell = string | number | null;

/** One line of COPY's text format. */
function copyLine(cells: readonly Cell[]): string {
  const written = cells.map((cell) =>
    cell === null
      ? '\\N'
      : String(cell).replace(/[\\\t\n\r]/g, (character) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[character] ?? character),
  );
  return `${written.join('\t')}\n`;
}

async function copyRows(client: Client, table: string, columns: readonly string[], rows: Iterable<readonly Cell[]>): Promise<void> {
  const target = client.query(copyFrom(`COPY daybook.${table} (${columns.join(', ')}) FROM STDIN`));
  await pipeline(Readable.from(chunksOf(rows)), target);
}

/** A few hundred rows a chunk: one write per row would be ten times slower. */
function* chunksOf(rows: Iterable<readonly Cell[]>): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += copyLine(row);
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') {
    yield chunk;
  }
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Hundred-millionths as a decimal string; no float touches a price. */
function decimal(hundredMillionths: number): string {
  const digits = String(hundredMillionths).padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

function decimalRate(micros: number): string {
  const digits = String(micros).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/**
 * Fills an empty shared database (its schema applied) with the company's rows, in one transaction. A filled one is left as it is; one that
 * belongs to another company is refused.
 */
export async function fillCompanyTables(ownerUrl: string, company: Company): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    const filled = await client.query<{ gateway_account: string }>('SELECT gateway_account FROM daybook.ledger');
    const account = filled.rows[0]?.gateway_account;
    if (account === undefined) {
      await fillAll(client, company);
    } else if (account !== company.world.ids.accountId) {
      throw new Error(`This database holds the ledger of ${account}, not of ${company.world.ids.accountId}: use a fresh one.`);
    }
    await client.query('COMMIT');
    if (account === undefined) {
      await client.query('ANALYZE'); // a bulk load leaves the planner blind until the next autovacuum
    }
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    await client.end();
  }
}

async function fillAll(client: Client, company: Company): Promise<void> {
  const { world } = company;
  await client.query(
    `INSERT INTO daybook.ledger (id, company_name, gateway, gateway_account, mode, functional_currency, reporting_time_zone, created_at, fixed_present)
     VALUES ($1, $2, 'stripe', $3, 'test', 'usd', $4, $5, $5)`,
    [world.ids.uuidOf('ledger'), companyName, world.ids.accountId, reportingTimeZone, instant(nowSeconds)],
  );
  await fillPartners(client, company);
  await fillUsage(client, company);
  await fillPayments(client, company);
  await fillSubscriptions(client, company);
  await copyRows(
    client,
    'exchange_rates',
    ['base', 'quote', 'rate_on', 'rate'],
    world.rates.published.map((rate) => [rate.base, 'usd', rate.day, decimalRate(rate.micros)]),
  );
}

async function fillPartners(client: Client, company: Company): Promise<void> {
  const { partners } = company.partnerBook;
  const signedAt = instant(Date.UTC(2023, 9, 16, 14, 0, 0) / 1000);
  await copyRows(
    client,
    'partners',
    ['id', 'name', 'legal_name', 'billing_email', 'billing_address', 'tax_number', 'tax_treatment', 'created_at', 'updated_at'],
    partners.map((partner) => [
      partner.id,
      partner.name,
      partner.legalName,
      partner.email,
      JSON.stringify({ line1: partner.street, city: partner.city, postalCode: partner.postalCode, country: partner.country }),
      partner.vatId ?? null,
      partner.taxTreatment,
      signedAt,
      signedAt,
    ]),
  );
  await copyRows(
    client,
    'api_partner_contracts',
    ['id', 'partner_id', 'api_key_prefix', 'pricing_model', 'flat_fee_minor', 'per_deed_price', 'per_1000_price', 'currency', 'tax_rate_basis_points',
      'withholding_rate_basis_points', 'payment_terms_days', 'effective_from', 'created_at', 'updated_at'],
    partners.map((partner) => [
      partner.contractId,
      partner.id,
      partner.prefix,
      partner.model,
      partner.flatFee,
      partner.deedPrice === 0 ? null : decimal(partner.deedPrice),
      partner.blockPrice === 0 ? null : decimal(partner.blockPrice),
      partner.currency,
      partner.taxBasisPoints,
      partner.withholdingBasisPoints,
      partner.paymentTermsDays,
      '2023-11-01',
      signedAt,
      signedAt,
    ]),
  );
}

async function fillUsage(client: Client, company: Company): Promise<void> {
  await copyRows(
    client,
    'api_usage',
    ['idempotency_key', 'api_key_prefix', 'meter', 'quantity', 'occurred_at', 'received_at'],
    company.partnerBook.usage.map((row) => [row.key, row.prefix, row.meter, row.quantity, instant(row.occurredAt), instant(row.occurredAt + 2)]),
  );
  await copyRows(
    client,
    'usage_events',
    ['idempotency_key', 'user_id', 'gateway_customer_id', 'meter', 'quantity', 'occurred_at', 'received_at', 'source'],
    usageEvents(company),
  );
}

/** A little of what the product's own users did in the last days. */
function* usageEvents(company: Company): Generator<Cell[]> {
  const { world } = company;
  const random = createRandom(world.seed, 'usage-events');
  const customers = world.customers.slice(0, 200);
  for (const customer of customers) {
    for (let position = 0; position < 3; position += 1) {
      const at = nowSeconds - random.integer(60, 20 * 86_400);
      yield [
        `use/${customer.number}/${position}`,
        `user-${customer.number}`,
        world.ids.idOf('customer', customer.number),
        random.pick(['deeds_drafted', 'documents_stored', 'parcels_watched']),
        random.integer(1, 40),
        instant(at),
        instant(at + 1),
        'app',
      ];
    }
  }
}

async function fillPayments(client: Client, company: Company): Promise<void> {
  const cells = function* (): Generator<Cell[]> {
    for (const row of paymentRows(company.world, company.breakPlan)) {
      yield [
        'stripe',
        row.paymentId,
        row.transactionId,
        row.invoiceId,
        row.customerId,
        row.kind,
        row.amount,
        row.currency,
        row.status,
        row.fee,
        row.net,
        row.refunded,
        row.failureCode,
        row.failureMessage,
        row.method,
        instant(row.created),
      ];
    }
  };
  await copyRows(
    client,
    'payment_history',
    ['gateway', 'gateway_payment_id', 'gateway_balance_transaction_id', 'gateway_invoice_id', 'gateway_customer_id', 'kind', 'amount_minor', 'currency',
      'status', 'fee_minor', 'net_minor', 'refunded_minor', 'failure_code', 'failure_message', 'method', 'created_at'],
    cells(),
  );
}

function planName(priceNumber: number): string {
  const price = priceNumbered(priceNumber);
  return `${productNumbered(price.product).name}-${price.months === 12 ? 'annual' : 'monthly'}`;
}

function* historyOf(subscription: SubscriptionFact, id: string): Generator<Cell[]> {
  let before: { price: number; quantity: number } | null = null;
  for (const state of subscription.item.states) {
    if (before === null) {
      yield [id, 'started', null, planName(state.price), instant(state.from)];
    } else if (before.price !== state.price) {
      yield [id, 'plan_changed', planName(before.price), planName(state.price), instant(state.from)];
    } else if (before.quantity !== state.quantity) {
      yield [id, 'seats_changed', planName(before.price), planName(state.price), instant(state.from)];
    }
    before = state;
  }
  if (subscription.endedAt > 0) {
    yield [id, 'ended', before === null ? null : planName(before.price), null, instant(subscription.endedAt)];
  }
}

async function fillSubscriptions(client: Client, company: Company): Promise<void> {
  const { world } = company;
  const rows = function* (): Generator<Cell[]> {
    for (const subscription of world.subscriptions) {
      const state = subscription.item.states.at(-1);
      yield [
        world.ids.idOf('subscription', subscription.number),
        'stripe',
        world.ids.idOf('customer', subscription.customer.number),
        `user-${subscription.customer.number}`,
        planName(state?.price ?? 0),
        statusOf(subscription, nowSeconds),
        state?.quantity ?? 0,
        instant(subscription.created),
        subscription.endedAt > 0 ? instant(subscription.endedAt) : null,
        instant(state?.from ?? subscription.created),
      ];
    }
  };
  const history = function* (): Generator<Cell[]> {
    for (const subscription of world.subscriptions) {
      yield* historyOf(subscription, world.ids.idOf('subscription', subscription.number));
    }
  };
  await copyRows(client, 'subscriptions', ['id', 'gateway', 'gateway_customer_id', 'user_id', 'plan', 'status', 'quantity', 'started_at', 'ended_at', 'updated_at'], rows());
  await copyRows(client, 'subscription_history', ['subscription_id', 'change', 'from_plan', 'to_plan', 'changed_at'], history());
}
