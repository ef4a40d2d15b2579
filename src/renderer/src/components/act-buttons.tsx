import { Button, Menu } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';

export interface Act {
  readonly label: string;
  readonly run: () => void;
}

/** The window is too narrow for everything a toolbar can do: what is rarer stands behind one button, so that the toolbar keeps its one row. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 1360px)', window.matchMedia('(max-width: 1360px)').matches);
}

/** Acts beside each other, or in a menu of that name. */
export function ActButtons({ acts, menu }: { acts: readonly Act[]; /** Null: each is a button of its own. */ menu: string | null }) {
  if (menu === null || acts.length < 2) return acts.map((act) => <Button key={act.label} variant="default" onClick={act.run}>{act.label}</Button>);
  return (
    <Menu position="bottom-end">
      <Menu.Target><Button variant="default">{menu}</Button></Menu.Target>
      <Menu.Dropdown>{acts.map((act) => <Menu.Item key={act.label} onClick={act.run}>{act.label}</Menu.Item>)}</Menu.Dropdown>
    </Menu>
  );
}
