import type { z } from 'zod';
import type { todayItemSchema } from '../../../../shared/api/system.contract.ts';
import { EntityLink } from '../../components/entity-link.tsx';
import { useCan } from '../../lib/preferences.tsx';

export type TodayItem = z.infer<typeof todayItemSchema>;

const openWords: Readonly<Record<TodayItem['kind'], string>> = {
  'ledger-unsound': 'Look at it', discrepancy: 'Work on it', 'draft-invoice': 'Look and finalise', 'failed-job': 'See why', 'review-item': 'Look at it', conflict: 'Decide', approval: 'Decide', 'parked-edit': 'See why', 'contract-problem': 'Look at it', 'overdue-invoice': 'Look at it', stripe: 'Look at it', 'reopen-request': 'Look and decide', 'mail-trouble': 'Decide', 'archive-trouble': 'See why',
};

/** What can be done about it right here; else the way to where it is done. */
export function TodayAction({ item, onSettle }: { item: TodayItem; onSettle: () => void }) {
  const canWork = useCan('finance');
  if (canWork && item.kind === 'review-item') return <button type="button" className="text-button" aria-label={`Settle: ${item.title}`} onClick={onSettle}>Settle…</button>;
  return <EntityLink to={item.link}>{openWords[item.kind]}</EntityLink>;
}
