/** The rooms of the Revenue workspace, and what of the address goes along from one to the next. */
import { links } from '../../lib/links.ts';

export const revenueRooms = [
  { part: 'Overview', to: links.revenue },
  { part: 'Movements', to: links.revenueMovements },
  { part: 'Cohorts', to: links.revenueCohorts },
  { part: 'Breakdowns', to: links.revenueBreakdowns },
  { part: 'Recognition', to: links.revenueRecognition },
  { part: 'Compare', to: links.revenueCompare },
  { part: 'Cash', to: links.revenueCash },
  { part: 'Report', to: links.revenueReport },
] as const;
export type RevenuePart = (typeof revenueRooms)[number]['part'];

/** What is looked at, whichever room it is looked at in. */
export const standpointNames = ['month', 'versus', 'currency', 'plan', 'country', 'policy', 'knownAt'] as const;

/** The address of another room with the same standpoint. */
export function roomAddress(to: string, parameters: URLSearchParams, patch: Readonly<Record<string, string | null>> = {}): string {
  const kept = new URLSearchParams();
  for (const name of standpointNames) {
    const value = parameters.get(name);
    if (value) kept.set(name, value);
  }
  for (const [name, value] of Object.entries(patch)) {
    if (value) kept.set(name, value);
    else kept.delete(name);
  }
  const search = kept.toString();
  return search ? `${to}?${search}` : to;
}
