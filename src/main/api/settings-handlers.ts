import type { z } from 'zod';
import type { KeyReport, settingsSchema } from '../../shared/api/system.contract.ts';
import type { ReadableDatabase } from '../database/handles.ts';
import type { Preferences } from '../database/preferences.ts';
import type { Config } from '../platform/config.ts';
import type { SecretStore } from '../platform/secrets.ts';
import { readLedgerSetting } from '../reporting/status.queries.ts';
import type { ChangeHub } from './change-hub.ts';
import { api, requireRole } from './implementer.ts';
import type { Check } from './system-handlers.ts';

export interface SettingsHandlersDependencies {
  readonly database: ReadableDatabase;
  readonly preferences: Preferences;
  readonly config: Config;
  readonly secrets: SecretStore;
  readonly dataFolder: string;
  readonly hub: ChangeHub;
  /** Looks at a key or an address without keeping it. */
  testStripeKey(key: string): Promise<{ checks: Check[]; report: KeyReport }>;
  testPostgresUrl(url: string): Promise<Check[]>;
  /** How much of Stripe's limits is left to others: what was set on this desk, else what config.json says. */
  headroomPercent(): number;
  /** Called when a secret was kept: connections are made anew. */
  onSecretChanged(): void;
}

export function createSettingsHandlers(dependencies: SettingsHandlersDependencies) {
  const { database, config, secrets, hub } = dependencies;

  function settings(): z.infer<typeof settingsSchema> {
    const theme = dependencies.preferences.get('theme');
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : 'system',
      density: dependencies.preferences.get('density') === 'comfortable' ? 'comfortable' : 'compact',
      locale: dependencies.preferences.get('locale') ?? 'en-US',
      reportingTimeZone: readLedgerSetting(database, 'reporting_time_zone') ?? config.reportingTimeZone,
      functionalCurrency: readLedgerSetting(database, 'functional_currency') ?? config.functionalCurrency,
      stripeAccount: readLedgerSetting(database, 'gateway_account'),
      stripeApiBase: config.stripeApiBase,
      hasStripeKey: config.stripeKey !== null || secrets.has('stripe-key'),
      hasPostgresUrl: config.postgresUrl !== null || secrets.has('postgres-url'),
      requestHeadroomPercent: dependencies.headroomPercent(),
      stripeLimiter: config.stripeLimiter,
      dataFolder: dependencies.dataFolder,
      secretStore: secrets.place,
    };
  }

  async function keepSecret(name: 'stripe-key' | 'postgres-url', value: string, checks: readonly Check[]): Promise<void> {
    if (checks.every((check) => check.isFine)) {
      await secrets.set(name, value);
      dependencies.onSecretChanged();
      hub.publish({ entity: 'settings', ids: [] });
      hub.publish({ entity: 'status', ids: [] });
      hub.publish({ entity: 'stripe', ids: [] });
    }
  }

  return {
    get: api.settings.get.handler(() => settings()),
    setPersonal: api.settings.setPersonal.handler(({ input, context }) =>
      context.commands.once('settings.setPersonal', input, () => {
        const { commandId: _, ...wanted } = input;
        dependencies.preferences.keep(wanted);
        hub.publish({ entity: 'settings', ids: [] });
        return settings();
      }),
    ),
    // Neither input is put into the command log: a secret is never stored outside its store, not even hashed.
    setStripeKey: api.settings.setStripeKey.handler(async ({ input, context }) => {
      requireRole(context, 'admin');
      const tested = await dependencies.testStripeKey(input.key);
      await keepSecret('stripe-key', input.key, tested.checks);
      return tested;
    }),
    setPostgresUrl: api.settings.setPostgresUrl.handler(async ({ input, context }) => {
      requireRole(context, 'admin');
      const checks = await dependencies.testPostgresUrl(input.url);
      await keepSecret('postgres-url', input.url, checks);
      return { checks };
    }),
  };
}
