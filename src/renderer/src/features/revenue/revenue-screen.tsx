import { useQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useMemo, type ReactNode } from 'react';
import { Navigate, useNavigate, useParams, useSearchParams } from 'react-router';
import { movementKinds } from '../../../../shared/api/revenue.contract.ts';
import { addMonths, month as asMonth } from '../../../../shared/calendar/local-date.ts';
import type { MovementKind } from '../../charts/mrr-series.ts';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { oneOf, useUrlFilter } from '../../lib/url-filter.ts';
import { CustomerPanel } from './customer-panel.tsx';
import { CustomersGrid } from './customers-grid.tsx';
import { FiguresBox } from './figures-box.tsx';
import { ItemsGrid } from './items-grid.tsx';
import { MeasureCards } from './measure-cards.tsx';
import { mrrMonthOf, type MeasureFigure } from './measure-words.ts';
import { MonthPanel } from './month-panel.tsx';
import { MovementsGrid } from './movements-grid.tsx';
import { MrrBox } from './mrr-box.tsx';
import { NoRevenueYet, useHasRevenue } from './no-revenue-yet.tsx';
import { Caveats, RevenuePickers } from './revenue-pickers.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { roomAddress } from './revenue-rooms.ts';
import { useStandpoint } from './use-standpoint.ts';

const filterNames = ['month', 'kind', 'list', 'view', 'text'] as const;
const lists = ['movements', 'items', 'customers', 'figures'] as const;
const listNames: Readonly<Record<(typeof lists)[number], string>> = { movements: 'Movements', items: 'MRR items', customers: 'Customers', figures: 'All figures' };
const headline: readonly MeasureFigure[] = ['mrr', 'arr', 'net-revenue', 'net-churn', 'net-revenue-retention', 'customers'];
/** The chart shows twelve months of them, or all. */
const fetchedMonths = 60;

/** The month at a glance: what it came to, what moved it, and what that is the sum of. */
export function RevenueScreen() {
  const { queries } = useApi();
  const [filter, setFilter] = useUrlFilter(filterNames);
  const [parameters] = useSearchParams();
  const { customerId = null } = useParams();
  const navigate = useNavigate();
  const { month, latest, versus, view } = useStandpoint();
  const kind = oneOf(movementKinds, filter.kind);
  // Items are kept for the ledger's own view alone; customers are for all.
  const isPlain = view.policy === 'standard' && !view.currency && view.plan === undefined && view.country === undefined;
  const shownLists = isPlain ? lists : lists.filter((each) => each !== 'items');
  const list = oneOf(shownLists, filter.list) ?? 'movements';
  const onText = (text: string | null) => setFilter({ text }, { replace: true });
  const hasRevenue = useHasRevenue();
  // The cards answer the click; the chart and the list are most of the work and come in the frames after it.
  const isAnswered = useDeferredValue(true, false);
  const overview = useQuery(queries.revenueMeasures.overview.queryOptions({ input: { from: month, to: month, ...view, compare: versus === 'year' ? 'previous-year' : 'previous-period' }, enabled: hasRevenue !== false }));
  const from = String(addMonths(asMonth(latest), 1 - fetchedMonths));
  const monthly = useQuery(queries.revenueMeasures.monthly.queryOptions({ input: { from, to: latest, ...view }, enabled: hasRevenue !== false }));
  const months = useMemo(() => monthly.data && monthsWithMrr(monthly.data.months.map((each) => mrrMonthOf(each, monthly.data.currency))), [monthly.data]);
  const choose = useCallback((chosen: string, chosenKind: MovementKind | null) => setFilter({ month: chosen, kind: chosenKind, list: null }), [setFilter]);
  const close = useCallback(() => { void navigate({ pathname: links.revenue, search: parameters.toString() }); }, [navigate, parameters]);
  // A month the chart does not go back to is asked for by itself.
  const inChart = months?.find((each) => each.month === month);
  const outside = useQuery(queries.revenueMeasures.monthly.queryOptions({ input: { from: month, to: month, ...view }, enabled: months !== undefined && inChart === undefined }));
  const current = inChart ?? outside.data?.months.map((each) => mrrMonthOf(each, outside.data.currency))[0];
  if (filter.view === 'cash') return <Navigate to={roomAddress(links.revenueCash, parameters)} replace />;

  const comparedMonth = overview.data?.comparedPeriod?.to ?? null;
  const total = isPlain ? 'items' : 'customers';

  function listed(): ReactNode {
    if (list === 'items') return <ItemsGrid month={month} text={filter.text} current={current} openCustomerId={customerId} onText={onText} />;
    if (list === 'customers') return <CustomersGrid room={links.revenue} month={month} view={view} text={filter.text} openCustomerId={customerId} onText={onText} />;
    if (list === 'figures') return overview.data ? <FiguresBox cards={overview.data.cards} from={month} to={month} comparedMonth={comparedMonth} view={view} asOf={overview.data.asOf} /> : null;
    return <MovementsGrid room={links.revenue} from={month} to={month} view={view} kind={kind} text={filter.text} current={current} openCustomerId={customerId} onText={onText} onClearKind={() => setFilter({ kind: null })} />;
  }

  // What refuses both refuses the list as well: it is said once, and not in each box.
  const isRefused = overview.isLoadingError && monthly.isLoadingError;

  return (
    <RevenueRoom part="Overview" asOf={overview.data?.asOf} isCompared choices={<RevenuePickers />} panel={customerId ? <CustomerPanel customerId={customerId} from={month} month={month} view={view} onClose={close} onStep={stepGrid} /> : undefined}>
      {hasRevenue === false ? <NoRevenueYet /> : isRefused ? <ErrorNotice error={overview.error} onRetry={() => { void overview.refetch(); void monthly.refetch(); }} /> : (
        <>
          {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
          <Caveats caveats={overview.data?.caveats} />
          <MeasureCards figures={headline} cards={overview.data?.cards} isRunning={overview.data?.isRunning ?? false} hasFailed={overview.isError} from={month} to={month} comparedMonth={comparedMonth} view={view} />
          <div className="two">
            <MrrBox months={isAnswered ? months : undefined} error={monthly.error} onRetry={() => void monthly.refetch()} month={month} view={view} onSelect={choose} />
            <MonthPanel current={current} hasFailed={monthly.isError || outside.isError} cards={overview.data?.cards} view={view} month={month} kind={list === 'movements' ? (kind ?? null) : null} onKind={(next) => setFilter({ kind: next, list: null })} isListingTotal={list === total} onTotal={(isListed) => setFilter({ kind: null, list: isListed ? total : null })} />
          </div>
          <div className="chips" role="group" aria-label="What is listed">
            {shownLists.map((each) => <button key={each} type="button" className="chip" aria-pressed={list === each} onClick={() => setFilter({ list: each === 'movements' ? null : each, kind: null })}>{listNames[each]}</button>)}
          </div>
          {isAnswered ? listed() : null}
        </>
      )}
    </RevenueRoom>
  );
}

/** From the first month in which there was any; before it there is nothing to draw. */
function monthsWithMrr<Row extends { readonly startMinor: number; readonly endMinor: number; readonly isRunning: boolean }>(months: readonly Row[]): readonly Row[] {
  const first = months.findIndex((each) => each.startMinor !== 0 || each.endMinor !== 0 || each.isRunning);
  return first === -1 ? months : months.slice(first);
}
