import { useQuery } from '@tanstack/react-query';
import { NavLink, Outlet } from 'react-router';
import { useApi } from '../lib/api/api-context.tsx';
import { usePreferences } from '../lib/preferences.tsx';
import { CommandPalette } from './command-palette.tsx';
import { StatusStrip } from './status-strip.tsx';
import { workspaces, type Status } from './workspaces.ts';
import { useGoShortcuts, useSendingKey } from './shortcuts.ts';

/** How often the strip asks anew: quickly while a job runs, so that its progress moves. */
export const statusRhythm = (status: Status | undefined) => (status && status.runningJobs.length > 0 ? 800 : 20_000);

/** The frame around every screen: the rail, the screen, the status strip. */
export function Shell() {
  const { queries } = useApi();
  const status = useQuery(queries.system.status.queryOptions({ input: {}, refetchInterval: (query) => statusRhythm(query.state.data) }));
  useGoShortcuts();
  useSendingKey();
  return (
    <div className="app">
      <Rail status={status.data} />
      <Outlet />
      <StatusStrip status={status.data} error={status.isError ? status.error : null} />
      <CommandPalette />
    </div>
  );
}

function Rail({ status }: { status: Status | undefined }) {
  const { locale } = usePreferences();
  const number = new Intl.NumberFormat(locale);
  return (
    <nav className="rail" aria-label="Workspaces">
      <div className="brand"><b>Daybook</b><span>{[status?.companyName, status?.functionalCurrency?.toUpperCase()].filter(Boolean).join(' · ') || 'No company yet'}</span></div>
      <ul>
        {workspaces.map((workspace) => {
          const count = status ? workspace.count(status) : null;
          return (
            <li key={workspace.path}>
              <NavLink to={workspace.path}>
                <span>{workspace.title}</span>
                {count ? <span className="count">{number.format(count)}<span className="visually-hidden"> {workspace.countMeaning}</span></span> : null}
              </NavLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
