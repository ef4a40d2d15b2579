import { Checkbox, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, type ReactNode } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { statementRowSchema, statementSchema } from '../../../../shared/api/ledger-reading.contract.ts';
import { toDecimalString } from '../../../../shared/money/money.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn, GridWindow } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { DayRangePicker } from '../../components/day-range-picker.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box, Card } from '../../components/screen.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { accountNumber } from '../../lib/account-number.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { dayOfInstant, formatDay } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { dayUpTo, definedOnly, useUrlFilter } from '../../lib/url-filter.ts';
import { AccountSelect, useChartOfAccounts } from './account-select.tsx';
import { EntryPanel } from './entry-panel.tsx';
import { LedgerScreen } from './ledger-screen.tsx';

type Statement = z.infer<typeof statementSchema>;
type StatementRow = z.infer<typeof statementRowSchema>;

/** A statement is of one currency: its columns carry it. */
function columnsIn(currency: string): readonly GridColumn<StatementRow>[] {
  const amount = (id: 'debitMinor' | 'creditMinor' | 'balanceMinor', header: string): GridColumn<StatementRow> => ({
    id, header, size: 146, align: 'end', text: (row) => toDecimalString(row[id], currency), currencyOf: () => currency,
    cell: (row) => (row[id] === 0 && id !== 'balanceMinor' ? '' : <MoneyText amount={row[id]} currency={currency} />),
  });
  return [
    { id: 'entryDate', header: 'Date', kind: 'date', size: 120, cell: (row) => <DateText day={row.entryDate} />, text: (row) => row.entryDate },
    { id: 'sequence', yields: 1, header: 'No.', size: 84, cell: (row) => <NumberText value={row.sequence} />, text: (row) => String(row.sequence) },
    { id: 'kind', yields: 2, header: 'Kind', size: 150, minSize: 150, growth: 0.6, cell: (row) => statusWord(row.kind), text: (row) => row.kind },
    { id: 'memo', header: 'Memo', size: 220, minSize: 140, growth: 2, cell: (row) => row.memo, text: (row) => row.memo },
    { id: 'concerns', yields: 5, header: 'Concerns', size: 100, isHiddenAtFirst: true, cell: (row) => <DateText month={row.concernsMonth} />, text: (row) => row.concernsMonth ?? '' },
    { id: 'party', yields: 4, header: 'Party', size: 150, isHiddenAtFirst: true, cell: (row) => <span className="muted" title={row.partyId ?? undefined}>{row.partyId ? shortId(row.partyId) : '—'}</span>, text: (row) => row.partyId ?? '' },
    { id: 'source', yields: 3, header: 'Source', size: 160, cell: (row) => <span className="muted" title={row.sourceId}>{shortId(row.sourceId)}</span>, text: (row) => row.sourceId },
    amount('debitMinor', 'Debit'), amount('creditMinor', 'Credit'), amount('balanceMinor', 'Balance'),
  ];
}

/** An account over some days: opening balance, every entry with the balance after it, closing balance. */
export function StatementScreen() {
  const [filter, setFilter] = useUrlFilter(['account', 'currency', 'from', 'to', 'with'] as const);
  const { now, timeZone } = usePreferences();
  const chart = useChartOfAccounts();
  const accounts = chart.data?.accounts;
  const account = accounts?.find((each) => each.code === filter.account);
  const subAccounts = accounts?.filter((each) => each.code.startsWith(`${filter.account ?? ''}:`)) ?? [];
  const isWithSubAccounts = filter.with === 'sub-accounts' && subAccounts.length > 0;
  const currencies = [...new Set([...(account?.currencies ?? []), ...(isWithSubAccounts ? subAccounts.flatMap((each) => each.currencies) : [])])].sort();
  // Where an account has one currency there is nothing to choose.
  const currency = filter.currency ?? currencies[0];
  const today = dayOfInstant(now, timeZone);
  const [from, to] = [dayUpTo(today, filter.from), dayUpTo(today, filter.to)];
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const close = useCallback(() => { void navigate({ pathname: links.statement, search: parameters.toString() }); }, [navigate, parameters]);
  const narrowing = (
    <>
      {subAccounts.length > 0 ? <Checkbox label="With sub-accounts" checked={isWithSubAccounts} onChange={(event) => setFilter({ with: event.currentTarget.checked ? 'sub-accounts' : null, currency: null })} /> : null}
      {currencies.length > 1 ? <Select aria-label="Currency" w={84} allowDeselect={false} value={currency ?? null} data={currencies.map((code) => ({ value: code, label: code.toUpperCase() }))} onChange={(code) => setFilter({ currency: code })} /> : null}
      <DayRangePicker from={from ?? null} to={to ?? null} onChange={(range) => setFilter({ from: range.from, to: range.to })} />
    </>
  );
  const controls = <AccountSelect value={filter.account} onChange={(code) => setFilter({ account: code, currency: null, with: null })} />;
  return (
    <LedgerScreen part="Statement" controls={controls} panel={id ? <EntryPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      {chart.isError ? <ErrorNotice error={chart.error} onRetry={() => void chart.refetch()} /> : null}
      {filter.account && (currency || accounts) ? (
        <StatementOf
          accountCode={filter.account} isWithSubAccounts={isWithSubAccounts} currency={currency} from={from} to={to} narrowing={narrowing} openId={id}
          onOpen={(row, how) => { void navigate({ pathname: `${links.statement}/${encodeURIComponent(row.entryId)}`, search: parameters.toString() }, how); }}
        />
      ) : filter.account ? null : <EmptyState title="Whose statement?">Choose an account above: its opening balance, every entry with the balance after it, and its closing balance stand here.</EmptyState>}
    </LedgerScreen>
  );
}

interface StatementOfProps {
  accountCode: string;
  isWithSubAccounts: boolean;
  currency: string | undefined;
  from: string | undefined;
  to: string | undefined;
  /** What of the account is shown: sub-accounts, currency, days. */
  narrowing: ReactNode;
  openId: string | null;
  onOpen: (row: StatementRow, how: { replace: boolean }) => void;
}

function StatementOf({ accountCode, isWithSubAccounts, currency, from, to, narrowing, openId, onOpen }: StatementOfProps) {
  const { client, queries } = useApi();
  const asked = useMemo(() => ({ accountCode, ...(isWithSubAccounts ? { withSubAccounts: true } : {}), ...definedOnly({ currency, from, to }) }), [accountCode, isWithSubAccounts, currency, from, to]);
  const head = useQuery(queries.ledger.statement.queryOptions({ input: { ...asked, limit: 1 } }));
  const source = useMemo(() => ({
    queryKey: [...queries.ledger.statement.key(), asked],
    fetchPage: async ({ startAt, limit }: GridWindow, signal: AbortSignal) => { const { rows, total } = await client.ledger.statement({ ...asked, startAt, limit }, { signal }); return { rows, total, sums: [] }; },
  }), [client, queries, asked]);
  const statement = head.data;
  const shownIn = statement?.currency ?? currency ?? 'usd';
  const columns = useMemo(() => columnsIn(shownIn), [shownIn]);
  return (
    <>
      {head.isError ? null : <StatementCards statement={statement} />}
      <Box isFilling title={statement ? `${accountNumber(statement.account.code)} ${statement.account.name}${isWithSubAccounts ? ' with its sub-accounts' : ''}` : 'Statement'} note={statement ? `${statement.account.type.replaceAll('-', ' ')}, normally ${statement.account.normalSide}; oldest first` : undefined} actions={narrowing}>
        {head.isError ? <div className="section"><ErrorNotice error={head.error} onRetry={() => void head.refetch()} /></div> : <DataGrid
          id="statement" label="Statement" columns={columns} source={source} noun={['entry', 'entries']} rowId={entryId} openId={openId} onOpen={onOpen} fileName={`statement-${accountNumber(accountCode)}-${currency ?? ''}`}
          empty={<EmptyState title="Nothing moved">No entry touches this account in these days. Its balance stays what it was.</EmptyState>}
        />}
      </Box>
    </>
  );
}

function StatementCards({ statement }: { statement: Statement | undefined }) {
  const { locale } = usePreferences();
  if (!statement) return <div className="cards">{['Opening balance', 'Debits', 'Credits', 'Closing balance'].map((label) => <Card key={label} label={label} value={<span className="muted">…</span>} note={<span>&nbsp;</span>} />)}</div>;
  const { currency } = statement;
  return (
    <div className="cards">
      <Card label="Opening balance" value={<MoneyText amount={statement.openingMinor} currency={currency} />} note={statement.from === null ? 'Before the first entry' : `Before ${formatDay(statement.from, locale)}`} />
      <Card label="Debits" value={<MoneyText amount={statement.debitMinor} currency={currency} />} note={<><NumberText value={statement.total} /> {statement.total === 1 ? 'entry' : 'entries'} in all</>} />
      <Card label="Credits" value={<MoneyText amount={statement.creditMinor} currency={currency} />} note="Balance = opening + debits − credits" />
      <Card label="Closing balance" value={<MoneyText amount={statement.closingMinor} currency={currency} />} note={<>{formatDay(statement.to, locale)}, end of day{statement.freshAt === null ? null : <> · fresh at <DateText instant={statement.freshAt} /></>}</>} />
    </div>
  );
}

function entryId(row: StatementRow): string {
  return row.entryId;
}
