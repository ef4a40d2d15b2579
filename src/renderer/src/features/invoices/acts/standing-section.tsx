import { EntityLink } from '../../../components/entity-link.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { links } from '../../../lib/links.ts';
import type { InvoiceFigureName } from '../../../../../shared/api/invoice-why.contract.ts';
import { InvoiceWhy } from '../invoice-why.tsx';
import type { Standing } from './act-words.ts';

/** Payable = paid + credited + withheld + written off + voided + due, as a sum that can be followed. */
export function StandingSection({ standing }: { standing: Standing }) {
  const { currency, payableMinor, paidMinor, creditedMinor, withheldMinor, writtenOffMinor, voidedMinor, dueMinor, replaces, replacedBy } = standing;
  const parts: readonly (readonly [string, number, InvoiceFigureName])[] = [[paidMinor < 0 ? 'Kept as credit' : 'Paid', paidMinor, 'paid'], ['Credited', creditedMinor, 'credited'], ['Withheld beyond what was foreseen', withheldMinor, 'withheld'], ['Written off', writtenOffMinor, 'written-off'], ['Voided', voidedMinor, 'due']];
  const why = (figure: InvoiceFigureName, label: string, amount: number, hidesCurrency = true) => <InvoiceWhy id={standing.id} figure={figure} label={label.toLowerCase()}><MoneyText amount={amount} currency={currency} hidesCurrency={hidesCurrency} /></InvoiceWhy>;
  return (
    <Section title="Where it stands" aside={currency.toUpperCase()} isFlush>
      <table className="plain" aria-label="Where it stands">
        <tbody>
          <tr><th scope="row">Payable</th><td className="num">{why('payable', 'Payable', payableMinor)}</td></tr>
          {parts.filter(([, amount]) => amount !== 0).map(([label, amount, figure]) => <tr key={label}><th scope="row">{label}</th><td className="num">{why(figure, label, -amount)}</td></tr>)}
          <tr className="sum"><th scope="row">Due</th><td className="num">{why('due', 'Due', dueMinor, false)}</td></tr>
        </tbody>
      </table>
      {replaces ? <p className="small section">It replaces <EntityLink to={links.invoice(replaces)}>a void invoice</EntityLink>.</p> : null}
      {replacedBy ? <p className="small section">It was replaced by <EntityLink to={links.invoice(replacedBy)}>a new invoice</EntityLink>.</p> : null}
    </Section>
  );
}
