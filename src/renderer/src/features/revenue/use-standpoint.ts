/** What is looked at in Revenue, as the address says it. */
import { useMemo } from 'react';
import { mrrPolicyNames } from '../../../../shared/api/revenue-measures.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { monthOfInstant } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { standpointNames } from './revenue-rooms.ts';

const isMonth = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The pickers every measure shares, as the contract wants them. */
export interface MeasureView {
  readonly policy: (typeof mrrPolicyNames)[number];
  readonly currency?: string;
  /** With a currency: only what is in it, converted. */
  readonly isConverted?: boolean;
  readonly plan?: string;
  /** '' where Stripe knows none. */
  readonly country?: string;
}

/** In the address a country Stripe does not know is a dash: an empty value is no choice. */
export const unknownCountry = '-';

function viewOf(policy: string | undefined, currency: string | undefined, plan: string | undefined, country: string | undefined): MeasureView {
  return {
    policy: oneOf(mrrPolicyNames, policy) ?? 'standard',
    ...(currency && isCurrencyCode(currency) ? { currency } : {}),
    ...(plan ? { plan } : {}),
    ...(country ? { country: country === unknownCountry ? '' : country } : {}),
  };
}

export function useStandpoint() {
  const { now, timeZone } = usePreferences();
  const [filter, change] = useUrlFilter(standpointNames);
  const latest = monthOfInstant(now, timeZone);
  // An address typed by hand never breaks a screen.
  const month = filter.month !== undefined && isMonth.test(filter.month) && filter.month <= latest ? filter.month : latest;
  const versus = filter.versus === 'year' ? ('year' as const) : ('month' as const);
  const view = useMemo(() => viewOf(filter.policy, filter.currency, filter.plan, filter.country), [filter.policy, filter.currency, filter.plan, filter.country]);
  return { month, latest, versus, view, filter, change };
}
