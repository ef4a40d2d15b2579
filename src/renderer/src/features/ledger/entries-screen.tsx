import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { entryFilterSchema } from '../../../../shared/api/ledger-reading.contract.ts';
import type { entryRowSchema } from '../../../../shared/api/ledger.contract.ts';
import { isCurrencyCode } from '../../../../shared/money/currency.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { DayRangePicker } from '../../components/day-range-picker.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink, shortId } from '../../components/entity-link.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneySums } from '../../components/money-text.tsx';
import { MonthFilter } from '../../components/month-filter.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box } from '../../components/screen.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { accountNumber } from '../../lib/account-number.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { definedOnly, useUrlFilter } from '../../lib/url-filter.ts';
import { AccountSelect, useAccounts } from './account-select.tsx';
import { EntryPanel } from './entry-panel.tsx';
import { LedgerScreen } from './ledger-screen.tsx';
import { PendingEntries, PendingNotice } from './pending-entries.tsx';

export type EntryRow = z.infer<typeof entryRowSchema>;
type EntryFilter = z.infer<typeof entryFilterSchema>;

const columns: readonly GridColumn<EntryRow>[] = [
  { id: 'sequence', header: 'No.', size: 84, sortBy: 'sequence', cell: (row) => <NumberText value={row.sequence} />, text: (row) => String(row.sequence) },
  { id: 'entryDate', header: 'Date', kind: 'date', size: 120, sortBy: 'entryDate', cell: (row) => <DateText day={row.entryDate} />, text: (row) => row.entryDate },
  { id: 'kind', yields: 1, header: 'Kind', size: 150, minSize: 136, growth: 0.6, cell: (row) => statusWord(row.kind), text: (row) => row.kind },
  { id: 'memo', header: 'Memo', size: 220, minSize: 160, growth: 2, cell: (row) => row.memo, text: (row) => row.memo },
  { id: 'source', yields: 2, header: 'Source', size: 170, cell: (row) => <span className="muted" title={row.sourceId}>{shortId(row.sourceId)}</span>, text: (row) => row.sourceId },
  { id: 'sourceType', yields: 3, header: 'Source type', size: 170, isHiddenAtFirst: true, cell: (row) => <span className="muted">{statusWord(row.sourceType)}</span>, text: (row) => row.sourceType },
  { id: 'amount', header: 'Amount', size: 220, align: 'end', cell: (row) => <MoneySums sums={row.amounts} />, text: (row) => row.amounts.map((each) => `${toDecimalString(each.amount, each.currency)} ${each.currency}`).join('; ') },
];

const filterNames = ['account', 'currency', 'from', 'to', 'month', 'kind', 'sourceType', 'sourceId', 'partyId', 'amount', 'text'] as const;

/** The general ledger: every entry, narrowed by what is known of it; the sums tie with the trial balance. */
export function EntriesScreen() {
  const { client, queries } = useApi();
  const [filter, setFilter] = useUrlFilter(filterNames);
  const [shown, setShown] = useUrlFilter(['pending'] as const);
  const showsPending = shown.pending === 'yes';
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const account = useAccounts()?.find((each) => each.code === filter.account);
  const known = useQuery(queries.ledger.entryKinds.queryOptions({ input: {}, staleTime: 60_000 })).data;
  const { account: accountCode, from, to, month, kind, sourceType, sourceId, partyId, amount, text } = filter;
  const currency = filter.currency && isCurrencyCode(filter.currency) ? filter.currency : undefined;
  const source = useMemo(
    () => gridSource<EntryRow, 'sequence' | 'entryDate', EntryFilter>(queries.ledger.entries.key(), client.ledger.entries, ['sequence', 'entryDate'], definedOnly({ accountCode, currency, from, to, month, kind, sourceType, sourceId, partyId, amount, text })),
    [client, queries, accountCode, currency, from, to, month, kind, sourceType, sourceId, partyId, amount, text],
  );
  const close = useCallback(() => { void navigate({ pathname: links.journal, search: parameters.toString() }); }, [navigate, parameters]);
  const isNarrowed = filterNames.some((name) => filter[name] !== undefined);
  const clear = () => setFilter(Object.fromEntries(filterNames.map((name) => [name, null])));
  const controls = (
    <>
      <MonthFilter month={month} onChange={(value) => setFilter({ month: value, from: null, to: null })} />
      <DayRangePicker from={from ?? null} to={to ?? null} onChange={(range) => setFilter({ ...range, month: null })} />
      {isNarrowed ? <button type="button" className="text-button" onClick={clear}>Clear filters</button> : null}
    </>
  );
  const title = account ? `${accountNumber(account.code)} ${account.name}${currency ? `, ${currency.toUpperCase()}` : ''}` : 'Journal entries';
  return (
    <LedgerScreen part="Journal" controls={controls} panel={id ? <EntryPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      <PendingNotice isShown={showsPending} onToggle={(isShown) => setShown({ pending: isShown ? 'yes' : null })} />
      {showsPending ? <PendingEntries /> : <Box isFilling label="Journal">
        <div className="box-head">
          <h2>{title}</h2>
          {account ? <span className="muted">what each entry moves on it · <EntityLink to={links.accountStatement(account.code, currency ?? account.currencies[0] ?? '', to ?? null)}>Statement</EntityLink></span> : null}
          {sourceId ? <button type="button" className="chip" aria-pressed title="Show all sources" onClick={() => setFilter({ sourceId: null })}>{shortId(sourceId)} ×</button> : null}
          {partyId ? <button type="button" className="chip" aria-pressed title="Show all parties" onClick={() => setFilter({ partyId: null })}>{shortId(partyId)} ×</button> : null}
          {currency ? <button type="button" className="chip" aria-pressed title="Show all currencies" onClick={() => setFilter({ currency: null })}>{currency.toUpperCase()} ×</button> : null}
          <span className="grow" />
          <AccountSelect isClearable value={accountCode} onChange={(code) => setFilter({ account: code, currency: null })} />
          <Select aria-label="Kind" placeholder="Any kind" clearable searchable w={170} value={kind ?? null} data={known?.kinds.map((value) => ({ value, label: statusWord(value) })) ?? []} onChange={(value) => setFilter({ kind: value })} />
          <Select aria-label="Source type" placeholder="Any source" clearable searchable w={170} value={sourceType ?? null} data={known?.sourceTypes.map((value) => ({ value, label: statusWord(value) })) ?? []} onChange={(value) => setFilter({ sourceType: value })} />
          <FilterInput label="Amount" placeholder="Amount" widthPx={110} value={amount} onChange={(typed) => setFilter({ amount: typed }, { replace: true })} />
          <FilterInput label="Filter entries" placeholder="Memo, key or source id" widthPx={180} value={text} onChange={(typed) => setFilter({ text: typed }, { replace: true })} />
        </div>
        <DataGrid
          id="entries" label="Journal entries" columns={columns} source={source} noun={['entry', 'entries']} rowId={entryId} openId={id} defaultSort={{ column: 'sequence', direction: 'descending' }} fileName="journal-entries"
          amountOf={null}
          onOpen={(row, how) => { void navigate({ pathname: links.journalEntry(row.id), search: parameters.toString() }, how); }}
          empty={isNarrowed ? <EmptyState title="No entry fits this filter" action={<button type="button" className="text-button" onClick={clear}>Clear filters</button>}>An amount is found as you write it, such as 1,234.56 or 500 JPY.</EmptyState> : <EmptyState title="No entries yet" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>The journal fills itself from Stripe: every payment, fee, refund and payout becomes a balanced entry.</EmptyState>}
        />
      </Box>}
    </LedgerScreen>
  );
}

function entryId(row: EntryRow): string {
  return row.id;
}
