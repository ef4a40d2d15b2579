/**
 * What is told of reconciliation, wired: missing money, the close of a month with its evidence, the daily report here and by e-mail.
 */
import type { Clock } from '../../shared/calendar/clock.ts';
import { addDays, type Month } from '../../shared/calendar/local-date.ts';
import type { TimeZone } from '../../shared/calendar/time-zone.ts';
import { formatAmount, formatMoney } from '../../shared/money/format.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { createKeptUnbilled } from '../billing/kept-unbilled.ts';
import type { UnbilledMonths } from '../billing/unbilled-usage.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { makeEvidencePack, type EvidencePack, type EvidenceSummary } from '../documents/evidence-pack.ts';
import type { PdfRenderer } from '../documents/pdf-renderer.ts';
import { createExchangeRates } from '../ledger/exchange-rates.ts';
import type { ReportMailing, ReportMailOutcome } from '../mailing/report-mail.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { lastDayOf } from '../reconciliation/close-checklist.ts';
import { chainHead } from '../reconciliation/close-sign-off.repository.ts';
import { createReconciliationClose, type CloseView, type SignedCheck } from '../reconciliation/reconciliation-close.ts';
import { reportSubject, reportText } from '../reconciliation/report-text.ts';
import { readCloseFacts } from '../reporting/close-facts.queries.ts';
import { checklistCsv, readEvidenceLists, type EvidenceLists } from '../reporting/evidence-lists.queries.ts';
import { readMissingMoney, type MissingMoneyFinding } from '../reporting/missing-money.queries.ts';
import { readReconciliationReport, type ReconciliationReport } from '../reporting/reconciliation-report.queries.ts';
import type { ReconciliationWork } from './reconciliation-work.ts';

export interface ReconciliationReportingParts {
  readonly database: SqliteDatabase;
  readonly clock: Clock;
  readonly timeZone: TimeZone;
  readonly audit: AuditLog;
  readonly work: Pick<ReconciliationWork, 'bank' | 'authority'>;
  readonly unbilled: UnbilledMonths;
  readonly renderer: Pick<PdfRenderer, 'render'>;
  readonly mailing: ReportMailing;
  functionalCurrency(): string;
  companyName(): string;
}

export interface SentReport extends ReconciliationReport {
  readonly mail: ReportMailOutcome | null;
}

export function composeReconciliationReporting({ database, clock, timeZone, audit, work, unbilled, renderer, mailing, functionalCurrency, companyName }: ReconciliationReportingParts) {
  const rateOn = (day: Parameters<ReturnType<typeof createExchangeRates>['ratesOn']>[0]) => createExchangeRates(database, functionalCurrency()).ratesOn(day);
  const kept = createKeptUnbilled({ readable: database, unitOfWork: database.unitOfWork, unbilled, clock, timeZone });
  const close = createReconciliationClose({
    readable: database, unitOfWork: database.unitOfWork, clock, auditLog: audit,
    facts: (month) => readCloseFacts(database, {
      month, zone: timeZone, now: clock.now(), functionalCurrency: functionalCurrency(), limitMinor: work.authority.policy().closeLimitMinor, bank: work.bank, rateOf: rateOn(lastDayOf(month)), unbilled: kept.read(),
    }),
  });

  function missingMoney(): { readonly findings: readonly MissingMoneyFinding[]; readonly unbilledAsOf: number | null } {
    const { asOf, months, usage } = kept.read();
    return { findings: readMissingMoney(database, { zone: timeZone, today: timeZone.dateOf(clock.now()), bank: work.bank, unbilled: { months, usage } }), unbilledAsOf: asOf };
  }

  function report(): ReconciliationReport {
    const now = clock.now();
    const { dueDays, alertCount, alertMinor } = work.authority.policy();
    // A rate of today is seldom known in the morning.
    return readReconciliationReport(database, { zone: timeZone, now, dueDays, alertCount, alertMinor, functionalCurrency: functionalCurrency(), rateOf: rateOn(addDays(timeZone.dateOf(now), -3)), missingMoney: missingMoney().findings });
  }

  return {
    close, missingMoney, report,
    /** For jobs, where nobody waits: what nobody invoices is worked out anew where it has changed. */
    refreshUnbilled: () => kept.refresh(),
    /** The pack as the month stands now. */
    async pack(month: Month): Promise<EvidencePack> {
      const view = close.read(month);
      const lists = readEvidenceLists(database, view.month, timeZone);
      const head = chainHead(database);
      const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
      const madeAt = clock.now();
      const chain = { month: view.month, headSequence: head?.sequence ?? 0, headHash: head?.hash ?? null, signOff: view.signOff && { by: view.signOff.actor, at: new Date(view.signOff.recordedAt).toISOString(), headSequence: view.signOff.headSequence, headHash: view.signOff.headHash } };
      const files = [
        { name: 'discrepancies.csv', bytes: encode(lists.discrepancies.csv) }, { name: 'trial-balance.csv', bytes: encode(lists.trialBalance.csv) }, { name: 'payouts.csv', bytes: encode(lists.payouts.csv) },
        { name: 'open-items.csv', bytes: encode(lists.openItems.csv) }, { name: 'suspense-and-unapplied.csv', bytes: encode(lists.waiting.csv) },
        { name: 'bank-lines.csv', bytes: encode(lists.bankLines.csv) }, { name: 'bank-matches.csv', bytes: encode(lists.bankMatches.csv) }, { name: 'checklist.csv', bytes: encode(checklistCsv(shownChecks(view))) }, { name: 'chain.json', bytes: encode(`${JSON.stringify(chain, null, 2)}\n`) },
      ];
      return makeEvidencePack(renderer, { month: view.month, madeAt, summary: summaryOf(view, lists, { company: companyName(), head: head ? `no. ${head.sequence}, ${head.hash}` : 'no entries', madeAt, timeZone, files: files.map((file) => file.name) }), lists: files });
    },
    /** The report, and by e-mail to those whom the policy names. @throws as {@link ReportMailing.send}. */
    async send({ isMailed, control }: { readonly isMailed: boolean; readonly control: WorkControl }): Promise<SentReport> {
      kept.refresh();
      const told = report();
      control.report({ done: 1, total: 2, note: 'Report made' });
      const mail = isMailed ? await mailing.send({ to: work.authority.policy().reportRecipients, subject: reportSubject(told, companyName()), text: reportText(told) }, control.signal) : null;
      return { ...told, mail };
    },
  };
}
export type ReconciliationReporting = ReturnType<typeof composeReconciliationReporting>;

const money = (amounts: readonly { readonly amount: number; readonly currency: string }[]): string => amounts.map(({ amount, currency }) => formatMoney(amount, currency, 'en-US')).join('\n');

/** As they were signed; as they stand, where nothing is. */
const shownChecks = ({ signOff, checks }: CloseView): readonly SignedCheck[] => (signOff ? signOff.checks : checks.map((check) => ({ ...check, acceptedBecause: null })));

function summaryOf(view: CloseView, lists: EvidenceLists, about: { readonly company: string; readonly head: string; readonly madeAt: number; readonly timeZone: TimeZone; readonly files: readonly string[] }): EvidenceSummary {
  const when = (at: number): string => new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: about.timeZone.name }).format(at);
  const { signOff } = view;
  const shown = shownChecks(view);
  const totals = new Map<string, { debit: number; credit: number }>();
  for (const row of lists.trialBalance.rows) {
    const total = totals.get(row.currency) ?? { debit: 0, credit: 0 };
    totals.set(row.currency, { debit: total.debit + row.debitMinor, credit: total.credit + row.creditMinor });
  }
  const decimal = (amount: number, currency: string): string => formatAmount(amount, currency, 'en-US');
  return {
    title: `Close of ${view.month}`, company: about.company, month: view.month, asOf: `${when(about.madeAt)} (${about.timeZone.name})`,
    signature: signOff && { by: signOff.actor, at: when(signOff.recordedAt), note: signOff.note ?? '', head: `On head no. ${signOff.headSequence} of the chain, ${signOff.headHash}${view.hasMovedOn ? '. Entries of the month or an earlier one came in since.' : ''}` },
    checks: shown.map((check) => ({ title: check.title, state: check.isFine ? 'Fine' : check.acceptedBecause ? 'Accepted' : 'Open', isFine: check.isFine, detail: [check.detail, check.asOf ? `As of ${when(check.asOf)}.` : null].filter(Boolean).join(' '), amounts: money(check.amounts), because: check.acceptedBecause ?? '' })),
    figures: [
      { name: 'Discrepancies listed', value: lists.discrepancies.rows.toLocaleString('en-US') }, { name: 'Payouts of the month', value: lists.payouts.rows.toLocaleString('en-US') }, { name: 'Open items at the month’s end', value: lists.openItems.rows.toLocaleString('en-US') }, { name: 'Bank lines listed', value: lists.bankLines.rows.toLocaleString('en-US') },
      { name: 'Accounts and currencies in the trial balance', value: lists.trialBalance.rows.length.toLocaleString('en-US') },
    ],
    totals: [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([currency, { debit, credit }]) => ({ currency: currency.toUpperCase(), debit: decimal(debit, currency), credit: decimal(credit, currency), difference: decimal(debit - credit, currency) })),
    discrepancies: lists.byReason.map((row) => ({ reason: `${row.reason.replaceAll('-', ' ')}, ${row.currency.toUpperCase()}`, count: String(row.count), settled: String(row.settled), atRisk: decimal(row.atRisk, row.currency) })),
    head: about.head, files: [`summary-${view.month}.pdf`, ...about.files, 'SHA256SUMS'],
  };
}
