/** Why an invoice stands where it stands: the acts that paid, credited, withheld and gave up. Pure. */
import type { InvoiceFigureName } from '../../shared/api/invoice-why.contract.ts';
import type { Why } from '../../shared/api/primitives.ts';
import { owedMinorOf, voidedMinorOf, type PartnerInvoice } from '../billing/partner-invoice.ts';
import { amountInput, distinct, exactSum, moneyText, shortened } from '../billing/why-text.ts';
import { idFromKey } from '../platform/ids.ts';
import { actKey } from './receivable-postings.ts';
import { standingActs, type ReceivableAct } from './receivable-act.ts';

export type StandingFigure = Extract<InvoiceFigureName, 'paid' | 'credited' | 'withheld' | 'written-off' | 'due'>;

const titles: Readonly<Record<StandingFigure, string>> = { paid: 'Paid', credited: 'Credited', withheld: 'Withheld beyond what was foreseen', 'written-off': 'Written off', due: 'Due' };
const formulas: Readonly<Record<StandingFigure, string>> = {
  paid: 'payments applied + credits of the customer applied − what was carried to credit', credited: 'credit notes, as far as they were offset against what was due', withheld: 'certificates of withholding − what the invoice foresaw',
  'written-off': 'rests given up + what is uncollectible − what was recovered of it', due: 'payable − paid − credited − withheld − written off',
};

/** What an act adds to a figure. */
function partOf(figure: StandingFigure, act: ReceivableAct): number {
  switch (figure) {
    case 'paid': return act.kind === 'allocation' || act.kind === 'credit-application' ? act.amountMinor : act.kind === 'credit-carried' ? -act.amountMinor : 0;
    case 'credited': return act.offsetMinor;
    case 'withheld': return act.unforeseenMinor;
    case 'written-off': return act.kind === 'write-off' || act.kind === 'uncollectible' ? act.amountMinor : -act.recoveredMinor;
    case 'due': return 0;
  }
}

const actNames: Readonly<Partial<Record<ReceivableAct['kind'], string>>> = {
  allocation: 'Payment', 'credit-note': 'Credit note', 'credit-application': 'Credit applied', 'credit-carried': 'Kept as credit', 'credit-payment': 'Credit paid out', 'refund-payment': 'Refund paid', 'withholding-certificate': 'Certificate', uncollectible: 'Uncollectible', 'write-off': 'Written off',
};

/** @param acts of the invoice, in their order, with what took them back. @param referenceOf of a receipt: its bank reference. */
export function explainStanding(invoice: PartnerInvoice, acts: readonly ReceivableAct[], figure: StandingFigure, now: number, referenceOf: (receiptId: string) => string | null): Why {
  const { currency, dueMinor, paidMinor, creditedMinor, withheldMinor, writtenOffMinor } = invoice;
  const voidedMinor = voidedMinorOf(invoice);
  const stored: Readonly<Record<StandingFigure, number>> = { paid: paidMinor, credited: creditedMinor, withheld: withheldMinor, 'written-off': writtenOffMinor, due: owedMinorOf(invoice) };
  const counted = standingActs(acts).map((act) => ({ act, minor: partOf(figure, act) })).filter(({ minor }) => minor !== 0);
  const inputs = figure === 'due'
    ? [amountInput('Payable', dueMinor, currency), ...([['Paid', paidMinor], ['Credited', creditedMinor], ['Withheld', withheldMinor], ['Written off', writtenOffMinor], ['Voided', voidedMinor]] as const).filter(([, minor]) => minor !== 0).map(([label, minor]) => amountInput(label, -minor, currency))]
    : counted.map(({ act, minor }) => amountInput(`${actNames[act.kind] ?? act.kind} ${act.documentNumber ?? act.reference ?? (act.receiptId === null ? '' : (referenceOf(act.receiptId) ?? ''))}`.trim(), minor, currency, act.actedOn));
  const reversed = acts.filter((act) => act.kind === 'reversal').length;
  const isKnown = figure === 'due' || counted.reduce((sum, { minor }) => sum + minor, 0) === stored[figure];
  return {
    title: titles[figure], figure: moneyText(stored[figure], currency), formula: figure === 'due' && voidedMinor !== 0 ? `${formulas.due} − what voiding it took back` : formulas[figure], policy: reversed === 0 ? [] : [{ name: 'Taken back', value: `${reversed} of its acts and what took them back count for nothing.` }], rounding: exactSum, asOf: now,
    inputs: distinct(shortened(inputs, currency)),
    sources: [{ kind: 'invoice', id: invoice.id, label: invoice.number ?? 'Draft' }, ...(figure === 'due' ? standingActs(acts) : counted.map(({ act }) => act)).filter((act) => act.kind !== 'sent').map((act) => ({ kind: 'journal-entry', id: idFromKey(actKey(act.id)), label: `${actNames[act.kind] ?? act.kind}, ${act.actedOn}` }))],
    caveats: isKnown ? [] : ['The acts that made this figure are not on this desk: your role does not hold them.'],
  };
}
