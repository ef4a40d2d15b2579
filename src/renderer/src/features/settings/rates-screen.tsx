import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { z } from 'zod';
import type { rateRowSchema } from '../../../../shared/api/rates.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { DayRangePicker } from '../../components/day-range-picker.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { definedOnly, useUrlFilter } from '../../lib/url-filter.ts';
import { RatesKnownSection, RatesSourceSection } from './rates-sections.tsx';
import { SettingsNav } from './settings-nav.tsx';

type RateRow = z.infer<typeof rateRowSchema>;
type RateFilter = { currency?: string; from?: string; to?: string };

const columnsFor = (functionalCurrency: string): readonly GridColumn<RateRow>[] => [
  { id: 'on', header: 'Day', size: 130, sortBy: 'on', cell: (row) => <DateText day={row.on} />, text: (row) => row.on },
  { id: 'currency', header: 'Currency', size: 110, sortBy: 'currency', cell: (row) => row.currency.toUpperCase(), text: (row) => row.currency },
  { id: 'rate', header: `In ${functionalCurrency.toUpperCase()}`, size: 170, align: 'end', cell: (row) => <span className="mono">{row.rate}</span>, text: (row) => row.rate },
  { id: 'source', yields: 1, header: 'Source', size: 300, minSize: 160, growth: 1, cell: (row) => <span className="quiet">{row.source}</span>, text: (row) => row.source },
  { id: 'fetchedAt', yields: 2, header: 'Read', size: 180, cell: (row) => (row.fetchedAt === null ? <span className="muted">with the sync</span> : <DateText instant={row.fetchedAt} />), text: (row) => (row.fetchedAt === null ? '' : new Date(row.fetchedAt).toISOString()) },
];

/** Which exchange rates are known, where they come from, and which are waited for. */
export function RatesScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['currency', 'from', 'to'] as const);
  const overview = useQuery(queries.rates.overview.queryOptions({ input: {} }));
  const typed = filter.currency?.toLowerCase();
  const currency = typed !== undefined && isCurrencyCode(typed) ? typed : undefined;
  const { from, to } = filter;
  const source = useMemo(() => gridSource<RateRow, 'on' | 'currency', RateFilter>(queries.rates.list.key(), client.rates.list, ['on', 'currency'], definedOnly({ currency, from, to })), [client, queries, currency, from, to]);
  const data = overview.data;
  const columns = useMemo(() => columnsFor(data?.functionalCurrency ?? ''), [data?.functionalCurrency]);
  return (
    <Screen title="Settings" controls={<SettingsNav />}>
      {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
      {data ? (
        <>
          <Box title="Exchange rates"><RatesKnownSection overview={data} /><RatesSourceSection overview={data} /></Box>
          <Box isFilling label="Rates">
            <div className="box-head">
              <h2>One unit in {data.functionalCurrency.toUpperCase()}</h2>
              <span className="grow" />
              <FilterInput label="Filter by currency" placeholder="Currency" widthPx={110} value={filter.currency} isInvalid={typed !== undefined && typed.length >= 3 && currency === undefined} onChange={(value) => setFilter({ currency: value }, { replace: true })} />
              <DayRangePicker from={from ?? null} to={to ?? null} onChange={(range) => setFilter(range)} />
            </div>
            <DataGrid
              id="exchange-rates" label="Exchange rates" columns={columns} source={source} noun={['rate', 'rates']} rowId={rowId} defaultSort={{ column: 'on', direction: 'descending' }}
              empty={<EmptyState title="No rates">{currency || from || to ? 'No rate fits this filter.' : data.owner === 'desk' ? 'Import a file, or set an address: until then what is in another currency waits.' : 'The next sync of the shared database brings the company’s own.'}</EmptyState>}
            />
          </Box>
        </>
      ) : null}
    </Screen>
  );
}

function rowId(row: RateRow): string {
  return `${row.currency}/${row.on}`;
}
