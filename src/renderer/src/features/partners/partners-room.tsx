import { useQuery } from '@tanstack/react-query';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { Box, Screen, type ScreenProps } from '../../components/screen.tsx';
import { WorkspaceTabs } from '../../components/workspace-tabs.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';

const rooms = [
  { to: links.partners, title: 'Partners' },
  { to: links.contracts, title: 'Contracts' },
  { to: links.conflicts, title: 'Conflicts' },
  { to: links.approvals, title: 'Approvals' },
  { to: links.queue, title: 'Queue' },
] as const;

/** How this desk and the shared database stand to each other, and what waits. */
export function useChangesStatus() {
  const { queries } = useApi();
  return useQuery(queries.changes.status.queryOptions({ input: {} }));
}

/** A screen of the Partners workspace, with the way to the others and what waits in them. */
export function PartnersRoom({ part, panel, children }: Omit<ScreenProps, 'title' | 'tabs'> & { part: (typeof rooms)[number]['title'] }) {
  const { data } = useChangesStatus();
  const canRead = useCan('finance');
  const counts: Readonly<Record<string, number | undefined>> = { Conflicts: data?.conflicts, Approvals: data?.approvals, Queue: data && data.pending + data.parked };
  return <Screen title="Partners" part={part} tabs={<WorkspaceTabs label="Partners" tabs={rooms.map(({ to, title }) => ({ to, title, isOn: title === part, count: counts[title] }))} />} panel={canRead ? panel : undefined}>{canRead ? children : <NotOfThisRole part={part} />}</Screen>;
}

/** What a role may not read is not on its desk: that is no empty list, and nothing that connecting would fill. */
function NotOfThisRole({ part }: { part: string }) {
  return (
    <Box isFilling title={part}>
      <EmptyState title="Your role does not read partners" action={<EntityLink to={links.invoices}>Go to Invoices</EntityLink>}>Partners, what they agreed to and the edits of it are for the roles finance, accountant and admin. An admin gives roles under Settings, People.</EmptyState>
    </Box>
  );
}
