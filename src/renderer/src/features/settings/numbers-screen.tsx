import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { NumberBlockView, NumbersOverviewView } from '../../../../shared/api/numbers.contract.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { AsOf, Box, Screen } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { useCan } from '../../lib/preferences.tsx';
import { LeaseDialog, ReturnDialog } from './numbers-dialogs.tsx';
import { BlocksTable, GapsTable, SeriesTable } from './numbers-tables.tsx';
import { SettingsNav } from './settings-nav.tsx';

/** Which number comes next, who holds numbers to use offline, and which numbers no document has. */
export function NumbersScreen() {
  const isAccountant = useCan('accountant');
  return <Screen title="Settings" part="Document numbers" controls={<SettingsNav />}>{isAccountant ? <Numbers /> : <EmptyState title="Document numbers are accountants’ work">Their next numbers, the blocks that desks hold and the gap register are shown to accountants and admins. The number of each document stands on it.</EmptyState>}</Screen>;
}

type Opened = { readonly kind: 'lease' } | { readonly kind: 'return'; readonly block: NumberBlockView } | null;

function Numbers() {
  const { queries } = useApi();
  const overview = useQuery(queries.numbers.overview.queryOptions({ input: {} }));
  const isOnline = overview.data?.isOnline === true;
  const gaps = useQuery(queries.numbers.gaps.queryOptions({ input: {}, enabled: isOnline }));
  const [opened, setOpened] = useState<Opened>(null);
  if (overview.isError) return <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} />;
  const { data } = overview;
  if (!data) return null;
  const lease = <Button disabled={!isOnline} onClick={() => setOpened({ kind: 'lease' })}>Lease numbers…</Button>;
  return (
    <>
      {isOnline ? null : <OfflineNotice overview={data} onRetry={() => void overview.refetch()} isBusy={overview.isFetching} />}
      <OpenUses overview={data} />
      {isOnline ? (
        <Box title="Series" note="INV: one-off invoices. CN: credit notes. Each year begins at 1." actions={<AsOf instant={data.asOf} />}>
          <SeriesTable series={data.series} />
        </Box>
      ) : null}
      <Box title="Blocks held by desks" note={data.kind === 'local' ? 'This desk works alone: it always reaches its own numbers and needs no block.' : 'Numbers that one desk alone may use, so that it can finalise offline.'} actions={lease}>
        {data.blocks.length > 0 ? <BlocksTable blocks={data.blocks} asOf={data.asOf} isOnline={isOnline} onReturn={(block) => setOpened({ kind: 'return', block })} /> : (
          <EmptyState title={isOnline ? 'No desk holds numbers' : 'This desk holds no numbers'}>{isOnline ? 'Online, documents get the next number of their series. Before you go offline, lease a few.' : 'Invoices and credit notes stay drafts until the shared database is reached.'}</EmptyState>
        )}
      </Box>
      {isOnline ? (
        <Box title="Gap register" note="Numbers that no document has and none will get.">
          {gaps.isError ? <ErrorNotice error={gaps.error} onRetry={() => void gaps.refetch()} /> : null}
          {gaps.data?.gaps.length === 0 ? <EmptyState title="No gaps">Every number that was given is on a document, or in a block that a desk still holds.</EmptyState> : null}
          {gaps.data && gaps.data.gaps.length > 0 ? <GapsTable gaps={gaps.data.gaps} /> : null}
        </Box>
      ) : null}
      {opened?.kind === 'lease' ? <LeaseDialog overview={data} onClose={() => setOpened(null)} /> : null}
      {opened?.kind === 'return' ? <ReturnDialog block={opened.block} onClose={() => setOpened(null)} /> : null}
    </>
  );
}

function OfflineNotice({ overview, onRetry, isBusy }: { overview: NumbersOverviewView; onRetry: () => void; isBusy: boolean }) {
  const left = overview.blocks.reduce((sum, block) => sum + block.left, 0);
  return (
    <div className="notice attention" role="status">
      <strong>Offline: the shared database is not reached</strong>
      <span>{left > 0 ? <>This desk holds <NumberText value={left} /> unused {left === 1 ? 'number' : 'numbers'} and gives them to what is finalised here; it tells the shared database when that is reached again.</> : 'This desk holds no unused number: what is to be finalised waits as a draft.'}</span>
      <span className="quiet">Next numbers, other desks’ blocks and the gap register are known online only; so is leasing and returning.</span>
      <span className="row-flex"><Button size="compact-xs" variant="default" loading={isBusy} onClick={onRetry}>Look again</Button></span>
    </div>
  );
}

/** Numbers of this desk that the shared database has not heard of, or refuses. */
function OpenUses({ overview }: { overview: NumbersOverviewView }) {
  const waiting = overview.openUses.filter((use) => use.refusal === null);
  const refused = overview.openUses.filter((use) => use.refusal !== null);
  return (
    <>
      {waiting.length > 0 ? (
        <div className="notice info" role="status">
          <strong><NumberText value={waiting.length} /> {waiting.length === 1 ? 'number was' : 'numbers were'} used here and not told yet</strong>
          <span>{waiting.map((use) => use.number).join(', ')}</span>
          <span className="quiet">They are told with the next sync of the shared database.</span>
        </div>
      ) : null}
      {refused.map((use) => (
        <div key={use.documentId} className="notice" role="alert">
          <strong>{use.number} was refused</strong>
          <span>{use.refusal?.message}</span>
          <span>{use.refusal?.nextStep}</span>
          <span className="code"><code>{use.refusal?.code}</code> document <code>{use.documentId}</code></span>
        </div>
      ))}
    </>
  );
}
