/**
 * A month billed and sent from the command line by two desks of one shared ledger at once, each killed (`kill -9`) wherever it is: one invoice for each partner and month under its own number, the same books
 * at both desks, every PDF as it was issued, and each partner's e-mail once, or before a person who decides.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailServer, type TestMailServer } from '../../sandbox/mail-server.ts';
import { startPostgres, type RunningPostgres } from '../../sandbox/postgres.ts';
import { placesIn } from '../main/composition/restore-ledger.ts';
import { openDatabase } from '../main/database/open-database.ts';
import { createPreferences } from '../main/database/preferences.ts';
import { createMailSettingsStore } from '../main/mailing/mail-settings.ts';
import { silentLogger } from '../main/platform/logger.ts';
import { openCliDesk, startDaybook, type CliDesk, type Environment, type StartedCommand } from '../main/testing/cli-desk.ts';
import { inForm, seededRandom } from '../main/testing/fault-form.ts';
import { killAt } from '../main/testing/killed-process.ts';
import { wholeFrom } from '../main/testing/random-from.ts';
import { makeSharedDatabase, type SharedDatabase } from '../main/testing/shared-desks.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

const partners = inForm({ short: 12, whole: 120, long: 300 });
const rounds = inForm({ short: 1, whole: 4, long: 15 });
const { seed, random } = seededRandom('billing at two desks');
const period = '2026-10';
const numbers = Array.from({ length: partners }, (_, index) => `API-202610-dp_pk_${String(index).padStart(3, '0')}`);

const folder = makeTemporaryFolder();
let server: RunningPostgres;
let world: SharedDatabase;
let mailServer: TestMailServer;
let desks: CliDesk[];

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
  mailServer = await startMailServer();
  for (let index = 0; index < partners; index += 1) {
    const [id, key] = [`00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`, String(index).padStart(3, '0')];
    await world.owner.query('INSERT INTO daybook.partners (id, name, billing_email) VALUES ($1, $2, $3)', [id, `Partner ${key}`, `ap@partner-${key}.example`]);
    await world.owner.query("INSERT INTO daybook.api_partner_contracts (id, partner_id, api_key_prefix, pricing_model, flat_fee_minor, currency, effective_from) VALUES ($1, $1, $2, 'flat', $3, 'usd', '2026-01-01')", [id, `dp_pk_${key}`, 10_000 + index]);
  }
  desks = [];
  for (const name of ['ada', 'ben']) {
    const desk = openCliDesk(join(folder.path, name), { DAYBOOK_POSTGRES_URL: await world.urlOf(name, 'accountant'), DAYBOOK_NOW: '2026-11-18T14:14:00Z' });
    expect((await desk.run('sync', 'postgres')).code).toBe(0);
    const database = openDatabase({ file: placesIn(desk.dataFolder).ledgerFile, logger: silentLogger });
    createMailSettingsStore(createPreferences(database, database.unitOfWork)).save({ host: '127.0.0.1', port: mailServer.port, security: 'none', user: null, authorityFile: null, fromName: 'Meridian', fromAddress: 'billing@meridian.example', replyTo: null, allowsPlaintext: false });
    database.close();
    desks.push(desk);
  }
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await mailServer[Symbol.asyncDispose]();
  await server.stop();
  folder[Symbol.dispose]();
});

const countOf = async (query: string): Promise<number> => Number((await world.owner.query<{ n: string }>(`SELECT count(*) AS n FROM daybook.${query}`)).rows[0]?.n);

/** The shared database's own clock says when what a dead desk held is free again. */
async function endHolds(): Promise<void> {
  await world.owner.query("UPDATE daybook.mail_outbox SET lease_expires_at = now() - interval '1 second' WHERE lease_expires_at IS NOT NULL");
  await world.owner.query("UPDATE daybook.job_leases SET expires_at = now() - interval '1 second'");
}

const start = (desk: CliDesk, args: readonly string[], env: Environment = {}): StartedCommand => startDaybook([...args, '--data', desk.dataFolder, '--json'], { ...desk.env, ...env });

/** Both desks at once, each killed at a moment of its own. @returns how many were, and had not ended before. */
async function killBoth(killOne: (desk: CliDesk, round: number) => Promise<boolean>): Promise<number> {
  let killed = 0;
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(desks.map(async (desk) => void (killed += (await killOne(desk, round)) ? 1 : 0)));
    await endHolds();
  }
  return killed;
}

test('a month is billed, once and whole', async () => {
  const begun = performance.now();
  expect((await start(desks[0]!, ['bill', 'partners', '--period', '2026-09', '--finalise']).ended).code).toBe(0);
  const tookMs = performance.now() - begun;
  const bill = ['bill', 'partners', '--period', period, '--finalise'];
  const killed = await killBoth(async (desk) => (await killAt((env) => start(desk, bill, env), placesIn(desk.dataFolder).ledgerFile, { kind: 'time', afterMs: tookMs * (0.3 + 0.7 * random()) }, [0, 1])).isKilled);
  for (const desk of desks) expect(await desk.json(...bill)).toMatchObject({ code: 0, answer: { failed: [] } });
  console.log(`billing at two desks: ${killed} of ${2 * rounds} killed, seed ${seed}`);
  expect((await world.owner.query<{ number: string; status: string }>("SELECT invoice_number AS number, status FROM daybook.invoices WHERE billing_month = '2026-10' ORDER BY 1 NULLS FIRST")).rows).toEqual(numbers.map((number) => ({ number, status: 'finalised' })));
  const archives: Uint8Array[] = [];
  for (const desk of desks) {
    expect((await desk.run('sync', 'postgres')).code).toBe(0);
    // As the last command left it: not a PDF is missing, half written, or another than its figures give. What a killed writer left of one goes an hour later.
    expect(readdirSync(join(desk.dataFolder, 'documents', 'invoices')).filter((name) => name.startsWith('API-202610') && !name.endsWith('.part')).toSorted()).toEqual(numbers.map((number) => `${number}.pdf`));
    const file = `${desk.dataFolder}-october.zip`;
    expect(await desk.run('invoices', 'zip', '--month', period, '--out', file)).toMatchObject({ code: 0, stderr: '' });
    archives.push(readFileSync(file));
    expect((await desk.run('ledger', 'verify')).code).toBe(0);
  }
  expect(Buffer.compare(archives[0]!, archives[1]!)).toBe(0);
  expect(Object.keys(unzipSync(archives[0]!))).toHaveLength(partners);
  const balances = await Promise.all(desks.map((desk) => desk.json('ledger', 'trial-balance')));
  expect(balances[0]!.answer).toEqual(balances[1]!.answer);
});

test('its e-mails are sent, each once, or put before a person', async () => {
  // A desk is killed once some more e-mails have arrived, whoever sent them: between the mail server's yes and the note of it, as often as not.
  const killed = await killBoth(async (desk, round) => {
    const moment = mailServer.mails.length + wholeFrom(random, 1, Math.max(2, Math.ceil(partners / rounds / 2)));
    const { child, ended } = start(desk, round === 0 ? ['invoices', 'send', ...numbers] : ['jobs', 'run', 'invoice-mail']); // what is under way is not asked for again
    const hasEnded = ended.then(() => true);
    while (!(await Promise.race([hasEnded, wait(2).then(() => mailServer.mails.length >= moment)])));
    child.kill('SIGKILL');
    await ended;
    return child.signalCode === 'SIGKILL';
  });
  for (const desk of desks) {
    await desk.run('invoices', 'send', ...numbers); // those that are sent, or in doubt, it refuses
    await desk.run('jobs', 'run', 'invoice-mail');
  }
  const outbox = (await world.owner.query<{ number: string; state: string; to: string }>("SELECT invoice_number AS number, state, recipients -> 0 ->> 'address' AS to FROM daybook.mail_outbox ORDER BY 1")).rows;
  const inDoubt = outbox.filter(({ state }) => state === 'in-doubt');
  console.log(`sending at two desks: ${killed} of ${2 * rounds} killed, ${inDoubt.length} in doubt, seed ${seed}`);
  expect(outbox.map(({ number }) => number)).toEqual(numbers);
  expect(outbox.filter(({ state }) => state !== 'sent' && state !== 'in-doubt')).toEqual([]);
  const arrived = mailServer.mails.map(({ to }) => to.join());
  expect(arrived.length).toBe(new Set(arrived).size); // nobody has two
  expect(outbox.filter(({ state, to }) => state === 'sent' && !arrived.includes(to))).toEqual([]);
  for (const { number } of inDoubt) {
    const { answer } = await desks[0]!.json<{ mails: { id: string }[] }>('mail', 'outbox', '--text', number);
    expect((await desks[0]!.run('mail', 'settle', answer.mails[0]!.id, '--arrived')).code).toBe(0);
  }
  // What a desk was killed between, the mail server's yes and the invoice's mark, is healed by the next run that knows of it.
  for (const desk of desks) for (const job of ['postgres-sync', 'invoice-mail']) expect((await desk.run('jobs', 'run', job)).code).toBe(0);
  expect(await countOf("invoices WHERE status = 'sent' AND billing_month = '2026-10'")).toBe(partners);
});
