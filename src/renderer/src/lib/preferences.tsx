/** What every figure and date needs to be written: locale, reporting zone, functional currency, density, and who looks. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { useApi } from './api/api-context.tsx';

export type Role = 'viewer' | 'finance' | 'accountant' | 'admin';
const roleRank: Readonly<Record<Role, number>> = { viewer: 0, finance: 1, accountant: 2, admin: 3 };

export interface Preferences {
  readonly locale: string;
  readonly timeZone: string;
  readonly functionalCurrency: string | null;
  readonly density: 'compact' | 'comfortable';
  readonly theme: 'system' | 'light' | 'dark';
  readonly role: Role;
  readonly user: string;
  /** The backend's present moment, epoch milliseconds; a fixed clock is respected. */
  readonly now: number;
}

function usableLocale(locale: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(locale && locale !== 'system' ? locale : navigator.language)[0] ?? 'en-US';
  } catch {
    return 'en-US';
  }
}

const PreferencesContext = createContext<Preferences | null>(null);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { queries } = useApi();
  const settings = useQuery(queries.settings.get.queryOptions({ input: {} })).data;
  const status = useQuery(queries.system.status.queryOptions({ input: {} })).data;
  const loadedAt = useMemo(() => Date.now(), []);
  const value = useMemo<Preferences>(() => ({
    locale: usableLocale(settings?.locale),
    timeZone: status?.reportingTimeZone ?? settings?.reportingTimeZone ?? 'UTC',
    functionalCurrency: status?.functionalCurrency ?? settings?.functionalCurrency ?? null,
    density: settings?.density ?? 'compact',
    theme: settings?.theme ?? 'system',
    role: status?.role ?? 'viewer',
    user: status?.user ?? '',
    now: status?.now ?? loadedAt,
  }), [settings, status?.reportingTimeZone, status?.functionalCurrency, status?.role, status?.user, status?.now, loadedAt]);
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new Error('usePreferences needs PreferencesProvider above it.');
  return preferences;
}

/** Whether the person's role reaches the one an act needs. The backend checks again. */
export function useCan(needed: Role): boolean {
  return roleRank[usePreferences().role] >= roleRank[needed];
}
