import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { factKindSchema, parkedFactSchema } from '../../../../shared/api/stripe.contract.ts';
import { DataGrid } from '../../components/data-grid/data-grid.tsx';
import { stepGrid } from '../../components/data-grid/grid-registry.ts';
import type { GridColumn } from '../../components/data-grid/grid-types.ts';
import { DateText } from '../../components/date-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { shortId } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { GatewayRawObject } from '../../components/raw-object.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { gridSource } from '../../lib/grid-source.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { definedOnly, useUrlFilter } from '../../lib/url-filter.ts';
import { useStartJob } from '../../lib/use-start-job.ts';
import { SettingsNav } from './settings-nav.tsx';

type ParkedFact = z.infer<typeof parkedFactSchema>;
type FactKind = z.infer<typeof factKindSchema>;
type ParkedFilter = { reasonCode?: string; text?: string };

const kindWords: Readonly<Record<FactKind, string>> = { balance_transaction: 'Balance transaction', invoice: 'Invoice', credit_note: 'Credit note', customer_balance_transaction: 'Customer credit' };

const columns: readonly GridColumn<ParkedFact>[] = [
  { id: 'id', header: 'Fact', size: 190, cell: (row) => <span title={row.id}>{shortId(row.id)}</span>, text: (row) => row.id },
  { id: 'kind', yields: 2, header: 'Kind', size: 160, sortBy: 'kind', cell: (row) => kindWords[row.kind], text: (row) => row.kind },
  { id: 'occurredAt', header: 'At Stripe', kind: 'instant', size: 170, sortBy: 'occurredAt', cell: (row) => <DateText instant={row.occurredAt} />, text: (row) => new Date(row.occurredAt).toISOString() },
  { id: 'reasonCode', header: 'Waits for', size: 180, sortBy: 'reasonCode', cell: (row) => <StatusBadge status={row.reasonCode} />, text: (row) => row.reasonCode },
  { id: 'reason', yields: 0, header: 'Why', size: 260, minSize: 160, growth: 1.4, cell: (row) => <span className="quiet">{row.reason ?? ''}</span>, text: (row) => row.reason ?? '' },
  { id: 'nextStep', yields: 1, header: 'What to do', size: 260, minSize: 160, growth: 1.4, cell: (row) => <span className="quiet">{row.nextStep}</span>, text: (row) => row.nextStep },
];

/** Facts of Stripe's that have no entry yet: what each waits for, and what ends the waiting. */
export function StripeWaitingScreen() {
  const { client, queries } = useApi();
  const canRun = useCan('finance');
  const [filter, setFilter] = useUrlFilter(['reason', 'text'] as const);
  const [parameters] = useSearchParams();
  const { id = null } = useParams();
  const navigate = useNavigate();
  const overview = useQuery(queries.stripe.overview.queryOptions({ input: {} }));
  const start = useStartJob();
  const { reason: reasonCode, text } = filter;
  const source = useMemo(
    () => gridSource<ParkedFact, 'occurredAt' | 'reasonCode' | 'kind', ParkedFilter>(queries.stripe.parked.key(), client.stripe.parked, ['occurredAt', 'reasonCode', 'kind'], definedOnly({ reasonCode, text })),
    [client, queries, reasonCode, text],
  );
  const close = useCallback(() => { void navigate({ pathname: links.stripeWaiting, search: parameters.toString() }); }, [navigate, parameters]);
  const groups = overview.data?.waiting ?? [];
  return (
    <Screen title="Settings" controls={<SettingsNav />} panel={id ? <FactPanel id={id} onClose={close} onStep={stepGrid} /> : undefined}>
      {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
      <Box isFilling label="Facts that wait">
        <div className="box-head">
          <h2>Facts that wait to be posted</h2>
          <div className="chips" role="group" aria-label="Waits for">
            <button type="button" className="chip" aria-pressed={!reasonCode} onClick={() => setFilter({ reason: null })}>All</button>
            {groups.map((group) => <button key={group.reasonCode} type="button" className="chip" aria-pressed={reasonCode === group.reasonCode} onClick={() => setFilter({ reason: group.reasonCode })}>{statusWord(group.reasonCode)}<span className="count"><NumberText value={group.count} /></span></button>)}
          </div>
          <span className="grow" />
          {canRun && groups.length > 0 ? <Button size="compact-sm" variant="default" loading={start.isPending} onClick={() => start.mutate({ job: 'stripe-sync' })}>Sync and try again</Button> : null}
          <TextInput aria-label="Filter by id" placeholder="Id" defaultValue={text ?? ''} onChange={(event) => setFilter({ text: event.currentTarget.value || null }, { replace: true })} />
        </div>
        <DataGrid
          id="stripe-waiting" label="Facts that wait" columns={columns} source={source} noun={['fact', 'facts']} rowId={factId} openId={id} defaultSort={{ column: 'occurredAt', direction: 'descending' }}
          onOpen={(row, how) => { void navigate({ pathname: links.stripeWaitingFact(row.id), search: parameters.toString() }, how); }}
          empty={<EmptyState title="Nothing waits">{reasonCode || text ? 'No fact fits this filter.' : 'Everything that came in stands in the journal.'}</EmptyState>}
        />
      </Box>
    </Screen>
  );
}

function factId(row: ParkedFact): string {
  return row.id;
}

function FactPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const facts = useQuery(queries.stripe.parked.queryOptions({ input: { limit: 1, filter: { text: id } } }));
  const fact = facts.data?.rows.find((row) => row.id === id);
  return (
    <SidePanel title={id} label="Fact" note={fact ? <StatusBadge status={fact.reasonCode} /> : null} onClose={onClose} onStep={onStep}>
      {facts.isError ? <div className="section"><ErrorNotice error={facts.error} onRetry={() => void facts.refetch()} /></div> : null}
      {facts.data && !fact ? <Section title="It waits no longer"><p className="quiet">It was posted meanwhile, or never waited. Its entries stand in the journal.</p></Section> : null}
      {fact ? (
        <>
          <Section title="Why it waits"><p>{fact.reason ?? statusWord(fact.reasonCode)}</p><p className="quiet">{fact.nextStep}</p></Section>
          <Section title="Fact"><Facts rows={[['Kind', kindWords[fact.kind]], ['At Stripe', <DateText key="at" instant={fact.occurredAt} />], ['Waits for', <StatusBadge key="reason" status={fact.reasonCode} />]]} /></Section>
          <GatewayRawObject kind={fact.kind} id={fact.id} />
        </>
      ) : null}
    </SidePanel>
  );
}
