import { Screen, type ScreenProps } from '../../components/screen.tsx';
import { WorkspaceTabs } from '../../components/workspace-tabs.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';

const tabs = [
  { to: links.invoices, title: 'Invoices' },
  { to: links.runSheet, title: 'Run sheet' },
  { to: links.ageing, title: 'Ageing' },
  { to: links.receipts, title: 'Receipts' },
  { to: links.mail, title: 'E-mail' },
  { to: links.payments, title: 'Payments' },
  { to: links.customers, title: 'Customers' },
] as const;

type Part = (typeof tabs)[number]['title'];

/** A screen of the Invoices workspace, with the way to the others. */
export function InvoicesWorkspace({ part, ...screen }: Omit<ScreenProps, 'title' | 'tabs'> & { part: Part }) {
  // What was done to invoices is for finance: another desk does not hold it.
  const isFinance = useCan('finance');
  const shown = tabs.filter(({ to }) => isFinance || (to !== links.ageing && to !== links.receipts));
  return <Screen title="Invoices" part={part} tabs={<WorkspaceTabs label="Invoices" tabs={shown.map(({ to, title }) => ({ to, title, isOn: title === part }))} />} {...screen} />;
}
