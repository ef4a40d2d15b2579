import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { NoRevenueYet, useHasRevenue } from './no-revenue-yet.tsx';
import { ReportMailBox } from './report-mail-box.tsx';
import { RevenueRoom } from './revenue-room.tsx';
import { useStandpoint } from './use-standpoint.ts';

// pdf.js is large: it comes when a report is looked at.
const ReportPages = lazy(async () => ({ default: (await import('./report-pages.tsx')).ReportPages }));

/** The month on paper, as it is saved and sent. */
export function ReportRoom() {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const { month } = useStandpoint();
  const report = useQuery(queries.revenueReport.make.queryOptions({ input: { month }, staleTime: 60_000 }));
  // Before the first revenue there is no report to draw, which is no failure.
  const isTooEarly = useHasRevenue() === false && report.isError;
  return (
    <RevenueRoom part="Report" asOf={report.data?.asOf} choices={null}>
      <div className="two report-room">
        <Box title={`Revenue report, ${formatMonth(month, locale, 'long')}`} note={report.data?.fileName}>
          {isTooEarly ? <NoRevenueYet /> : report.isError ? <div className="section"><ErrorNotice error={report.error} onRetry={() => void report.refetch()} /></div> : null}
          {report.data ? <Suspense fallback={<div style={{ height: 480 }} />}><ReportPages fileName={report.data.fileName} bytes={report.data.bytes} /></Suspense> : report.isError ? null : <p className="section quiet" role="status">Drawing the report</p>}
        </Box>
        <ReportMailBox month={month} />
      </div>
    </RevenueRoom>
  );
}
