/** The report in words, for an e-mail. Pure. */
import { formatMoney } from '../../shared/money/format.ts';

interface Sum {
  readonly amount: number;
  readonly currency: string;
}

interface NamedDiscrepancy {
  readonly reason: string;
  readonly objectName: string;
  readonly amount: Sum;
  /** In functional currency; null: no rate is known. */
  readonly worth: Sum | null;
  readonly occurredOn: string;
  readonly assignee: string | null;
}

/** What the words need of a report. */
export interface ReportedFigures {
  readonly day: string;
  readonly runs: readonly { readonly level: string; readonly compared: number; readonly matched: number; readonly found: number }[];
  readonly fresh: { readonly count: number; readonly atRisk: readonly Sum[] };
  readonly back: number;
  readonly settled: number;
  readonly open: { readonly count: number; readonly overdue: number; readonly unassigned: number; readonly atRisk: readonly Sum[] };
  readonly biggest: readonly NamedDiscrepancy[];
  readonly unrated: readonly string[];
  readonly missingMoney: readonly { readonly kind: string; readonly count: number; readonly atRisk: readonly Sum[] }[];
  readonly alerts: readonly { readonly message: string; readonly discrepancies: readonly NamedDiscrepancy[]; readonly more: number }[];
}

const number = (count: number): string => count.toLocaleString('en-US');
const money = ({ amount, currency }: Sum): string => formatMoney(amount, currency, 'en-US');
const sums = (amounts: readonly Sum[]): string => (amounts.length === 0 ? 'nothing' : amounts.map(money).join(', '));
const word = (text: string): string => text.replaceAll('-', ' ');

/** What it is worth stands behind what is in another currency: that is what they are ordered by. */
const named = ({ amount, worth, reason, objectName, occurredOn, assignee }: NamedDiscrepancy): string => [`${money(amount)}${worth === null || worth.currency === amount.currency ? '' : ` (${money(worth)})`}`, word(reason), objectName, occurredOn, ...(assignee ? [assignee] : [])].join('  ');
const unratedNote = (currencies: readonly string[]): string => `No exchange rate of ${currencies.map((currency) => currency.toUpperCase()).join(', ')} is known: its largest stands last, whatever it is worth.`;

/** The subject says the alert, or that there is none: it is read on a telephone. */
export function reportSubject(report: ReportedFigures, company: string): string {
  const alert = report.alerts.length > 0 ? `${report.alerts.length === 1 ? 'Alert' : `${report.alerts.length} alerts`}, ` : '';
  return `${company}: reconciliation ${report.day}: ${alert}${number(report.open.count)} open, ${number(report.fresh.count)} new`;
}

/** As an e-mail says it, with who wrote it and where it is set. */
export const reportText = (report: ReportedFigures): string => [...reportLines(report), 'Daybook wrote this. Recipients and thresholds are set under Settings, Reconciliation.', ''].join('\n');

/** Line by line, wherever it is read. */
export function reportLines(report: ReportedFigures): string[] {
  const lines = [`Reconciliation, ${report.day}`, ''];
  for (const { message, discrepancies, more } of report.alerts) lines.push(`! ${message}`, ...discrepancies.map((each) => `    ${named(each)}`), ...(more > 0 && discrepancies.length > 0 ? [`    and ${number(more)} more`] : []));
  if (report.alerts.length > 0) lines.push('');
  lines.push(`New since yesterday: ${number(report.fresh.count)} (${sums(report.fresh.atRisk)}). Came back: ${number(report.back)}. Settled since yesterday: ${number(report.settled)}.`);
  lines.push(`Open: ${number(report.open.count)}, at risk ${sums(report.open.atRisk)}. Overdue: ${number(report.open.overdue)}. Nobody's: ${number(report.open.unassigned)}.`, '');
  if (report.biggest.length > 0) lines.push('The biggest that are open', ...report.biggest.map((each) => `  ${named(each)}`), ...(report.unrated.length > 0 ? [`  ${unratedNote(report.unrated)}`] : []), '');
  if (report.missingMoney.length > 0) lines.push('Missing money', ...report.missingMoney.map((each) => `  ${number(each.count)} ${word(each.kind)}: ${sums(each.atRisk)}`), '');
  if (report.runs.length > 0) lines.push('Newest runs', ...report.runs.map((run) => `  ${run.level}: ${number(run.matched)} of ${number(run.compared)} agree, ${number(run.found)} found`), '');
  return lines;
}
