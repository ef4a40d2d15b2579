import type { z } from 'zod';
import type { accountLineSchema, balanceProofSchema, payoutUnderWaySchema } from '../../../../shared/api/reconciliation-runs.contract.ts';
import { addMinorUnits } from '../../../../shared/money/money.ts';
import { DateText } from '../../components/date-text.tsx';
import { shortId } from '../../components/entity-link.tsx';
import { MoneyText } from '../../components/money-text.tsx';

export type BalanceProof = z.infer<typeof balanceProofSchema>;

/** Whether every cent of a balance has a name: at Stripe, and on the clearing account. */
export function isProved(proof: BalanceProof): boolean {
  return proof.differenceMinor === 0 && namelessMinor(proof) === 0;
}

/** What stands on the clearing account from no transaction, and settles no difference. */
const namelessMinor = ({ unexplainedMinor, namedMinor = 0 }: BalanceProof): number => addMinorUnits(unexplainedMinor, -namedMinor);

const lines: readonly (readonly [title: string, of: (proof: BalanceProof) => number | null, kind?: 'sum' | 'check'])[] = [
  ['Start', (proof) => proof.openingMinor],
  ['Activity', (proof) => proof.activityMinor],
  ['Payouts', (proof) => proof.payoutsMinor],
  ['End', (proof) => proof.endingMinor, 'sum'],
  ['Stripe says', (proof) => proof.stripeMinor],
  ['Of it pending, by Stripe', (proof) => proof.stripePendingMinor],
  ['Of it pending, by transaction', (proof) => proof.pendingMinor],
  ['Held without a transaction', (proof) => proof.differenceMinor, 'check'],
  ['Clearing account', (proof) => proof.clearingMinor],
  ['Transactions not in the books', (proof) => proof.explainedMinor],
  ['Posted for differences', (proof) => proof.namedMinor ?? 0],
  ['Posted without a transaction', namelessMinor, 'check'],
];

/** start + activity − payouts = end, a column for each currency. */
export function BalanceProofTable({ balances }: { balances: readonly BalanceProof[] }) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Proof of the balance">
      <table className="plain">
        <thead><tr><th scope="col">Line</th>{balances.map((proof) => <th key={proof.currency} scope="col" className="num">{proof.currency.toUpperCase()}</th>)}</tr></thead>
        <tbody>
          {lines.map(([title, of, kind]) => (
            <tr key={title} className={kind === 'sum' ? 'sum' : ''}>
              <th scope="row">{title}</th>
              {balances.map((proof) => {
                const minor = of(proof);
                return <td key={proof.currency} className="num">{minor === null ? <span className="muted">not said</span> : kind === 'check' && minor === 0 ? <span className="ok">None</span> : <span className={kind === 'check' ? 'bad' : ''}><MoneyText amount={minor} currency={proof.currency} hidesCurrency /></span>}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Payouts made by hand, as lines of an account with the balance before and after. */
export function ManualPayouts({ lines: account }: { lines: readonly z.infer<typeof accountLineSchema>[] }) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Payouts made by hand">
      <table className="plain">
        <thead><tr><th scope="col">Payout</th><th scope="col">Made</th><th scope="col" className="num">Before</th><th scope="col" className="num">Activity</th><th scope="col" className="num">Payout</th><th scope="col" className="num">Fee</th><th scope="col" className="num">After</th><th scope="col">Ties</th></tr></thead>
        <tbody>
          {account.map((line) => (
            <tr key={line.payoutId}>
              <th scope="row" title={line.payoutId}>{shortId(line.payoutId)}{line.method === 'instant' ? ' (instant)' : ''}</th>
              <td><DateText instant={line.createdAt} /></td>
              {[line.openingMinor, line.activityMinor + line.otherPayoutsMinor, line.payoutMinor, line.feeMinor].map((minor, index) => <td key={index} className="num"><MoneyText amount={minor} currency={line.currency} hidesCurrency /></td>)}
              <td className="num"><MoneyText amount={line.closingMinor} currency={line.currency} /></td>
              <td>{line.isTied ? <span className="ok">Yes</span> : <span className="bad">No</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Sent and not yet arrived. */
export function UnderWay({ payouts }: { payouts: readonly z.infer<typeof payoutUnderWaySchema>[] }) {
  return (
    <table className="plain">
      <thead><tr><th scope="col">Payout</th><th scope="col">State</th><th scope="col">Arrives</th><th scope="col" className="num">Amount</th></tr></thead>
      <tbody>
        {payouts.map((payout) => (
          <tr key={payout.payoutId}>
            <th scope="row" title={payout.payoutId}>{shortId(payout.payoutId)}</th>
            <td>{payout.status === 'pending' ? 'Not sent yet' : 'Sent'}</td>
            <td>{payout.arrivesOn === null ? <span className="muted">not said</span> : <DateText day={payout.arrivesOn} />}{payout.isLate ? <span className="bad"> late</span> : null}</td>
            <td className="num"><MoneyText amount={payout.amountMinor} currency={payout.currency} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
