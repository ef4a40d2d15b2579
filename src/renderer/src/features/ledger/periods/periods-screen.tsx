import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Box, Card } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { formatMonth } from '../../../lib/dates.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { LedgerScreen } from '../ledger-screen.tsx';
import { CloseThroughDialog } from './close-through-dialog.tsx';
import { PeriodPanel } from './period-panel.tsx';
import { RevaluationDialog } from './revaluation-dialog.tsx';
import { periodStatus, type PeriodView } from './period-view.ts';

/** The months of the books, newest first: which are closed, which may be closed next, and what stands in the way. */
export function PeriodsScreen() {
  const { queries } = useApi();
  const { month = null } = useParams();
  const navigate = useNavigate();
  const read = useQuery(queries.ledger.periods.queryOptions({ input: {} }));
  // A month in which nothing was ever posted or done is not worth a row of its own.
  const hasBooks = read.data?.periods.some((period) => period.entries > 0 || period.history.length > 0) ?? false;
  const periods = hasBooks ? read.data?.periods.toReversed() ?? [] : [];
  const open = periods.find((period) => period.month === month);
  const canClose = useCan('accountant');
  const [isClosingSeveral, setIsClosingSeveral] = useState(false);
  const close = useCallback(() => { void navigate(links.periods); }, [navigate]);
  const step = (delta: 1 | -1) => {
    const next = periods[periods.findIndex((period) => period.month === month) + delta];
    if (next) void navigate(links.period(next.month), { replace: true });
  };
  const panel = month && read.data ? <PeriodPanel key={month} month={month} period={open} fourEyes={read.data.fourEyes} onClose={close} onStep={step} /> : undefined;
  // Newest first on the screen; closed from the oldest on.
  const closable = (read.data?.periods ?? []).filter((period) => hasBooks && period.state === 'open' && period.month >= (read.data?.periods.find((each) => each.isNextToClose)?.month ?? '9999-12')).map((period) => period.month);
  const several = canClose && closable.length > 1 ? <Button variant="default" onClick={() => setIsClosingSeveral(true)}>Close several months…</Button> : undefined;
  return (
    <LedgerScreen part="Periods" panel={panel} controls={several}>
      {read.isError ? <ErrorNotice error={read.error} onRetry={() => void read.refetch()} /> : null}
      {read.data && periods.length === 0 ? <EmptyState title="No months yet" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>With the first journal entry its month appears here. A month that is over can be closed: nothing enters it after that.</EmptyState> : null}
      {periods.length > 0 ? (
        <>
          <PeriodCards periods={periods} fourEyes={read.data?.fourEyes ?? 'off'} />
          <Box isFilling title="Months" note="newest first; closed in their order, opened again from the last one back" actions={<RevaluationSetting revaluation={read.data?.revaluation ?? 'off'} />}>
            <PeriodTable periods={periods} openMonth={month} />
          </Box>
        </>
      ) : null}
      {isClosingSeveral ? <CloseThroughDialog months={closable} onClose={() => setIsClosingSeveral(false)} /> : null}
    </LedgerScreen>
  );
}

function PeriodCards({ periods, fourEyes }: { periods: readonly PeriodView[]; fourEyes: 'on' | 'off' }) {
  const { locale } = usePreferences();
  const lastClosed = periods.find((period) => period.state === 'closed');
  const next = periods.find((period) => period.isNextToClose);
  const inTheWay = next?.checklist?.filter((check) => !check.isFine).length ?? 0;
  const asked = periods.find((period) => period.reopenRequest !== null);
  return (
    <div className="cards">
      <Card label="Closed up to" value={lastClosed ? formatMonth(lastClosed.month, locale) : <span className="muted">Nothing yet</span>} note={lastClosed?.closedAt ? <><DateText instant={lastClosed.closedAt} /> by {lastClosed.closedBy}</> : 'Every month is open'} />
      <Card label="Next to close" value={next ? <Link to={links.period(next.month)}>{formatMonth(next.month, locale)}</Link> : <span className="muted">None</span>} note={next === undefined ? null : inTheWay === 0 ? <span className="ok">Nothing stands in the way</span> : `${inTheWay} ${inTheWay === 1 ? 'thing stands' : 'things stand'} in the way`} />
      <Card label="Asked to reopen" value={asked ? <Link to={links.period(asked.month)}>{formatMonth(asked.month, locale)}</Link> : <span className="muted">None</span>} note={asked?.reopenRequest ? `${asked.reopenRequest.actor} waits for a second person` : 'Nobody has asked'} />
      <Card label="Four eyes" value={fourEyes === 'on' ? 'On' : 'Off'} note={fourEyes === 'on' ? 'Opening a month takes two people' : 'A desk of its own: recorded as off with each step'} />
    </div>
  );
}

/** What closing does with foreign balances, and where an accountant changes it. */
function RevaluationSetting({ revaluation }: { revaluation: 'on' | 'off' }) {
  const canSet = useCan('accountant');
  const [isAsking, setAsking] = useState(false);
  return (
    <span className="quiet">
      {revaluation === 'on' ? 'Closing revalues foreign balances' : 'Foreign balances are closed as booked'}{canSet ? <> · <button type="button" className="text-button" onClick={() => setAsking(true)}>Change…</button></> : null}
      {isAsking ? <RevaluationDialog isOn={revaluation === 'on'} onClose={() => setAsking(false)} /> : null}
    </span>
  );
}

function PeriodTable({ periods, openMonth }: { periods: readonly PeriodView[]; openMonth: string | null }) {
  const { locale } = usePreferences();
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Months">
      <table className="plain">
        <thead><tr><th scope="col">Month</th><th scope="col">State</th><th scope="col" className="num">Entries</th><th scope="col">In the way</th><th scope="col">Closed</th><th scope="col">By</th><th scope="col" className="num">Head</th></tr></thead>
        <tbody>
          {periods.map((period) => (
            <tr key={period.month} className={period.month === openMonth ? 'on' : ''}>
              <th scope="row"><Link to={links.period(period.month)}><DateText month={period.month} /></Link></th>
              <td><StatusBadge status={`period-${periodStatus(period)}`} />{period.isNextToClose && period.state === 'open' ? <span className="muted"> next</span> : null}</td>
              <td className="num">{period.entries === 0 ? <span className="muted">0</span> : <Link to={links.monthEntries(period.month)} title="Entries of this month"><NumberText value={period.entries} /></Link>}</td>
              <td className="quiet">{period.checklist ? withLocalDates(period.checklist.filter((check) => !check.isFine).map((check) => check.detail ?? check.title)[0] ?? 'Nothing', locale) : ''}</td>
              <td><DateText instant={period.closedAt} /></td>
              <td>{period.closedBy ?? <span className="muted">—</span>}</td>
              <td className="num">{period.headSequence === null ? <span className="muted">—</span> : <span title={period.headHash ?? undefined}>no. <NumberText value={period.headSequence} /></span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
