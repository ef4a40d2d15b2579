import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { z } from 'zod';
import type { bankStatementSchema, BankAccountView } from '../../../../../shared/api/banking.contract.ts';
import { toDecimalString } from '../../../../../shared/money/money.ts';
import { DataGrid } from '../../../components/data-grid/data-grid.tsx';
import type { GridColumn } from '../../../components/data-grid/grid-types.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Box, Card } from '../../../components/screen.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { gridSource } from '../../../lib/grid-source.ts';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { definedOnly, useUrlFilter } from '../../../lib/url-filter.ts';
import { ReconciliationWorkspace } from '../reconciliation-workspace.tsx';
import { proofWords } from './bank-words.ts';
import { ImportDialog } from './import-dialog.tsx';
import { RulesDialog } from './rules-dialog.tsx';

type StatementRow = z.infer<typeof bankStatementSchema>;
type StatementFilter = { accountId?: string };

const amount = (row: StatementRow, minor: number | null) => (minor === null ? <span className="muted">—</span> : <MoneyText amount={minor} currency={row.currency} hidesCurrency />);
const amountText = (row: StatementRow, minor: number | null): string => (minor === null ? '' : toDecimalString(minor, row.currency));

const columns: readonly GridColumn<StatementRow>[] = [
  { id: 'to', header: 'To', kind: 'date', size: 112, sortBy: 'to', cell: (row) => <DateText day={row.to} />, text: (row) => row.to ?? '' },
  { id: 'from', header: 'From', kind: 'date', size: 112, yields: 3, cell: (row) => <DateText day={row.from} />, text: (row) => row.from ?? '' },
  { id: 'reference', header: 'Statement', size: 170, growth: 1, cell: (row) => <span className="quiet" title={row.fileName}>{row.reference ?? row.fileName}</span>, text: (row) => row.reference ?? row.fileName },
  { id: 'lines', header: 'Lines', size: 80, align: 'end', cell: (row) => <NumberText value={row.lines} />, text: (row) => String(row.lines) },
  { id: 'opening', header: 'Opening', size: 130, align: 'end', cell: (row) => amount(row, row.openingMinor), text: (row) => amountText(row, row.openingMinor) },
  { id: 'in', header: 'In', size: 120, align: 'end', yields: 1, cell: (row) => amount(row, row.creditsMinor), text: (row) => amountText(row, row.creditsMinor) },
  { id: 'out', header: 'Out', size: 120, align: 'end', yields: 2, cell: (row) => amount(row, -row.debitsMinor), text: (row) => amountText(row, -row.debitsMinor) },
  { id: 'closing', header: 'Closing', size: 140, align: 'end', cell: (row) => (row.closingMinor === null ? <span className="muted">—</span> : <MoneyText amount={row.closingMinor} currency={row.currency} />), text: (row) => amountText(row, row.closingMinor), currencyOf: (row) => row.currency },
  { id: 'proof', header: 'Balances', size: 180, cell: (row) => <Proof row={row} />, text: (row) => row.proof },
  { id: 'imported', header: 'Imported', size: 160, yields: 4, cell: (row) => <DateText instant={row.importedAt} />, text: (row) => new Date(row.importedAt).toISOString() },
];

/** Whether the statement adds up, and whether it begins where the one before ended. */
function Proof({ row }: { row: StatementRow }) {
  const [word, tone] = proofWords[row.proof];
  if (!row.isWhole) return <span className="badge problem" title="The import broke off: import the file again">Broke off</span>;
  if (row.followsPrevious === false) return <span className="badge attention" title="It does not begin where the one before ended: a statement is missing">Gap before it</span>;
  return <span className={`badge ${tone}`} title={row.proof === 'proved' ? 'Opening + entries = closing' : 'What the file carries is not enough to prove them'}>{word}</span>;
}

/** The bank accounts and their statements, with the proof of their balances; and the way to bring more. */
export function StatementsScreen() {
  const { client, queries } = useApi();
  const canImport = useCan('finance');
  const [filter, setFilter] = useUrlFilter(['account'] as const);
  const [dialog, setDialog] = useState<'import' | 'rules' | null>(null);
  const overview = useQuery(queries.banking.accounts.queryOptions({ input: {} }));
  const source = useMemo(() => gridSource<StatementRow, 'to', StatementFilter>(queries.banking.statements.key(), client.banking.statements, ['to'], definedOnly({ accountId: filter.account })), [client, queries, filter.account]);
  const controls = (
    <>
      {canImport ? <Button onClick={() => setDialog('import')}>Import a statement</Button> : null}
      <Button variant="default" onClick={() => setDialog('rules')}>Matching rules</Button>
    </>
  );
  return (
    <ReconciliationWorkspace part="Statements" controls={controls}>
      {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
      {overview.data && overview.data.accounts.length > 0 ? <div className="cards narrow">{overview.data.accounts.map((account) => <AccountCard key={account.id} account={account} />)}</div> : null}
      <Box isFilling label="Statements">
        <div className="box-head">
          <h2>Statements</h2>
          <div className="chips" role="group" aria-label="Bank account">
            <button type="button" className="chip" aria-pressed={filter.account === undefined} onClick={() => setFilter({ account: null })}>All</button>
            {overview.data?.accounts.map((account) => <button key={account.id} type="button" className="chip" aria-pressed={filter.account === account.id} onClick={() => setFilter({ account: account.id })}>{nameOf(account)}</button>)}
          </div>
        </div>
        <DataGrid
          id="bank-statements" label="Statements" columns={columns} source={source} noun={['statement', 'statements']} rowId={rowId} defaultSort={{ column: 'to', direction: 'descending' }}
          empty={<EmptyState title="No bank statement yet" action={canImport ? <Button onClick={() => setDialog('import')}>Import a statement</Button> : undefined}>CAMT.053, MT940, OFX, or a CSV once it has been said which column holds what. The balances are checked, and the same file again changes nothing.</EmptyState>}
        />
      </Box>
      {dialog === 'import' ? <ImportDialog accounts={overview.data?.accounts ?? []} onClose={() => setDialog(null)} /> : null}
      {dialog === 'rules' ? <RulesDialog onClose={() => setDialog(null)} /> : null}
    </ReconciliationWorkspace>
  );
}

const nameOf = (account: BankAccountView): string => `${account.name === account.number ? `…${account.number.slice(-4)}` : account.name} ${account.currency.toUpperCase()}`;
const rowId = (row: StatementRow): string => row.id;

function AccountCard({ account }: { account: BankAccountView }) {
  const state = account.openLines === 0 ? <span className="ok">All lines matched</span> : <EntityLink to={`${links.bankMatching}?account=${account.id}`}><NumberText value={account.openLines} /> unmatched</EntityLink>;
  return (
    <Card
      label={`${nameOf(account)}, ${account.number}`} value={account.closingMinor === null ? <span className="muted">No balance</span> : <MoneyText amount={account.closingMinor} currency={account.currency} />}
      note={<>{state} · {account.gaps > 0 ? <span className="bad">{account.gaps} {account.gaps === 1 ? 'gap' : 'gaps'}</span> : <>up to <DateText day={account.lastOn} /></>}</>}
    />
  );
}
