import { Link } from 'react-router';

export interface WorkspaceTab {
  readonly to: string;
  readonly title: string;
  readonly isOn: boolean;
  /** What waits in the room; nothing is shown for none. */
  readonly count?: number | undefined;
}

/** The rooms of one workspace, beside its title. */
export function WorkspaceTabs({ label, tabs }: { label: string; tabs: readonly WorkspaceTab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => <Link key={tab.to} to={tab.to} {...(tab.isOn ? { 'aria-current': 'page' as const } : {})}>{tab.title}{tab.count ? <> <span className="count">{tab.count}</span></> : null}</Link>)}
    </nav>
  );
}
