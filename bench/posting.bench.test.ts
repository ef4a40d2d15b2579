import { expect, it } from 'vitest';
import { createLedgerVerification } from '../src/main/ledger/ledger-verification.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { postBenchEntries } from './posting.bench.ts';

it('the ledger that is posted and verified for a measure is a sound one', async () => {
  using ledger = openTemporaryDatabase();
  postBenchEntries(ledger, 500);
  expect(await createLedgerVerification({ readable: ledger.database }).verify(unattended)).toMatchObject({ isSound: true, entries: 500 });
});
