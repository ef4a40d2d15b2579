import { MantineProvider } from '@mantine/core';
import { DatesProvider } from '@mantine/dates';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { RouterProvider } from 'react-router/dom';
import type { DaybookClient } from '../../../shared/api/contract.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { KeptLayouts } from '../components/data-grid/kept-layouts.tsx';
import { ErrorNotice } from '../components/error-notice.tsx';
import { ApiProvider, makeApi, useApi } from '../lib/api/api-context.tsx';
import { connectBackend } from '../lib/api/connect.ts';
import { followStaleEvents } from '../lib/api/stale-events.ts';
import { PreferencesProvider, usePreferences } from '../lib/preferences.tsx';
import { router } from './routes.tsx';
import { cssVariables, theme } from './theme.ts';

const isRefusal = (error: unknown) => typeof error === 'object' && error !== null && 'code' in error && error.code !== 'connection-lost';

function newCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // A refusal with a code will be refused again; only a lost connection is worth another try.
      queries: { staleTime: 10_000, refetchOnWindowFocus: false, retry: (count, error) => count < 2 && !isRefusal(error), retryDelay: 400, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  });
}

export function App() {
  const [cache] = useState(newCache);
  const [client, setClient] = useState<DaybookClient | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const connect = () => { setFailure(null); connectBackend().then((connected) => setClient(() => connected), setFailure); };
  useEffect(connect, []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        {client ? <Connected client={client} /> : <main className="content">{failure ? <ErrorNotice error={failure} onRetry={connect} /> : <EmptyState title="Opening the books">Connecting to Daybook’s backend.</EmptyState>}</main>}
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Connected({ client }: { client: DaybookClient }) {
  const api = useMemo(() => makeApi(client), [client]);
  return (
    <ApiProvider api={api}>
      <PreferencesProvider>
        <Themed>
          <StaleEvents />
          <KeptLayouts><RouterProvider router={router} /></KeptLayouts>
        </Themed>
      </PreferencesProvider>
    </ApiProvider>
  );
}

/** The person's theme and locale, for everything below. */
function Themed({ children }: { children: ReactNode }) {
  const { theme: choice, locale } = usePreferences();
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" {...(choice === 'system' ? {} : { forceColorScheme: choice })}>
      <DatesProvider settings={{ locale: locale.slice(0, 2), firstDayOfWeek: 1 }}>
        <ModalsProvider>
          <Notifications position="bottom-left" limit={3} autoClose={4000} transitionDuration={0} />
          {children}
        </ModalsProvider>
      </DatesProvider>
    </MantineProvider>
  );
}

function StaleEvents() {
  const api = useApi();
  const cache = useQueryClient();
  useEffect(() => {
    const ending = new AbortController();
    void followStaleEvents(api, cache, ending.signal);
    return () => ending.abort();
  }, [api, cache]);
  return null;
}
