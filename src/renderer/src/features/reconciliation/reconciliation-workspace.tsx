import { Screen, type ScreenProps } from '../../components/screen.tsx';
import { WorkspaceTabs } from '../../components/workspace-tabs.tsx';
import { links } from '../../lib/links.ts';

/** The rooms of the workspace, in their order: a new room is one more line here. */
const tabs = [
  { to: links.reconciliation, title: 'Inbox' },
  { to: links.bankMatching, title: 'Bank' },
  { to: links.bankStatements, title: 'Statements' },
  { to: links.reconciliationRuns, title: 'Runs' },
  { to: links.reconciliationClose, title: 'Close' },
  { to: links.reconciliationReport, title: 'Report' },
] as const;

type Part = (typeof tabs)[number]['title'];

/** A screen of the Reconciliation workspace, with the way to the others. */
export function ReconciliationWorkspace({ part, ...screen }: Omit<ScreenProps, 'title' | 'tabs'> & { part: Part }) {
  return <Screen title="Reconciliation" part={part} tabs={<WorkspaceTabs label="Reconciliation" tabs={tabs.map(({ to, title }) => ({ to, title, isOn: title === part }))} />} {...screen} />;
}
