/**
 * What a ledger is once and for all: its zone and functional currency. A new ledger takes them from the configuration or from the shared
 * database at its first contact, so they are looked up, not copied.
 */
import { TimeZone, type Instant } from '../../shared/calendar/time-zone.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { Config } from '../platform/config.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';

export interface LedgerSettings {
  readonly reportingTimeZone: string;
  readonly functionalCurrency: string;
}

export function readLedgerSettings(database: ReadableDatabase, config: Pick<Config, 'reportingTimeZone' | 'functionalCurrency'>): LedgerSettings {
  return {
    reportingTimeZone: readLedgerSetting(database, 'reporting_time_zone') ?? config.reportingTimeZone,
    functionalCurrency: readLedgerSetting(database, 'functional_currency') ?? config.functionalCurrency,
  };
}

/** The ledger's zone as it stands at each question; it changes once at most, when a new ledger meets its gateway. */
export class LedgerTimeZone extends TimeZone {
  readonly #read: () => string;
  #current: TimeZone;

  constructor(read: () => string) {
    super(read());
    this.#read = read;
    this.#current = new TimeZone(read());
  }

  override get name(): string {
    return this.#now().name;
  }

  override offsetMsAt(instant: Instant): number {
    return this.#now().offsetMsAt(instant);
  }

  #now(): TimeZone {
    const name = this.#read();
    if (name !== this.#current.name) this.#current = new TimeZone(name);
    return this.#current;
  }
}

/** What is asked for a million times, as the zone in a rebuild, read anew once in so many milliseconds at most. */
export function cachedFor<Value>(steadyNowMs: () => number, milliseconds: number, read: () => Value): () => Value {
  let value = read();
  let readAtMs = steadyNowMs();
  return () => {
    if (steadyNowMs() - readAtMs >= milliseconds) {
      value = read();
      readAtMs = steadyNowMs();
    }
    return value;
  };
}

const zoneLifetimeMs = 1_000;

/** The ledger's zone, kept true while a new ledger learns it. */
export function ledgerTimeZone(database: ReadableDatabase, config: Pick<Config, 'reportingTimeZone' | 'functionalCurrency'>): TimeZone {
  return new LedgerTimeZone(cachedFor(() => performance.now(), zoneLifetimeMs, () => readLedgerSettings(database, config).reportingTimeZone));
}
