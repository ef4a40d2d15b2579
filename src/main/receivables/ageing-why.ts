/** Why a figure of ageing is what it is: the invoices it is the sum of, how long each is overdue, and what ties it to the account. Pure. */
import type { AgeingFigureName } from '../../shared/api/invoice-why.contract.ts';
import type { Why } from '../../shared/api/primitives.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { amountInput, distinct, exactSum, moneyText, shortened } from '../billing/why-text.ts';
import { bucketOf, type AgeingRow, type ReceivableMovement } from './ageing-calculation.ts';

export interface AgeingWhyQuestion {
  readonly figure: AgeingFigureName;
  readonly currency: string;
  readonly asOf: LocalDate;
  /** Rows of the customers that are asked for. */
  readonly rows: readonly AgeingRow[];
  /** Of receipts that no invoice has taken, by customer. */
  readonly unapplied: readonly { readonly partyId: string; readonly customerName: string; readonly amountMinor: number }[];
  /** Kept as credit, by customer. */
  readonly credits: AgeingWhyQuestion['unapplied'];
  /** Of accounts receivable with these customers. */
  readonly balanceMinor: number;
  readonly now: number;
}

const titles: Readonly<Record<AgeingFigureName, string>> = {
  currentMinor: 'Not due yet', days1To30Minor: '1 to 30 days overdue', days31To60Minor: '31 to 60 days overdue', days61To90Minor: '61 to 90 days overdue', days91PlusMinor: '91 days overdue and more', totalMinor: 'Open', unapplied: 'Unapplied receipts', credit: 'Credit of customers', account: 'Accounts receivable',
};

export function explainAgeing(question: AgeingWhyQuestion): Why {
  const { figure, currency, asOf, rows, unapplied, credits, balanceMinor, now } = question;
  const ofCurrency = rows.filter((row) => row.currency === currency);
  const invoices = ofCurrency.flatMap((row) => row.invoices.map((invoice) => ({ ...invoice, customerName: row.customerName }))).filter((invoice) => figure === 'totalMinor' || figure === 'account' || bucketOf(invoice.daysOverdue) === figure);
  const sum = invoices.reduce((total, invoice) => total + invoice.openMinor, 0);
  const owedToCustomers = figure === 'unapplied' ? unapplied : figure === 'credit' ? credits : [];
  const isOfInvoices = figure !== 'unapplied' && figure !== 'credit';
  const shown = !isOfInvoices ? owedToCustomers.reduce((total, each) => total + each.amountMinor, 0) : figure === 'account' ? balanceMinor : sum;
  return {
    title: `${titles[figure]}, ${currency.toUpperCase()}`, figure: moneyText(shown, currency), asOf: now, rounding: exactSum,
    formula: figure === 'unapplied' ? 'receipts − what of them is applied to invoices − what was paid back' : figure === 'credit' ? 'balance of the customers’ credit account: credit notes kept as credit and invoices that came to less than nothing − what later invoices used − what was paid out' : figure === 'account' ? 'balance of the account with these customers; it is what their invoices have open' : 'what the invoices have open: billed − paid − credited − withheld − written off up to that day',
    policy: [
      { name: 'Counted up to', value: `End of ${asOf}, in the reporting time zone.` }, ...(isOfInvoices ? [{ name: 'Days overdue', value: 'Counted from the due date: the due day itself is not overdue, the 30th day after it is the last of the first column.' }] : []),
      { name: 'Day of an act', value: 'That of its entry: in a closed month the first day of the first open one.' },
    ],
    inputs: distinct(shortened(isOfInvoices ? invoices.map((invoice) => amountInput(invoice.number, invoice.openMinor, currency, `${invoice.customerName}, due ${invoice.dueOn}${invoice.daysOverdue > 0 ? `, ${invoice.daysOverdue} days overdue` : ''}`)) : owedToCustomers.map((each) => amountInput(each.customerName, each.amountMinor, currency)), currency)),
    sources: isOfInvoices ? invoices.map((invoice) => ({ kind: 'invoice', id: invoice.id, label: invoice.number })) : owedToCustomers.map((each) => ({ kind: 'customer-account', id: each.partyId, label: each.customerName })),
    caveats: figure === 'account' && balanceMinor !== sum ? [`The invoices have ${moneyText(sum, currency)} open: the books lack an entry, or have one more. Open the ledger's checks.`] : [],
  };
}

/** What one invoice had open at the end of a day: every movement up to it. */
export function explainAgedInvoice(invoiceId: string, movements: readonly ReceivableMovement[], asOf: LocalDate, now: number): Why | null {
  const own = movements.filter((movement) => movement.invoiceId === invoiceId && movement.on <= asOf);
  const [first] = own;
  if (!first) return null;
  const { currency, invoiceNumber, dueOn } = first;
  const open = own.reduce((sum, movement) => sum + movement.amountMinor, 0);
  return {
    title: `Open on ${invoiceNumber}`, figure: moneyText(open, currency), formula: 'billed − what was paid, credited, withheld and given up, by the day of each entry', rounding: exactSum, asOf: now, caveats: [],
    policy: [{ name: 'Counted up to', value: `End of ${asOf}, in the reporting time zone.` }, { name: 'Due on', value: dueOn }], sources: [{ kind: 'invoice', id: invoiceId, label: invoiceNumber }],
    inputs: distinct(shortened(own.map((movement) => amountInput(`${movement.kind.replaceAll('-', ' ')} ${movement.document}`, movement.amountMinor, currency, movement.on)), currency)),
  };
}
