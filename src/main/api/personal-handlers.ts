import { z } from 'zod';
import { gridLayoutSchema, gridViewSchema } from '../../shared/api/personal.contract.ts';
import type { Preferences } from '../database/preferences.ts';
import { api } from './implementer.ts';

const layoutsSchema = z.record(z.string(), gridLayoutSchema);
const viewsSchema = z.array(gridViewSchema);

/** More than anybody names; beyond it the oldest gives way. */
const keptViews = 200;

export interface PersonalHandlersDependencies {
  readonly preferences: Preferences;
}

/** Views and columns of the lists, kept among this desk's preferences. What another version left and cannot be read is let go: no list depends on it. */
export function createPersonalHandlers({ preferences }: PersonalHandlersDependencies) {
  function read<Kept>(name: string, schema: z.ZodType<Kept>, otherwise: Kept): Kept {
    const text = preferences.get(name);
    if (text === undefined) return otherwise;
    try {
      return schema.safeParse(JSON.parse(text)).data ?? otherwise;
    } catch {
      return otherwise;
    }
  }
  const layouts = () => read('grid-layouts', layoutsSchema, {});
  const views = () => read('grid-views', viewsSchema, []);

  return {
    grids: api.personal.grids.handler(() => ({ layouts: layouts(), views: views() })),
    keepLayout: api.personal.keepLayout.handler(({ input, context }) =>
      context.commands.once('personal.keepLayout', input, () => {
        preferences.keep({ 'grid-layouts': JSON.stringify({ ...layouts(), [input.grid]: input.layout }) });
        return { grid: input.grid };
      }),
    ),
    saveView: api.personal.saveView.handler(({ input, context }) =>
      context.commands.once('personal.saveView', input, () => {
        const others = views().filter((view) => view.grid !== input.view.grid || view.name !== input.view.name);
        const saved = { id: input.commandId, ...input.view };
        preferences.keep({ 'grid-views': JSON.stringify([...others, saved].slice(-keptViews)) });
        return saved;
      }),
    ),
    removeView: api.personal.removeView.handler(({ input, context }) =>
      context.commands.once('personal.removeView', input, () => {
        preferences.keep({ 'grid-views': JSON.stringify(views().filter((view) => view.id !== input.id)) });
        return { id: input.id };
      }),
    ),
  };
}
