import { DateText } from '../../../components/date-text.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import type { DraftDesk } from './draft-desk.ts';
import type { DraftLine } from './draft-steps.ts';
import { ReasonForm, reasonBoxId } from './reason-form.tsx';

/** Below a line: the reason it asks for, the one it was given, and that a billing run has rated it anew since. */
export function LineNotes({ line, name, currency, desk, isHeld }: { line: DraftLine; name: string; currency: string; desk: DraftDesk; isHeld: boolean }) {
  const { rated, edit, clash } = line;
  if (!isHeld && !clash && !edit?.reason) return null;
  return (
    <tr className="line-note">
      <td />
      <td colSpan={7}>
        {isHeld && rated ? <ReasonForm id={reasonBoxId(line.id)} what={`Why does ${name} deviate from what was rated?`} before={desk.state().saved.lines.find((saved) => saved.id === line.id)?.edit?.reason ?? ''} onGiven={(reason) => desk.giveReason(line.id, reason)} onTakenBack={() => desk.letGo(line.id)} /> : null}
        {!isHeld && edit?.reason ? <div className="small quiet">{edit.reason} <span className="muted">· {edit.by}, <DateText instant={edit.at} /></span></div> : null}
        {!isHeld && clash ? (
          <div className="row-flex small">
            <span className="badge attention">{clash.ratedNowMinor === null ? 'Not rated any more' : 'Rated anew'}</span>
            {clash.ratedNowMinor === null ? (
              <>
                <span>It was edited when it was rated at <MoneyText amount={clash.ratedThenMinor} currency={currency} />; billing has no such line any more. It counts for nothing.</span>
                <button type="button" className="text-button" aria-label={`Drop the edit of ${name}`} onClick={() => desk.act([{ kind: 'restore-line', lineId: line.id }])}>Drop the edit</button>
              </>
            ) : (
              <>
                <span>It was edited when it was rated at <MoneyText amount={clash.ratedThenMinor} currency={currency} />; now it is rated at <MoneyText amount={clash.ratedNowMinor} currency={currency} />. The edit stands.</span>
                <button type="button" className="text-button" aria-label={`Keep the edit of ${name}`} onClick={() => desk.hold(keepingEdit(line))}>Keep the edit</button>
                <button type="button" className="text-button" aria-label={`Take ${name} as rated`} onClick={() => desk.act([{ kind: 'restore-line', lineId: line.id }])}>Take it as rated</button>
              </>
            )}
          </div>
        ) : null}
      </td>
    </tr>
  );
}

/** The same edit once more, made on what is rated now. */
function keepingEdit(line: DraftLine) {
  return line.isRemoved
    ? { kind: 'remove-line' as const, lineId: line.id }
    : { kind: 'change-line' as const, lineId: line.id, quantity: line.quantity, unitPrice: line.unitPrice, amountMinor: line.amountMinor };
}
