import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../lib/api/api-context.tsx';
import { CashView } from './cash-view.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { useStandpoint } from './use-standpoint.ts';

/** Money in and out, by payment date. */
export function CashRoom() {
  const { queries } = useApi();
  const { month, change } = useStandpoint();
  const overview = useQuery(queries.revenue.overview.queryOptions({ input: { month } }));
  return <RevenueRoom part="Cash" asOf={overview.data?.asOf}><CashView month={month} onSelect={(chosen) => change({ month: chosen })} /></RevenueRoom>;
}
