import { expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql, type UnitOfWork } from '../database/handles.ts';
import { openDatabase } from '../database/open-database.ts';
import { createJournal } from '../ledger/journal.ts';
import { createMirror } from '../mirror/mirror.ts';
import { silentLogger } from '../platform/logger.ts';
import { unattended } from '../platform/work-control.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createFactProjection } from './fact-projection.ts';
import { createObjectIntake } from './object-intake.ts';

const clock = fixedClock(1_792_209_599_000);
const timeZone = new TimeZone('America/New_York');
const feeOf = (amount: number) => {
  const value = { id: 'txn_1', object: 'balance_transaction', type: 'stripe_fee', amount, fee: 0, net: amount, currency: 'usd', created: 1_792_209_599, source: null };
  return { id: value.id, object: value.object, text: JSON.stringify(value), value };
};

it('a fact that another connection changes between its reading and its posting is posted as it is then', async () => {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  const objectIntake = createObjectIntake({ mirror: createMirror({ timeZone }), clock });
  database.transaction('take', (writable) => objectIntake.take(writable, { object: feeOf(-100) }, 1));
  const other = openDatabase({ file: ledger.file, logger: silentLogger });
  let isChanged = false;
  const unitOfWork: UnitOfWork = {
    run(name, work) {
      if (!isChanged) other.transaction('take', (writable) => objectIntake.take(writable, { object: feeOf(-250) }, 2));
      isChanged = true;
      return database.transaction(name, work);
    },
  };
  const projection = createFactProjection({ readable: database, unitOfWork, journal: createJournal({ clock }), clock, timeZone });
  const { posted } = await projection.projectWaiting({ account: 'acct_1', mode: 'test', functionalCurrency: 'usd' }, () => false, unattended);
  other.close();
  expect(posted).toBe(1);
  expect(database.all(sql('test.amounts', 'SELECT DISTINCT amount_minor FROM posting_lines'))).toEqual([{ amount_minor: 250 }]);
});
