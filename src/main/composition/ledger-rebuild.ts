/**
 * A rebuild's own services (ledger/ledger-rebuild.ts): Stripe's intake and recognition on the fresh ledger, wired as those of the ledger that stands.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { readMigrations } from '../database/migrate.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { createStripeSync } from '../intake/stripe-sync.ts';
import type { GatewaySource } from '../intake/stripe-sync.ports.ts';
import { createLedgerRebuild, type LedgerRebuild } from '../ledger/ledger-rebuild.ts';
import type { FreshLedger } from '../ledger/ledger-rebuild.ports.ts';
import type { Logger } from '../platform/logger.ts';
import { migrationsFolder } from '../platform/resources.ts';
import { createRecognition, type Recognition } from '../revenue/recognition.ts';

export interface RebuildOptions {
  /** The ledger that stands. */
  readonly database: SqliteDatabase;
  readonly folder: string;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly settings: () => { readonly functionalCurrency: string };
  readonly logger: Logger;
  /** @throws as making it does: without a key there is none. */
  readonly stripeSource: () => GatewaySource;
  readonly recognition: Recognition;
}

export function composeLedgerRebuild({ database, folder, clock, timeZone, settings, logger, stripeSource, recognition }: RebuildOptions): LedgerRebuild {
  const functionalCurrency = (): string => settings().functionalCurrency;
  const grounds = (fresh: FreshLedger) => ({ readable: fresh.database, unitOfWork: fresh.database.unitOfWork, journal: fresh.journal, clock, timeZone });
  return createLedgerRebuild({
    readable: database, folder, migrations: readMigrations(migrationsFolder('sqlite')), clock, timeZone, functionalCurrency, logger,
    readStripe: (fresh, control) => createStripeSync({ ...grounds(fresh), source: stripeSource(), functionalCurrency: functionalCurrency(), rateFirstTaken: fresh.rates.rateOf }).sync({ isFull: true }, control),
    recognition: {
      recognisedThrough: () => recognition.recognisedThrough(),
      recognise: (fresh, through, control) => createRecognition({ ...grounds(fresh), settings }).recogniseMonth(through, control),
    },
  });
}
