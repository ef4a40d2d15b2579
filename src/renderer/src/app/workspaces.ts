/** The rooms of the desk, in the order of the rail. */
import type { z } from 'zod';
import type { statusSchema } from '../../../shared/api/system.contract.ts';
import { links } from '../lib/links.ts';
import type { Role } from '../lib/preferences.tsx';

export type Status = z.infer<typeof statusSchema>;

export interface Workspace {
  readonly path: string;
  readonly title: string;
  /** What stands beside the name in the rail; null: nothing. */
  readonly count: (status: Status) => number | null;
  readonly countMeaning?: string;
}

export const workspaces: readonly Workspace[] = [
  { path: links.today, title: 'Today', count: (status) => status.counts.today, countMeaning: 'need attention' },
  { path: links.revenue, title: 'Revenue', count: () => null },
  { path: links.invoices, title: 'Invoices', count: (status) => status.counts.invoicesDraft, countMeaning: 'drafts' },
  { path: links.partners, title: 'Partners', count: (status) => status.counts.partnersWithProblems, countMeaning: 'with problems' },
  { path: links.reconciliation, title: 'Reconciliation', count: (status) => status.counts.discrepanciesOpen, countMeaning: 'open' },
  { path: links.ledger, title: 'Ledger', count: () => null },
  { path: links.jobs, title: 'Jobs', count: (status) => status.runningJobs.length, countMeaning: 'running' },
  { path: links.settings, title: 'Settings', count: () => null },
];

/** Each role lands on its own workspace: managers read revenue, finance clears discrepancies, accountants bill, admins look after everything. */
export const landingOf: Readonly<Record<Role, string>> = { viewer: links.revenue, finance: links.reconciliation, accountant: links.invoices, admin: links.today };
