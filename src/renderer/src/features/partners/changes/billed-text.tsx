import type { z } from 'zod';
import type { billedUnderSchema } from '../../../../../shared/api/changes.contract.ts';
import { MoneyText } from '../../../components/money-text.tsx';

export type Billed = z.infer<typeof billedUnderSchema>;

/** What last month would have come to under some terms, or why that cannot be said. */
export function BilledText({ billed, none = 'nothing' }: { billed: Billed | null; none?: string }) {
  if (billed === null) return <span className="muted">{none}</span>;
  return billed.total ? <MoneyText amount={billed.total.amount} currency={billed.total.currency} /> : <span className="muted">{billed.problem ?? 'cannot be rated'}</span>;
}

/** How much more or less it would have been; nothing where the two cannot be compared. */
export function BilledDelta({ from, to }: { from: Billed | null; to: Billed | null }) {
  if (!from?.total || !to?.total || from.total.currency !== to.total.currency) return <span className="muted">—</span>;
  return <b><MoneyText amount={to.total.amount - from.total.amount} currency={to.total.currency} isSigned /></b>;
}
