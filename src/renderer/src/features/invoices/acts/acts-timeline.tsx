import { useState } from 'react';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { ReasonDialog } from '../reason-dialog.tsx';
import { actWords, hasAmount, takeBackWords, type ReceivableAct, type Standing } from './act-words.ts';

/** Everything done to the invoice, oldest first; what stands can be taken back from here. */
export function ActsTimeline({ standing }: { standing: Standing }) {
  const canBill = useCan('accountant');
  const [reversing, setReversing] = useState<ReceivableAct | null>(null);
  if (standing.acts.length === 0) return null;
  return (
    <Section title="What was done" aside={<EntityLink to={links.sourceEntries(standing.id)}>Journal entries</EntityLink>}>
      <ol className="timeline acts" aria-label="What was done">
        {standing.acts.map((act) => (
          <li key={act.id} className={act.reversedBy ? 'taken-back' : ''}>
            <ActLine act={act} acts={standing.acts} />
            {canBill && act.canBeReversed && !act.reversedBy ? <button type="button" className="text-button" aria-label={`${takeBackWords[act.kind] ?? 'Take back'}: ${actWords[act.kind]}${act.number ? ` ${act.number}` : ''}`} onClick={() => setReversing(act)}>{takeBackWords[act.kind] ?? 'Take back'}…</button> : null}
          </li>
        ))}
      </ol>
      {reversing ? (
        <ReasonDialog title={`${takeBackWords[reversing.kind] ?? 'Take it back'}?`} actLabel={takeBackWords[reversing.kind] ?? 'Take it back'} run={(invoices, command) => invoices.reverseAct({ ...command, actId: reversing.id })} onClose={() => setReversing(null)}>
          <p>{actWords[reversing.kind]}{hasAmount(reversing) ? <>, <MoneyText amount={reversing.amount.amount} currency={reversing.amount.currency} /></> : null}, <DateText day={reversing.on} />. A reversing entry is posted, with a link both ways; what was done stays in the history.</p>
        </ReasonDialog>
      ) : null}
    </Section>
  );
}

function ActLine({ act, acts }: { act: ReceivableAct; acts: readonly ReceivableAct[] }) {
  const undone = act.reverses === null ? null : acts.find((other) => other.id === act.reverses);
  return (
    <div>
      <b><DateText day={act.on} /></b> {actWords[act.kind]}{act.number ? <> {act.number}</> : null}{undone ? <>: {actWords[undone.kind].toLowerCase()}</> : null}
      {hasAmount(act) ? <> <MoneyText amount={act.amount.amount} currency={act.amount.currency} /></> : null}
      {act.reversedBy ? <> <span className="badge info">Taken back</span></> : null}
      <span className="muted"> by {act.actor}</span>
      <div className="small">
        {act.reference ? <span>{act.reference} </span> : null}
        {act.reason ? <span className="quiet">{act.reason} </span> : null}
        {act.receiptId ? <EntityLink to={links.receipt(act.receiptId)}>Receipt</EntityLink> : null}
      </div>
    </div>
  );
}
