/** The list of customers as a file, read part by part while others write. */
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { createCommandLog } from '../database/command-log.ts';
import { sql } from '../database/handles.ts';
import { silentLogger } from '../platform/logger.ts';
import { createRememberedAnswers } from '../reporting/remembered-answers.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createCustomersHandlers } from './customers-handlers.ts';

const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
const insert = sql('test.customer', "INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES (?, ?, 0, 0, '{}')");

test.each([
  ['come', sql('test.come', "INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES ('cus_new', 'A first one', 0, 0, '{}')")],
  ['go', sql('test.go', "DELETE FROM stripe_customers WHERE id = 'cus_1000'")],
])('no customer is left out of the file or in it twice when others %s between two parts', async (_, meanwhile) => {
  using ledger = openTemporaryDatabase();
  const names = Array.from({ length: 600 }, (_value, index) => String(1_000 + index));
  for (const name of names) ledger.database.run(insert, [`cus_${name}`, `Customer ${name}`]);
  const { database } = ledger;
  const handlers = createCustomersHandlers({ readable: database, clock, timeZone: new TimeZone('UTC'), settings: () => ({ functionalCurrency: 'usd' }), remembered: createRememberedAnswers(database) });
  const client = createRouterClient(handlers, { context: { user: 'mia', role: 'viewer', host: 'cli', logger: silentLogger, commands: createCommandLog(database, clock) } });
  const first = await client.exportCsv({});
  database.run(meanwhile);
  const second = await client.exportCsv({ cursor: first.nextCursor });
  expect(second.nextCursor).toBeNull();
  expect([...`${first.text}${second.text}`.matchAll(/Customer (\d+)/g)].map((found) => found[1])).toEqual(names);
});
