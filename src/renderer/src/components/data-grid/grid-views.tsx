import { Popover, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useApi } from '../../lib/api/api-context.tsx';
import { ErrorNotice } from '../error-notice.tsx';
import { focusWhenDrawn } from './grid-registry.ts';
import type { GridLayout } from './grid-types.ts';

export interface GridViewsProps {
  grid: string;
  layout: GridLayout;
  onLayout: (layout: GridLayout) => void;
  /** Where a view keeps more than the query of the address: what is kept in its place, and how one goes there. */
  place?: { readonly search: string; readonly goTo: (search: string) => void };
  /** What there is to keep, said where nothing is kept yet. */
  hint?: string;
}

/** A person’s own views of a list: filter, sort and columns under a name. The address stays the truth: a view only goes to one. */
export function GridViews({ grid, layout, onLayout, place, hint = 'Filter, sort and choose columns, then keep it under a name.' }: GridViewsProps) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const [parameters, setParameters] = useSearchParams();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const kept = useQuery(queries.personal.grids.queryOptions({ input: {}, staleTime: Infinity }));
  const views = kept.data?.views.filter((view) => view.grid === grid) ?? [];
  const again = () => { void cache.invalidateQueries({ queryKey: queries.personal.key() }); };
  const copyOf = (from: GridLayout) => ({ visibility: { ...from.visibility }, sizing: { ...from.sizing }, pinned: [...from.pinned] });
  const save = useMutation({
    mutationFn: (title: string) => client.personal.saveView({ commandId: crypto.randomUUID(), view: { grid, name: title, search: place?.search ?? parameters.toString(), layout: copyOf(layout) } }),
    onSuccess: () => setName(''), onSettled: again,
  });
  const remove = useMutation({ mutationFn: (id: string) => client.personal.removeView({ commandId: crypto.randomUUID(), id }), onSettled: again });
  const title = name.trim();
  const error = save.error ?? remove.error ?? kept.error;
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="top-end">
      <Popover.Target><button type="button" className="text-button" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Views{views.length > 0 ? ` (${views.length})` : ''}</button></Popover.Target>
      <Popover.Dropdown aria-label="Views of this list">
        <div style={{ display: 'grid', gap: 8, minWidth: 260 }}>
          {views.length === 0 ? <p className="muted">{hint}</p> : (
            <ul className="views">
              {views.map((view) => (
                <li key={view.id}>
                  <button type="button" className="text-button clip" onClick={() => { onLayout(view.layout); setOpen(false); if (place) place.goTo(view.search); else { focusWhenDrawn(grid); setParameters(new URLSearchParams(view.search)); } }}>{view.name}</button>
                  <button type="button" className="icon-button" aria-label={`Remove the view ${view.name}`} onClick={() => remove.mutate(view.id)}>Remove</button>
                </li>
              ))}
            </ul>
          )}
          <form className="field-row" onSubmit={(event) => { event.preventDefault(); if (title) save.mutate(title); }}>
            <TextInput className="grow" aria-label="Name of the view" placeholder="Name of this view" maxLength={80} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <button type="submit" className="control" disabled={!title || save.isPending}>{views.some((view) => view.name === title) ? 'Replace' : 'Keep'}</button>
          </form>
          {error ? <ErrorNotice error={error} /> : null}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
