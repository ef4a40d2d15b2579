/** Why a figure of a Stripe invoice is what it is: Stripe calculated it; here it is shown with what it is the sum of. Pure. */
import type { InvoiceFigureName } from '../../shared/api/invoice-why.contract.ts';
import type { Why } from '../../shared/api/primitives.ts';
import { NotFoundError } from '../../shared/errors/errors.ts';
import { formatMoney } from '../../shared/money/format.ts';
import type { InvoiceDetailView } from './invoices.queries.ts';

type Input = Why['inputs'][number];

/** @throws NotFoundError `figure-unknown`. */
export function explainStripeInvoice(invoice: InvoiceDetailView, figure: InvoiceFigureName, line: string | undefined, now: number): Why {
  const { currency } = invoice.total;
  const amount = (label: string, minor: number, note: string | null = null): Input => ({ label, count: null, amount: { amount: minor, currency }, note });
  const { title, minor, formula, inputs } = partsOf(invoice, figure, line, amount);
  return {
    title, figure: formatMoney(minor, currency, 'en-US'), formula, inputs, rounding: 'Stripe’s own: the amounts are as it calculated them.', asOf: now, caveats: [],
    policy: [{ name: 'Owner', value: 'Stripe calculated this invoice; Daybook mirrors it and changes nothing.' }],
    sources: [{ kind: 'stripe-invoice', id: invoice.id, label: invoice.number ?? invoice.id }, ...invoice.journalEntryIds.map((id, index) => ({ kind: 'journal-entry', id, label: `Entry ${index + 1}` }))],
  };
}

interface Parts {
  readonly title: string;
  readonly minor: number;
  readonly formula: string;
  readonly inputs: Input[];
}

function partsOf(invoice: InvoiceDetailView, figure: InvoiceFigureName, place: string | undefined, amount: (label: string, minor: number, note?: string | null) => Input): Parts {
  const { lines, discountMinor, subtotalMinor, taxMinor, totalMinor, paidMinor, dueMinor } = invoice;
  switch (figure) {
    case 'line': {
      const line = lines[Number(place)];
      if (line === undefined) break;
      const inputs: Input[] = [...(line.quantity === null ? [] : [{ label: 'Quantity', count: null, amount: null, note: line.quantity }]), ...(line.unitPrice === null ? [] : [{ label: 'Price', count: null, amount: null, note: line.unitPrice }])];
      return { title: line.description, minor: line.amountMinor, formula: line.explanation ?? 'As Stripe calculated it.', inputs };
    }
    case 'discount': return { title: 'Discount', minor: discountMinor === 0 ? 0 : -discountMinor, formula: 'coupons and promotion codes, as Stripe applied them', inputs: [] };
    case 'subtotal': return { title: 'Subtotal', minor: subtotalMinor, formula: 'lines − discount', inputs: [amount('Lines', subtotalMinor + discountMinor, `${lines.length}`), amount('Discount', discountMinor === 0 ? 0 : -discountMinor)] };
    case 'tax': return { title: 'Tax', minor: taxMinor, formula: 'Stripe’s tax of the lines', inputs: [] };
    case 'total': case 'payable': return { title: 'Total', minor: totalMinor, formula: 'subtotal + tax', inputs: [amount('Subtotal', subtotalMinor), amount('Tax', taxMinor)] };
    case 'paid': return { title: 'Paid', minor: paidMinor, formula: 'payments that Stripe collected for it', inputs: [] };
    case 'due': return { title: 'Open', minor: dueMinor, formula: 'what Stripe says remains to be paid', inputs: [amount('Total', totalMinor), amount('Paid', paidMinor === 0 ? 0 : -paidMinor)] };
    default: break;
  }
  throw new NotFoundError('figure-unknown', 'The invoice has no such figure.', { data: { figure }, nextStep: 'Look at the invoice again: it may have changed since.' });
}
