import type { ReactNode } from 'react';
import type { InvoiceFigureName } from '../../../../../shared/api/invoice-why.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { DeskState, DraftDesk } from './draft-desk.ts';
import { readDiscount, writeDiscount, writeRate } from './draft-typing.ts';
import { InvoiceWhy } from '../invoice-why.tsx';
import { ReasonForm, reasonBoxId } from './reason-form.tsx';
import { treatmentWords } from './tax-choices.ts';
import { TypedCell } from './typed-cell.tsx';

/** What it comes to, as it is typed: the same calculation as the stored invoice's. */
export function TotalsBox({ desk, state }: { desk: DraftDesk; state: DeskState }) {
  const { locale } = usePreferences();
  const { view, held } = state;
  const { totals, currency } = view;
  const hasRated = view.lines.some((line) => line.rated !== null);
  // What is not saved yet, the backend cannot explain: it is asked when it is.
  const why = (figure: InvoiceFigureName, label: string, amount: ReactNode) => (hasUnsaved(state) ? amount : <InvoiceWhy id={view.id} version={view.version} figure={figure} label={label.toLowerCase()}>{amount}</InvoiceWhy>);
  const row = (label: string, amount: number, figure: InvoiceFigureName, isSum = false) => <tr key={label} className={isSum ? 'sum' : ''}><th scope="row">{label}</th><td className="num">{why(figure, label, <MoneyText amount={amount} currency={currency} hidesCurrency={!isSum} />)}</td></tr>;
  return (
    <Box title="Totals" note={hasUnsaved(state) ? 'with what is typed' : undefined}>
      <div className="section">
        <TypedCell
          label="Discount on the whole" isLabelled description="An amount, or a share such as 5 %" align="end" value={view.discount} read={(typed) => readDiscount(typed, currency, locale)} write={(value) => writeDiscount(value, currency, locale)}
          onCommit={(discount) => { if (hasRated) { desk.hold({ kind: 'set-discount', discount }); requestAnimationFrame(() => document.getElementById(reasonBoxId('set-discount'))?.focus()); } else desk.act([{ kind: 'set-discount', discount }]); }}
        />
        {held['set-discount'] ? <ReasonForm id={reasonBoxId('set-discount')} what="Why this discount?" before="" onGiven={(reason) => desk.giveReason('set-discount', reason)} onTakenBack={() => desk.letGo('set-discount')} /> : null}
      </div>
      <table className="plain" aria-label="Totals" aria-live="off">
        <tbody>
          {totals.discountMinor === 0 ? null : row('Discounts', -totals.discountMinor, 'discount')}
          {row('Subtotal', totals.subtotalMinor, 'subtotal')}
          {totals.taxes.map((share) => (
            <tr key={`${share.treatment}/${share.basisPoints}`}>
              <th scope="row">{share.treatment === 'standard' ? `Tax, ${writeRate(share.basisPoints, locale)}` : treatmentWords[share.treatment]} <span className="muted small">of <MoneyText amount={share.baseMinor} currency={currency} hidesCurrency /></span></th>
              <td className="num">{why('tax', 'Tax', <MoneyText amount={share.amountMinor} currency={currency} hidesCurrency />)}</td>
            </tr>
          ))}
          {row('Total', totals.totalMinor, 'total', true)}
          {totals.withholdings.filter((share) => share.amountMinor !== 0).map((share) => row(`Withholding, ${writeRate(share.basisPoints, locale)}`, -share.amountMinor, 'withholding'))}
          {totals.withholdingMinor === 0 ? null : row('The customer pays', totals.payableMinor, 'payable', true)}
        </tbody>
      </table>
      {view.creditsAvailable.length > 0 ? (
        <div className="section">
          <p className="quiet small">Applied when it is finalised, as far as it reaches:</p>
          <ul className="small">{view.creditsAvailable.map((credit) => <li key={credit.id}><MoneyText amount={credit.remaining.amount} currency={credit.remaining.currency} /> {credit.reason}{credit.expiresOn ? <>, until <DateText day={credit.expiresOn} /></> : null}</li>)}</ul>
        </div>
      ) : null}
    </Box>
  );
}

export const hasUnsaved = ({ unsaved, held }: DeskState): boolean => unsaved.length > 0 || Object.keys(held).length > 0;
