/** The report in words, for an e-mail. Pure. */
import { formatMoney } from '../../shared/money/format.ts';

interface Sum {
  readonly amount: number;
  readonly currency: string;
}

/** What the words need of a report. */
export interface ReportedFigures {
  readonly day: string;
  readonly runs: readonly { readonly level: string; readonly compared: number; readonly matched: number; readonly found: number }[];
  readonly fresh: { readonly count: number; readonly atRisk: readonly Sum[] };
  readonly back: number;
  readonly settled: number;
  readonly open: { readonly count: number; readonly overdue: number; readonly unassigned: number; readonly atRisk: readonly Sum[] };
  readonly biggest: readonly { readonly reason: string; readonly objectName: string; readonly amount: Sum; readonly occurredOn: string; readonly assignee: string | null }[];
  readonly missingMoney: readonly { readonly kind: string; readonly count: number; readonly atRisk: readonly Sum[] }[];
  readonly alerts: readonly { readonly message: string }[];
}

const number = (count: number): string => count.toLocaleString('en-US');
const money = ({ amount, currency }: Sum): string => formatMoney(amount, currency, 'en-US');
const sums = (amounts: readonly Sum[]): string => (amounts.length === 0 ? 'nothing' : amounts.map(money).join(', '));
const word = (text: string): string => text.replaceAll('-', ' ');

/** The subject says the alert, or that there is none: it is read on a telephone. */
export function reportSubject(report: ReportedFigures, company: string): string {
  const alert = report.alerts.length > 0 ? `${report.alerts.length === 1 ? 'Alert' : `${report.alerts.length} alerts`}, ` : '';
  return `${company}: reconciliation ${report.day}: ${alert}${number(report.open.count)} open, ${number(report.fresh.count)} new`;
}

export function reportText(report: ReportedFigures): string {
  const lines = [`Reconciliation, ${report.day}`, ''];
  for (const alert of report.alerts) lines.push(`! ${alert.message}`);
  if (report.alerts.length > 0) lines.push('');
  lines.push(`New since yesterday: ${number(report.fresh.count)} (${sums(report.fresh.atRisk)}). Came back: ${number(report.back)}. Settled: ${number(report.settled)}.`);
  lines.push(`Open: ${number(report.open.count)}, at risk ${sums(report.open.atRisk)}. Overdue: ${number(report.open.overdue)}. Nobody's: ${number(report.open.unassigned)}.`, '');
  if (report.biggest.length > 0) lines.push('The biggest that are open', ...report.biggest.map((each) => `  ${money(each.amount)}  ${word(each.reason)}  ${each.objectName}  ${each.occurredOn}${each.assignee ? `  ${each.assignee}` : ''}`), '');
  if (report.missingMoney.length > 0) lines.push('Missing money', ...report.missingMoney.map((each) => `  ${number(each.count)} ${word(each.kind)}: ${sums(each.atRisk)}`), '');
  if (report.runs.length > 0) lines.push('Newest runs', ...report.runs.map((run) => `  ${run.level}: ${number(run.matched)} of ${number(run.compared)} agree, ${number(run.found)} found`), '');
  lines.push('Daybook wrote this. Recipients and thresholds are set under Settings, Reconciliation.', '');
  return lines.join('\n');
}
