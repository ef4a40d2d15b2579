import { Popover, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { z } from 'zod';
import type { gridViewSchema } from '../../../../shared/api/personal.contract.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { ErrorNotice } from '../error-notice.tsx';
import { focusWhenDrawn } from './grid-registry.ts';
import type { GridLayout } from './grid-types.ts';

type KeptView = Pick<z.infer<typeof gridViewSchema>, 'name' | 'search' | 'layout'>;

export interface GridViewsProps {
  grid: string;
  layout: GridLayout;
  onLayout: (layout: GridLayout) => void;
  /** Where a view keeps more than the query of the address: what is kept in its place, and how one goes there. */
  place?: { readonly search: string; readonly goTo: (search: string) => void };
  /** What there is to keep, said where nothing is kept yet. */
  hint?: string;
}

/** A person’s own views of a list and those shared with everybody: filter, sort and columns under a name. The address stays the truth: a view only goes to one. */
export function GridViews({ grid, layout, onLayout, place, hint = 'Filter, sort and choose columns, then keep it under a name.' }: GridViewsProps) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const [parameters, setParameters] = useSearchParams();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const kept = useQuery(queries.personal.grids.queryOptions({ input: {}, staleTime: Infinity }));
  const views = kept.data?.views.filter((view) => view.grid === grid) ?? [];
  const sharing = useQuery(queries.sharedViews.list.queryOptions({ input: {}, staleTime: Infinity }));
  const shared = sharing.data?.views.filter((view) => view.grid === grid) ?? [];
  const again = () => { void cache.invalidateQueries({ queryKey: queries.personal.key() }); };
  const copyOf = (from: GridLayout) => ({ visibility: { ...from.visibility }, sizing: { ...from.sizing }, pinned: [...from.pinned] });
  const save = useMutation({
    mutationFn: (title: string) => client.personal.saveView({ commandId: crypto.randomUUID(), view: { grid, name: title, search: place?.search ?? parameters.toString(), layout: copyOf(layout) } }),
    onSuccess: () => setName(''), onSettled: again,
  });
  const remove = useMutation({ mutationFn: (id: string) => client.personal.removeView({ commandId: crypto.randomUUID(), id }), onSettled: again });
  const sharedAgain = () => { void cache.invalidateQueries({ queryKey: queries.sharedViews.key() }); };
  const share = useMutation({
    mutationFn: (view: KeptView) => client.sharedViews.share({ commandId: crypto.randomUUID(), view: { grid, name: view.name, search: view.search, layout: view.layout } }), onSettled: sharedAgain,
  });
  const withdraw = useMutation({ mutationFn: (id: string) => client.sharedViews.withdraw({ commandId: crypto.randomUUID(), id }), onSettled: sharedAgain });
  const title = name.trim();
  const error = save.error ?? remove.error ?? share.error ?? withdraw.error ?? kept.error ?? sharing.error;
  const goTo = (view: KeptView) => {
    onLayout(view.layout);
    setOpen(false);
    if (place) place.goTo(view.search);
    else { focusWhenDrawn(grid); setParameters(new URLSearchParams(view.search)); }
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="top-end">
      <Popover.Target><button type="button" className="text-button" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Views{views.length + shared.length > 0 ? ` (${views.length + shared.length})` : ''}</button></Popover.Target>
      <Popover.Dropdown aria-label="Views of this list">
        <div style={{ display: 'grid', gap: 8, minWidth: 260 }}>
          {views.length + shared.length === 0 ? <p className="muted">{hint}</p> : null}
          {views.length > 0 ? (
            <ul className="views" aria-label="Your views">
              {views.map((view) => (
                <li key={view.id}>
                  <button type="button" className="text-button clip" onClick={() => goTo(view)}>{view.name}</button>
                  <span className="view-acts">
                    {sharing.data?.canShare ? <button type="button" className="icon-button" aria-label={`Share the view ${view.name} with everybody`} disabled={share.isPending} onClick={() => share.mutate(view)}>{shared.some((other) => other.name === view.name && other.isTheirs) ? 'Share again' : 'Share'}</button> : null}
                    <button type="button" className="icon-button" aria-label={`Remove the view ${view.name}`} onClick={() => remove.mutate(view.id)}>Remove</button>
                  </span>
                </li>
              ))}
            </ul>
          ) : null}
          {shared.length > 0 ? (
            <>
              <p className="views-heading">Shared with everybody</p>
              <ul className="views" aria-label="Shared views">
                {shared.map((view) => (
                  <li key={view.id}>
                    <button type="button" className="text-button clip" onClick={() => goTo(view)}>{view.name}</button>
                    <span className="view-acts">
                      <span className="muted">by {view.savedBy}</span>
                      {view.isTheirs ? <button type="button" className="icon-button" aria-label={`Take back the shared view ${view.name}`} disabled={withdraw.isPending} onClick={() => withdraw.mutate(view.id)}>Take back</button> : null}
                    </span>
                  </li>
                ))}
              </ul>
            </>
          ) : null}
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
