import { CashView } from './cash-view.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { useStandpoint } from './use-standpoint.ts';

/** Money in and out, by payment date. */
export function CashRoom() {
  const { month, change } = useStandpoint();
  return <RevenueRoom part="Cash"><CashView month={month} onSelect={(chosen) => change({ month: chosen })} /></RevenueRoom>;
}
