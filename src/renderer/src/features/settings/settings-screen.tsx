import { SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { settingsSchema } from '../../../../shared/api/system.contract.ts';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { DateText } from '../../components/date-text.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { dayOfInstant } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { CheckList } from './check-list.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { SettingsNav } from './settings-nav.tsx';

type Settings = z.infer<typeof settingsSchema>;
type Personal = Partial<Pick<Settings, 'theme' | 'density' | 'locale'>>;

const locales = ['en-US', 'en-GB', 'de-DE', 'fr-FR', 'es-ES', 'nl-NL', 'pt-BR', 'sv-SE', 'ja-JP'];

/** Connections, the look, and where things lie. Secrets go in and are never shown again. */
export function SettingsScreen() {
  const { queries } = useApi();
  const isAdmin = useCan('admin');
  const settings = useQuery(queries.settings.get.queryOptions({ input: {} }));
  const doctor = useQuery(queries.system.doctor.queryOptions({ input: {}, enabled: false }));
  const data = settings.data;
  return (
    <Screen title="Settings" controls={<SettingsNav />}>
      {settings.isError ? <ErrorNotice error={settings.error} onRetry={() => void settings.refetch()} /> : null}
      {data ? (
        <>
          <Box title="Connections">
            {isAdmin ? (
              <>
                <StripeSummary hasKey={data.hasStripeKey} />
                <ConnectionForm kind="postgres" isSet={data.hasPostgresUrl} />
              </>
            ) : (
              <>
                <StripeSummary hasKey={data.hasStripeKey} />
                <Section title="Shared database" aside={<span className={`badge ${data.hasPostgresUrl ? 'ok' : 'info'}`}>{data.hasPostgresUrl ? 'An address is set' : 'Not set'}</span>}><p className="quiet">Set by an admin: whoever sets it decides whose ledger this desk shares.</p></Section>
              </>
            )}
            <Section title="Health" aside={<button type="button" className="text-button" disabled={doctor.isFetching} onClick={() => void doctor.refetch()}>{doctor.isFetching ? 'Checking' : 'Check everything'}</button>}>
              {doctor.isError ? <ErrorNotice error={doctor.error} /> : null}
              {doctor.data ? <CheckList checks={doctor.data.checks} /> : <p className="quiet">Checks the key and its rights, the shared database, the local file and the clock.</p>}
            </Section>
          </Box>
          <Box title="How it looks to you"><PersonalForm settings={data} /></Box>
          <Box title="This ledger and this desk">
            <Section title="Ledger" aside="fixed when the ledger was made">
              <Facts rows={[
                ['Stripe account', data.stripeAccount ?? 'Not known yet'], ['Functional currency', data.functionalCurrency?.toUpperCase() ?? 'Not set yet'], ['Reporting time zone', data.reportingTimeZone],
                ['Stripe address', <span key="base" className="mono">{data.stripeApiBase}</span>], ['Request headroom', data.stripeLimiter === 'off' ? 'No limit is kept: the limiter is off in this desk’s configuration' : `${data.requestHeadroomPercent} % of Stripe’s limits is left to others`],
              ]} />
            </Section>
            <Section title="Desk"><Facts rows={[['Data folder', <span key="folder" className="mono">{data.dataFolder}</span>], ['Secrets', data.secretStore]]} /></Section>
          </Box>
        </>
      ) : null}
    </Screen>
  );
}

function StripeSummary({ hasKey }: { hasKey: boolean }) {
  return (
    <Section title="Stripe" aside={<span className={`badge ${hasKey ? 'ok' : 'info'}`}>{hasKey ? 'A key is set' : 'Not set'}</span>}>
      <p className="quiet">The key and what it may read, the refill, how much of Stripe’s limits is used, and what came in: <EntityLink to={links.stripeSettings}>Settings for Stripe</EntityLink>.</p>
    </Section>
  );
}

function PersonalForm({ settings }: { settings: Settings }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const { now, timeZone, functionalCurrency } = usePreferences();
  const key = queries.settings.get.queryKey({ input: {} });
  const save = useMutation({
    mutationFn: (personal: Personal) => client.settings.setPersonal({ commandId: crypto.randomUUID(), ...personal }),
    onMutate: (personal) => { const before = cache.getQueryData(key); if (before) cache.setQueryData(key, { ...before, ...personal }); return before; },
    onSuccess: (saved) => cache.setQueryData(key, saved),
    onError: (_error, _personal, before) => { if (before) cache.setQueryData(key, before); },
  });
  return (
    <Section title="Theme, density, locale">
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      <div className="field-row" style={{ alignItems: 'center', gap: 24 }}>
        <SegmentedControl aria-label="Theme" value={settings.theme} onChange={(theme) => save.mutate({ theme: theme as Settings['theme'] })} data={[{ value: 'system', label: 'System' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }]} />
        <SegmentedControl aria-label="Density" value={settings.density} onChange={(density) => save.mutate({ density: density as Settings['density'] })} data={[{ value: 'compact', label: 'Compact' }, { value: 'comfortable', label: 'Comfortable' }]} />
        <Select aria-label="Locale" w={140} value={settings.locale} data={[...new Set([...locales, settings.locale])]} allowDeselect={false} searchable onChange={(locale) => { if (locale) save.mutate({ locale }); }} />
        <span className="quiet">Looks like <DateText day={dayOfInstant(now, timeZone)} />, <MoneyText amount={-123456} currency={functionalCurrency ?? 'usd'} /></span>
      </div>
    </Section>
  );
}
