/** A month's run sheet from the command line, over one shared database. What several desks do to it is in integrations/postgres/invoice-reviews.integration.test.ts. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type RunningPostgres } from '../../sandbox/postgres.ts';
import { openCliDesk, type CliDesk } from '../main/testing/cli-desk.ts';
import { makeSharedDatabase, seedContract, type SharedDatabase } from '../main/testing/shared-desks.ts';
import { makeTemporaryFolder } from '../main/testing/temporary-folder.ts';

const folder = makeTemporaryFolder();
let server: RunningPostgres;
let world: SharedDatabase;
let ada: CliDesk;

beforeAll(async () => {
  server = await startPostgres();
  world = await makeSharedDatabase(server);
  await seedContract(world.owner);
  await world.owner.query("INSERT INTO daybook.api_usage (idempotency_key, api_key_prefix, meter, quantity, occurred_at, received_at) VALUES ('one', 'dp_pk_TSG', 'deeds', 30, '2026-10-10T17:00:00Z', now())");
  ada = openCliDesk(join(folder.path, 'ada'), { DAYBOOK_POSTGRES_URL: await world.urlOf('ada', 'accountant'), DAYBOOK_NOW: '2026-11-18T14:14:00Z' });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await server.stop();
  folder[Symbol.dispose]();
});

// Each command is a process of its own: a busy machine takes its time.
test('is shown, approved and finalised; how far back late usage is charged is set', { timeout: 600_000 }, async () => {
  expect((await ada.run('sync', 'postgres')).code).toBe(0);
  expect((await ada.run('bill', 'partners', '--period', '2026-10')).code).toBe(0);
  const printed = await ada.run('bill', 'review', '--period', '2026-10');
  expect([printed.code, printed.stdout]).toEqual([0, expect.stringMatching(/Titlesure +to-review +30 deeds +0 +— +175\.00 USD +— +usage-up, address-missing/)]);
  expect((await ada.json('bill', 'review', '--period', '2026-10', '--approve', '--finalise')).answer).toMatchObject({ rows: [{ state: 'finalised', number: 'API-202610-dp_pk_TSG', review: { by: `${world.prefix}_ada` } }], refused: [] });
  expect((await ada.json('bill', 'late-usage', '3')).answer).toEqual({ lateUsageMonths: 3 });
  expect((await ada.run('bill', 'late-usage', '61')).code).toBe(2);
});
