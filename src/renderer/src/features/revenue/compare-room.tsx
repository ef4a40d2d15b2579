import { KnownAtPicker } from '../../components/known-at-picker.tsx';
import { useUrlFilter } from '../../lib/url-filter.ts';
import { NoRevenueYet, useHasRevenue } from './no-revenue-yet.tsx';
import { PoliciesBox } from './policies-box.tsx';
import { PolicyDifferencesGrid } from './policy-differences-grid.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { KnownAtBox } from './known-at-box.tsx';
import { useStandpoint } from './use-standpoint.ts';

/** The same month by other rules, and as it was known earlier. */
export function CompareRoom() {
  const { month, view } = useStandpoint();
  const [filter, setFilter] = useUrlFilter(['knownAt'] as const);
  const hasRevenue = useHasRevenue();
  const instant = Number(filter.knownAt);
  const knownAt = filter.knownAt && Number.isSafeInteger(instant) ? instant : null;
  return (
    <RevenueRoom part="Compare" choices={<KnownAtPicker knownAt={knownAt} onChange={(moment) => setFilter({ knownAt: moment === null ? null : String(moment) })} />}>
      {hasRevenue === false ? <NoRevenueYet /> : (
        <>
          <KnownAtBox month={month} knownAt={knownAt} policy={view.policy} />
          <PoliciesBox month={month} />
          <PolicyDifferencesGrid month={month} />
        </>
      )}
    </RevenueRoom>
  );
}
