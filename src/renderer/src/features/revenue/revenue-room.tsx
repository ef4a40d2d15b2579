/** A room of the Revenue workspace: its tabs, the period, and the choices that hold in all rooms. */
import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { GridViews } from '../../components/data-grid/grid-views.tsx';
import { PeriodPicker } from '../../components/period-picker.tsx';
import { AsOf, Screen } from '../../components/screen.tsx';
import { WorkspaceTabs } from '../../components/workspace-tabs.tsx';
import { revenueRooms, roomAddress, type RevenuePart } from './revenue-rooms.ts';
import { useStandpoint } from './use-standpoint.ts';

export interface RevenueRoomProps {
  part: RevenuePart;
  /** When the figures shown were true. */
  asOf?: number | null | undefined;
  /** Which month or year a figure is held against is chosen here. */
  isCompared?: boolean;
  /** Choices of this room beside the period; null: there will be some. They stand on a line of their own, so that none of them is torn from the others. */
  choices?: ReactNode;
  panel?: ReactNode;
  children: ReactNode;
}

const plainLayout = { visibility: {}, sizing: {}, pinned: [] };

export function RevenueRoom({ part, asOf, isCompared = false, choices, panel, children }: RevenueRoomProps) {
  const [parameters] = useSearchParams();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const { month, latest, versus, change } = useStandpoint();
  const tabs = <WorkspaceTabs label="Revenue" tabs={revenueRooms.map((room) => ({ to: roomAddress(room.to, parameters), title: room.part, isOn: room.part === part }))} />;
  const controls = (
    <>
      <PeriodPicker month={month} latest={latest} onChange={(next) => change({ month: next })} />
      <GridViews grid="revenue" layout={plainLayout} onLayout={() => undefined} hint="Choose a room, a period and what is shown, then keep it under a name." place={{ search: `${pathname}${search}`, goTo: (place) => void navigate(place) }} />
      {choices === undefined ? <AsOf instant={asOf} /> : (
        <div className="standpoint" role="group" aria-label="What is shown">
          {isCompared ? <SegmentedControl aria-label="Compared with" value={versus} onChange={(value) => change({ versus: value === 'year' ? 'year' : null })} data={[{ value: 'month', label: 'vs month before' }, { value: 'year', label: 'vs year before' }]} /> : null}
          {choices}
          <AsOf instant={asOf} />
        </div>
      )}
    </>
  );
  return <Screen title="Revenue" part={part} tabs={tabs} controls={controls} panelPlace="over" panel={panel}>{children}</Screen>;
}
