/** The desk of a draft, bound to the backend, the window's storage and React. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useApi } from '../../../lib/api/api-context.tsx';
import { onConnectionChange } from '../../../lib/api/connect.ts';
import { markStale } from '../../../lib/api/stale-events.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { createDraftDesk, type DeskState, type DraftDesk } from './draft-desk.ts';
import type { DraftView } from './draft-steps.ts';
import { keepSteps, recallSteps } from './kept-steps.ts';

/** Long enough to finish a cell, short enough that nothing is far behind. */
const pauseMs = 600;
const tryAgainMs = 5_000;

/** @param draft as the backend has it; when it is read anew, the desk meets it. */
export function useDraftDesk(draft: DraftView): { desk: DraftDesk; state: DeskState } {
  const api = useApi();
  const cache = useQueryClient();
  const { user } = usePreferences();
  const [desk] = useState(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    return createDraftDesk({
      draft, by: user, kept: recallSteps(draft.id),
      port: {
        async edit(input) {
          const saved = await api.client.invoices.editDraft(input);
          cache.setQueryData(api.queries.invoices.draft.queryKey({ input: { id: draft.id } }), saved);
          return saved;
        },
        read: (id) => api.client.invoices.draft({ id }),
        keep: (kept) => keepSteps(draft.id, kept),
        later: (work) => { clearTimeout(timer); timer = setTimeout(work, pauseMs); },
        newId: () => crypto.randomUUID(),
        now: () => Date.now(),
      },
    });
  });
  const state = useSyncExternalStore(desk.subscribe, desk.state);
  useEffect(() => desk.meet(draft), [desk, draft]);
  useEffect(() => {
    if (state.save !== 'offline') return undefined;
    const again = () => void desk.flush();
    const timer = setInterval(again, tryAgainMs);
    let isFirst = true;
    const stop = onConnectionChange((connection) => { if (!isFirst && connection === 'connected') again(); isFirst = false; });
    return () => { clearInterval(timer); stop(); };
  }, [desk, state.save]);
  // Leaving the screen saves what the pause still held back.
  useEffect(() => () => { void desk.flush().then(() => markStale(api, cache, 'invoices')); }, [desk, api, cache]);
  return { desk, state };
}
