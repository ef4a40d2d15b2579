/** Gives every component the typed client and its query options; nothing else in the renderer talks to the backend. */
import { createTanstackQueryUtils, type RouterUtils } from '@orpc/tanstack-query';
import { createContext, useContext, type ReactNode } from 'react';
import type { DaybookClient } from '../../../../shared/api/contract.ts';

export interface Api {
  readonly client: DaybookClient;
  /** Query options and keys per procedure. */
  readonly queries: RouterUtils<DaybookClient>;
}

const ApiContext = createContext<Api | null>(null);

export function makeApi(client: DaybookClient): Api {
  return { client, queries: createTanstackQueryUtils(client) };
}

export function ApiProvider({ api, children }: { api: Api; children: ReactNode }) {
  return <ApiContext value={api}>{children}</ApiContext>;
}

/** @throws Error when used outside the provider: a mistake in the code. */
export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error('useApi needs ApiProvider above it.');
  return api;
}
