import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, type Dispatch, type SetStateAction } from 'react';
import { useApi } from '../../../lib/api/api-context.tsx';
import { useUrlFilter } from '../../../lib/url-filter.ts';
import { withCandidate, type DeskChoice } from './match-desk.ts';

/**
 * A payout that a link from elsewhere names (`?payout=po_1&currency=eur&on=2026-11-10`) is chosen as soon as it is known: its line is all that is left to say. Once; what a person chooses holds.
 * @returns `missing`: its id, where nothing waits for it any more; `forget`: it was matched, and the address no longer names it.
 */
export function useWantedPayout(isActive: boolean, setChoice: Dispatch<SetStateAction<DeskChoice>>): { readonly missing: string | null; readonly forget: () => void } {
  const { queries } = useApi();
  const [{ payout, currency = 'usd', on = '2026-01-01' }, setFilter] = useUrlFilter(['payout', 'currency', 'on'] as const);
  const asked = useQuery(queries.banking.candidates.queryOptions({ input: { currency, on, amountMinor: 0, limit: 20, text: payout ?? '' }, enabled: isActive && payout !== undefined }));
  const found = asked.data?.candidates.find((candidate) => candidate.kind === 'payout' && candidate.id === payout);
  const taken = useRef<string | null>(null);
  useEffect(() => {
    if (!found || taken.current === found.id) return;
    taken.current = found.id;
    setChoice((before) => (before.lines.size === 0 && before.parts.size === 0 ? withCandidate(before, found) : before));
  }, [found, setChoice]);
  return {
    missing: payout !== undefined && asked.data !== undefined && !found && taken.current !== payout ? payout : null,
    forget: () => { if (payout !== undefined) setFilter({ payout: null, currency: null, on: null }, { replace: true }); },
  };
}
