import { useQuery } from '@tanstack/react-query';
import { Screen, type ScreenProps } from '../../components/screen.tsx';
import { WorkspaceTabs } from '../../components/workspace-tabs.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';

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
export function PartnersRoom({ part, ...screen }: Omit<ScreenProps, 'title' | 'tabs'> & { part: (typeof rooms)[number]['title'] }) {
  const { data } = useChangesStatus();
  const counts: Readonly<Record<string, number | undefined>> = { Conflicts: data?.conflicts, Approvals: data?.approvals, Queue: data && data.pending + data.parked };
  return <Screen title="Partners" part={part} tabs={<WorkspaceTabs label="Partners" tabs={rooms.map(({ to, title }) => ({ to, title, isOn: title === part, count: counts[title] }))} />} {...screen} />;
}
