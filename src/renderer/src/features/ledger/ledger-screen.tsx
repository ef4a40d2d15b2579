import { Screen, type ScreenProps } from '../../components/screen.tsx';
import { WorkspaceTabs } from '../../components/workspace-tabs.tsx';
import { links } from '../../lib/links.ts';

const tabs = [
  { to: links.ledger, title: 'Accounts' },
  { to: links.journal, title: 'Journal' },
  { to: links.statement, title: 'Statement' },
  { to: links.periods, title: 'Periods' },
  { to: links.verify, title: 'Verify' },
  { to: links.ledgerExport, title: 'Export' },
  { to: links.backups, title: 'Backups' },
] as const;

/** A screen of the Ledger workspace, with the way to the others. */
export function LedgerScreen({ part, ...screen }: Omit<ScreenProps, 'title' | 'tabs'> & { part: (typeof tabs)[number]['title'] }) {
  return <Screen title="Ledger" part={part} tabs={<WorkspaceTabs label="Ledger" tabs={tabs.map(({ to, title }) => ({ to, title, isOn: title === part }))} />} {...screen} />;
}
