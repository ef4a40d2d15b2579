/**
 * Rehearsals of other terms (contract-rehearsal.ts). Billing a month: 500 partners over 1,000,000 usage rows. The reference of rating is one bare GROUP BY over the same usage; that of finalising, the same
 * rows (invoices, entries, postings, audit) by bare prepared statements in as many durable commits of 100 invoices: drafts, their record, numbers, entries.
 */
import { createDemoLogins, startPostgres, withClient } from '../sandbox/postgres.ts';
import { openPostgres } from '../src/main/integrations/postgres/connection.ts';
import { createPostgresInvoiceRegister } from '../src/main/integrations/postgres/invoice-register.ts';
import { migratePostgres } from '../src/main/integrations/postgres/postgres-migrations.ts';
import { measureRehearsal } from './contract-rehearsal.ts';
import { billedPeriod, openPartnerLedger, type PartnerLedger } from './partner-ledger.ts';
import { fastest, timed, type Measure } from './measure.ts';

const partners = 500;
const usageRows = 1_000_000;
const goalPerSecond = 1_000;
const finalisedAtOnce = 2_000;
const perCommit = 100;

export async function measure(): Promise<Measure[]> {
  return [...(await measureBilling()), ...(await measureFinalising()), ...(await measureRehearsal())];
}

/** Drafts finalised together as the run sheet does, without their PDFs: looked at again, number, state, entry, audit row of each. */
async function measureFinalising(): Promise<Measure[]> {
  using ledger = openPartnerLedger(finalisedAtOnce, 0);
  const own = await finaliseDrafts(ledger);
  const { finaliseMs: bareMs } = await insertAgain(ledger);
  const shared = await measureShared();
  return [{
    name: `finalising ${finalisedAtOnce.toLocaleString('en-US')} drafts without PDF, a second, at a desk of its own`, unit: '/s', ours: own.perSecond, reference: goalPerSecond, ratio: own.perSecond / goalPerSecond, goal: `≥ ${goalPerSecond.toLocaleString('en-US')}/s`, holds: own.perSecond >= goalPerSecond,
    note: `100 a transaction; ${own.cpuMs.toFixed(2)} ms of processor time each; the same rows by bare statements ${Math.round((finalisedAtOnce * 1_000) / bareMs).toLocaleString('en-US')}/s; where a shared PostgreSQL gives the numbers ${Math.round(shared.perSecond).toLocaleString('en-US')}/s`,
  }];
}

async function finaliseDrafts(ledger: PartnerLedger): Promise<{ perSecond: number; cpuMs: number }> {
  const { succeeded, failed } = await ledger.invoicing.run({ period: billedPeriod, actor: 'bench' });
  if (failed.length > 0) throw new Error(`${failed.length} drafts failed: ${failed[0]?.message}`);
  const ids = succeeded.map(({ invoiceId }) => invoiceId ?? '');
  const before = process.cpuUsage();
  const ms = await timed(() => ledger.invoicing.finaliseAll(ids, { actor: 'bench' }));
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (ids.length * 1_000) / ms, cpuMs: (user + system) / 1_000 / ids.length };
}

/** The same where a shared database gives the numbers: its share is the server's, on the same two cores. */
async function measureShared(): Promise<{ perSecond: number }> {
  const server = await startPostgres();
  try {
    const ownerUrl = await server.createDatabase('billing');
    await migratePostgres(ownerUrl);
    const { accountantUrl } = await createDemoLogins(ownerUrl);
    const connection = openPostgres({ url: accountantUrl });
    using ledger = openPartnerLedger(partners, 0, createPostgresInvoiceRegister(connection));
    const rows = ledger.database.connection.prepare('SELECT p.id AS partnerId, p.name, c.id, c.api_key_prefix AS prefix, c.pricing_model AS model, c.currency, c.effective_from AS since FROM partners p JOIN partner_contracts c ON c.partner_id = p.id').all() as Record<string, string>[];
    await withClient(ownerUrl, async (client) => {
      for (const row of rows) {
        await client.query('INSERT INTO daybook.partners (id, name, tax_treatment) VALUES ($1, $2, $3)', [row['partnerId'], row['name'], 'standard']);
        await client.query('INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, currency, effective_from) VALUES ($1, $2, $3, $4, $5, $6)', [row['id'], row['partnerId'], row['prefix'], row['model'], row['currency'], row['since']]);
      }
    });
    const finalised = await finaliseDrafts(ledger);
    await connection.close();
    return finalised;
  } finally {
    await server.stop();
  }
}

async function measureBilling(): Promise<Measure[]> {
  using ledger = openPartnerLedger(partners, usageRows);
  const grouped = ledger.database.connection.prepare("SELECT api_key_prefix, meter, sum(quantity) FROM api_usage WHERE occurred_at >= ? AND occurred_at < ? GROUP BY api_key_prefix, meter");
  const bounds = [Date.parse('2026-10-01T04:00:00Z'), Date.parse('2026-11-01T04:00:00Z')];
  const groupMs = await fastest(3, () => grouped.all(...bounds));
  const previewMs = await fastest(3, () => ledger.invoicing.preview({ period: billedPeriod }));
  const finaliseMs = await timed(() => ledger.invoicing.run({ period: billedPeriod, finalise: true, actor: 'bench' }));
  const againMs = await timed(() => ledger.invoicing.run({ period: billedPeriod, finalise: true, actor: 'bench' }));
  const bare = await insertAgain(ledger);
  const bareMs = bare.draftMs + bare.finaliseMs;
  return [
    { name: `preview of ${partners} partners over ${usageRows.toLocaleString('en-US')} usage rows`, unit: 'ms', ours: previewMs, reference: groupMs, ratio: previewMs / groupMs, goal: '≤ 3', holds: previewMs / groupMs <= 3, note: 'reference: one GROUP BY over the usage' },
    { name: `finalising ${partners} partner invoices`, unit: 'ms', ours: finaliseMs, reference: bareMs, ratio: bareMs / finaliseMs, goal: '≥ 0.3', holds: bareMs / finaliseMs >= 0.3, note: 'reference: the same rows by bare statements, in as many durable commits, 100 invoices each' },
    { name: 'a second run that changes nothing', unit: 'ms', ours: againMs, reference: finaliseMs, ratio: againMs / finaliseMs, goal: '≤ 0.5', holds: againMs / finaliseMs <= 0.5 },
  ];
}

/**
 * The rows of a finished run into an empty ledger by bare statements, 100 invoices a commit: drafts, their audit rows, finalised, entries with postings and audit rows.
 * @returns milliseconds for the first two of these, and for the last two.
 */
async function insertAgain(source: PartnerLedger): Promise<{ draftMs: number; finaliseMs: number }> {
  using target = openPartnerLedger(1, 0);
  const { connection } = target.database;
  const read = (text: string): unknown[][] => source.database.connection.prepare(text).raw().all() as unknown[][];
  for (const account of read('SELECT * FROM accounts')) connection.prepare('INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?)').run(account);
  const [invoices, entries, postings, audits] = [read('SELECT * FROM invoices ORDER BY rowid'), read('SELECT * FROM journal_entries ORDER BY ledger_sequence'), read('SELECT * FROM posting_lines'), read('SELECT * FROM audit_log ORDER BY sequence')];
  const postingsOf = Map.groupBy(postings, ([sequence]) => sequence);
  const insertInto = (table: string, [row = []]: unknown[][]) => connection.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`);
  const insert = { invoice: insertInto('invoices', invoices), entry: insertInto('journal_entries', entries), posting: insertInto('posting_lines', postings), audit: insertInto('audit_log', audits) };
  const finalise = connection.prepare('UPDATE invoices SET version = version + 1 WHERE id = ?');
  const commit = (work: () => void): void => {
    connection.exec('BEGIN IMMEDIATE');
    work();
    connection.exec('COMMIT');
  };
  const ms = { draftMs: 0, finaliseMs: 0 };
  for (let at = 0; at < invoices.length; at += perCommit) {
    const shareOf = (rows: readonly unknown[][]): readonly unknown[][] => rows.slice(Math.floor((at * rows.length) / invoices.length), Math.floor(((at + perCommit) * rows.length) / invoices.length));
    const [some, auditRows] = [invoices.slice(at, at + perCommit), shareOf(audits)];
    ms.draftMs += await timed(() => {
      commit(() => some.forEach((invoice) => insert.invoice.run(invoice)));
      commit(() => auditRows.slice(0, some.length).forEach((audit) => insert.audit.run(audit)));
    });
    ms.finaliseMs += await timed(() => {
      commit(() => some.forEach((invoice) => finalise.run(invoice[0])));
      commit(() => {
        for (const entry of shareOf(entries)) {
          for (const posting of postingsOf.get(entry[0]) ?? []) insert.posting.run(posting);
          insert.entry.run(entry);
        }
        for (const audit of auditRows.slice(some.length)) insert.audit.run(audit);
      });
    });
  }
  return ms;
}
