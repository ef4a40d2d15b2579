/** The planted list, found exactly: the demo company over HTTP and in a real PostgreSQL, through the product's own refill and pull. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillCompanyTables } from '../../../sandbox/company/tables.ts';
import type { PlantedBreak } from '../../../sandbox/manifest.ts';
import { startPostgres, type RunningPostgres } from '../../../sandbox/postgres.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { openPostgres } from '../integrations/postgres/connection.ts';
import { migratePostgres } from '../integrations/postgres/postgres-migrations.ts';
import { createSharedLedgerSource } from '../integrations/postgres/shared-ledger-source.ts';
import { createBalanceTransactionLister } from '../integrations/stripe/balance-transaction-lister.ts';
import { createStripeSource } from '../integrations/stripe/stripe-source.ts';
import { unattended } from '../platform/work-control.ts';
import { readAccountBalances } from '../reporting/account-totals.queries.ts';
import { createPostgresSync } from '../sync/postgres-sync.ts';
import { comparedAccounts } from '../testing/reconciliation-world.ts';
import { openStripeDesk, startStripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createPayoutReconciliation } from './payout-reconciliation.ts';
import { createReconciliation } from './reconciliation.ts';

let server: RunningPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
});

type Found = Pick<PlantedBreak, 'reason' | 'objectId' | 'balanceTransactionId' | 'currency'>;
const listFound = sql('test.found', "SELECT reason, object_id AS \"objectId\", balance_transaction_id AS \"balanceTransactionId\", currency FROM discrepancies WHERE status = 'open'");
/** What Stripe does not have, it cannot name: only the company's own id counts there. */
const sorted = (found: readonly Found[]): string[] => found.map((entry) => `${entry.reason} ${entry.objectId} ${entry.reason === 'missing-at-stripe' ? '' : `${entry.balanceTransactionId} ${entry.currency}`}`).toSorted();

/** Long: more seeds, and companies of a size where every kind is there several times. */
const companies = process.env['DAYBOOK_LONG'] ? [...[1, 2, 3, 4, 5, 6].map((seed) => ['small', seed] as const), ...[1, 2, 3].map((seed) => ['medium', seed] as const)] : [['small', 1], ['small', 2]] as const;

describe.each(companies)('the demo company, %s, seed %i', (size, seed) => {
  it('shows exactly the planted breaks, and a second run changes nothing', async () => {
    await using world = await startStripeWorld(size, seed);
    const { company, sandbox } = world;
    const ownerUrl = await server.createDatabase(`company_${size}_${seed}`);
    await migratePostgres(ownerUrl);
    await fillCompanyTables(ownerUrl, company);

    using ledger = openTemporaryDatabase();
    const { database } = ledger;
    const { sync, nowMs } = openStripeDesk(database, world);
    const clock = fixedClock(nowMs);
    const postgres = openPostgres({ url: ownerUrl });
    try {
      const pull = createPostgresSync({ source: createSharedLedgerSource(postgres), readable: database, unitOfWork: database.unitOfWork, clock, clientVersion: '0.1.0' });
      await pull.pullExchangeRates(unattended);
      await sync.refill(unattended);
      await pull.pull(unattended);
    } finally {
      await postgres.close();
    }
    const planted = company.breaksAfterRefill();
    for (const { collection, object } of planted) sandbox.insertObjects(collection, [object]);

    const source = createStripeSource({ key: sandbox.restrictedKey, apiBase: sandbox.url, limiter: 'none', now: () => nowMs });
    const zone = new TimeZone(company.manifest.reportingTimeZone);
    const gateway = createBalanceTransactionLister(source);
    const reconciliation = createReconciliation({ gateway, database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts, chunkSize: 500 });
    const first = await reconciliation.reconcileTransactions({}, unattended);
    expect(sorted(database.all<Found>(listFound))).toEqual(sorted(company.manifest.plantedBreaks));
    const expected = company.manifest.plantedBreaks.length;
    expect(first).toMatchObject({ compared: company.population.collection('balance_transactions').size + planted.filter(({ collection }) => collection === 'balance_transactions').length, found: expected, opened: expected });
    // Again, once with what changed alone (nothing) and once in full: the same inputs, the same findings, nothing new and nothing gone.
    for (const [isFull, method] of [[false, 'incremental'], [true, 'full']] as const) {
      expect(await reconciliation.reconcileTransactions({ isFull }, unattended)).toMatchObject({ method, found: expected, opened: 0, reopened: 0, settled: 0, sums: first.sums, inputsHash: first.inputsHash, appeared: 0, gone: 0, remaining: expected });
    }

    const payouts = await createPayoutReconciliation({ gateway, readable: database, unitOfWork: database.unitOfWork, clock, zone, accounts: comparedAccounts, keepTies: () => undefined }).reconcilePayouts({}, unattended);
    expect(payouts.compared).toBeGreaterThan(100);
    expect(payouts).toMatchObject({ tied: payouts.compared, found: 0 });
    // start + activity − payouts = end, in every currency; and what the clearing account has otherwise is all named by the transactions that differ.
    for (const proof of payouts.proofs) expect(proof).toMatchObject({ openingMinor: 0, endingMinor: proof.stripeMinor, differenceMinor: 0, unexplainedMinor: 0, explainedMinor: proof.stripeMinor - proof.clearingMinor, pendingMinor: proof.stripePendingMinor });
    expect(payouts.underWay.every((payout) => !payout.isLate)).toBe(true);
    // The sums of the run tie to the trial balance: what level 2 counted of every transaction is what the clearing account says.
    const trial = readAccountBalances(database, '9999-12-31').filter((line) => line.accountCode === comparedAccounts.clearing);
    expect(payouts.proofs.map(({ currency, ledgerMinor }) => [currency, ledgerMinor])).toEqual(trial.map((line) => [line.currency, line.debitMinor - line.creditMinor]));
    // What the books have of it, and what Stripe says: they differ by the planted payments that the books do not have.
    expect(payouts.balances).toEqual(company.manifest.stripeBalance.map(({ currency, atCreationMinor, afterRefillMinor }) => ({ currency, ledgerMinor: atCreationMinor, stripeMinor: afterRefillMinor })));

    const drift = await reconciliation.reconcileDrift(unattended);
    expect(drift.opened).toBe(0); // what drift sees is the same piece of work
  });
});
