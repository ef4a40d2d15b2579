import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { sumByCurrency } from '../../components/data-grid/use-grid-selection.ts';
import { MoneySums } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Card } from '../../components/screen.tsx';

type Group = Awaited<ReturnType<DaybookClient['payments']['list']>>['groups'][number];
type Choice = { readonly kind?: Group['kind']; readonly status?: Group['status'] };

const collected: ReadonlySet<Group['status']> = new Set(['succeeded', 'partly-refunded', 'refunded', 'disputed']);

/** What the list is made of; each opens the part it counts. */
const parts: readonly { readonly label: string; readonly choice: Choice; readonly holds: (group: Group) => boolean; readonly none: string }[] = [
  { label: 'Collected', choice: { kind: 'charge' }, holds: (group) => group.kind === 'charge' && collected.has(group.status), none: 'No payment succeeded' },
  { label: 'Refunded', choice: { kind: 'refund' }, holds: (group) => group.kind === 'refund' && group.status !== 'failed' && group.status !== 'canceled', none: 'Nothing was refunded' },
  { label: 'Disputed', choice: { kind: 'dispute' }, holds: (group) => group.kind === 'dispute' && group.status !== 'won', none: 'No dispute' },
  { label: 'Failed', choice: { status: 'failed' }, holds: (group) => group.status === 'failed', none: 'Nothing failed' },
];

export function PaymentCards({ groups, onChoose }: { groups: readonly Group[] | undefined; onChoose: (choice: Choice) => void }) {
  return (
    <div className="cards">
      {parts.map((part) => {
        const held = groups?.filter(part.holds) ?? [];
        const count = held.reduce((sum, group) => sum + group.count, 0);
        const sums = sumByCurrency(held.map((group) => ({ amount: group.amountMinor, currency: group.currency })));
        if (!groups) return <Card key={part.label} label={part.label} value={<span className="muted">…</span>} note={<span>&nbsp;</span>} />;
        return (
          <Card
            key={part.label} label={part.label}
            value={count === 0 ? <span className="muted">None</span> : <button type="button" className="figure-button" title={`Show these in the list`} onClick={() => onChoose(part.choice)}><NumberText value={count} /></button>}
            note={count === 0 ? part.none : <MoneySums sums={sums} />}
          />
        );
      })}
    </div>
  );
}
