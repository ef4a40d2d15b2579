import { call } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CommandLog } from '../database/command-log.ts';
import type { Preferences } from '../database/preferences.ts';
import type { ApiContext } from './implementer.ts';
import { createPersonalHandlers } from './personal-handlers.ts';

const layout = { visibility: { origin: false }, sizing: { number: 240 }, pinned: ['number'] };

function desk(kept = new Map<string, string>()) {
  const preferences: Preferences = { get: (name) => kept.get(name), keep: (wanted) => { for (const [name, value] of Object.entries(wanted)) if (value !== undefined) kept.set(name, value); } };
  const commands: CommandLog = { once: async (_procedure, _input, work) => work() };
  const context = { user: 'ana', role: 'viewer', host: 'cli', commands } as unknown as ApiContext;
  const handlers = createPersonalHandlers({ preferences });
  return {
    grids: () => call(handlers.grids, {}, { context }),
    keepLayout: (grid: string) => call(handlers.keepLayout, { commandId: randomUUID(), grid, layout }, { context }),
    saveView: (grid: string, name: string, search: string) => call(handlers.saveView, { commandId: randomUUID(), view: { grid, name, search, layout } }, { context }),
    removeView: (id: string) => call(handlers.removeView, { commandId: randomUUID(), id }, { context }),
  };
}

it('keeps columns per list and views by name: the same name of the same list is replaced', async () => {
  const kept = new Map<string, string>();
  const first = desk(kept);
  await first.keepLayout('invoices');
  await first.saveView('invoices', 'Open ones', 'status=open');
  await first.saveView('payments', 'Open ones', 'status=failed');
  const replaced = await first.saveView('invoices', 'Open ones', 'status=open&origin=stripe');
  // Another window of the same desk, opened later.
  const found = await desk(kept).grids();
  expect(found.layouts).toEqual({ invoices: layout });
  expect(found.views.map((view) => [view.grid, view.name, view.search])).toEqual([['payments', 'Open ones', 'status=failed'], ['invoices', 'Open ones', 'status=open&origin=stripe']]);
  await first.removeView(replaced.id);
  expect((await first.grids()).views.map((view) => view.grid)).toEqual(['payments']);
});

it('lets go of what it cannot read', async () => {
  expect(await desk(new Map([['grid-views', '{'], ['grid-layouts', '[1]']])).grids()).toEqual({ layouts: {}, views: [] });
});
