import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import { statusWord } from '../components/status-badge.tsx';
import { useApi } from '../lib/api/api-context.tsx';
import { describeError } from '../lib/described-error.ts';
import { useCan } from '../lib/preferences.tsx';
import { paletteStore } from '../lib/palette.ts';
import { linkOfSource } from '../lib/source-links.ts';
import { useStartJob } from '../lib/use-start-job.ts';
import { useEarlyKeys } from './early-keys.ts';
import { workspaces } from './workspaces.ts';

const kindWords: Readonly<Record<string, string>> = { invoice: 'Invoice', customer: 'Customer', partner: 'Partner', payment: 'Payment', 'journal-entry': 'Journal entry', discrepancy: 'Discrepancy', action: 'Action' };

/** Enter without having chosen takes the first: the arrow keys are for the others. */
function chooseFirst(event: KeyboardEvent<HTMLInputElement>): void {
  const list = event.currentTarget.closest('[role="dialog"]');
  if (event.key !== 'Enter' || event.nativeEvent.isComposing || !list || list.querySelector('[data-action][data-selected]')) return;
  list.querySelector<HTMLElement>('[data-action]')?.click();
}

/** Ctrl or Cmd and K: any invoice number, Stripe id, amount, partner or action. */
export function CommandPalette() {
  const [query, setQuery] = useState('');
  useEarlyKeys(setQuery);
  const [text] = useDebouncedValue(query.trim(), 25);
  const navigate = useNavigate();
  const { queries } = useApi();
  const canRun = useCan('finance');
  const startJob = useStartJob();
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: canRun, staleTime: 60_000 })).data?.jobs ?? [];
  const found = useQuery(queries.system.search.queryOptions({ input: { text, limit: 20 }, enabled: text.length > 1, placeholderData: keepPreviousData, staleTime: 5_000 }));

  const wanted = query.trim().toLowerCase();
  const fits = (label: string) => label.toLowerCase().includes(wanted);
  const records: SpotlightActionData[] = (text.length > 1 ? found.data?.results ?? [] : []).map((result) => ({ id: `${result.kind}/${result.id}`, label: result.title, description: [kindWords[result.kind] ?? statusWord(result.kind), result.detail].filter(Boolean).join(' · '), onClick: () => { void navigate(linkOfSource(result.kind, result.id) ?? result.link); } }));
  const places: SpotlightActionData[] = workspaces.map((workspace) => ({ id: `go ${workspace.path}`, label: `Go to ${workspace.title}`, onClick: () => { void navigate(workspace.path); } })).filter((action) => fits(action.label));
  const acts: SpotlightActionData[] = jobs.filter((job) => job.periodKind === 'none').map((job) => ({ id: `run ${job.name}`, label: `Run ${job.title}`, description: job.description, onClick: () => startJob.mutate({ job: job.name }) })).filter((action) => fits(action.label));
  const groups = [{ group: 'Found', actions: records }, { group: 'Go to', actions: places }, { group: 'Actions', actions: acts }].filter((group) => group.actions.length > 0);
  const isSearching = text.length > 1 && found.isFetching;
  return (
    <Spotlight
      store={paletteStore}
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      filter={(_query, actions) => actions}
      shortcut={['mod + K']}
      tagsToIgnore={[]}
      attributes={{ content: { 'aria-label': 'Search or run a command' } }}
      scrollable
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'group', 'aria-label': 'What was found' } }}
      maxHeight={420}
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      centered={false}
      yOffset="10vh"
      nothingFound={found.isError ? describeError(found.error).title : isSearching ? 'Searching' : 'Nothing found. Try an invoice number, a Stripe id or a name.'}
      searchProps={{ placeholder: 'Invoice number, Stripe id, amount, partner or action', 'aria-label': 'Search or run a command', onKeyDown: chooseFirst }}
    />
  );
}
