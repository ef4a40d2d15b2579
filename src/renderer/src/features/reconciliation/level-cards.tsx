import { Popover } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Card } from '../../components/screen.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { formatDayRange } from '../../lib/dates.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { balanceLinesOf } from './balance-lines.ts';
import { BalanceProofTable, isProved, type BalanceProof } from './balance-proof.tsx';
import { levelTitles, storeWords } from './run-words.ts';

export type ReconciliationSummary = Awaited<ReturnType<DaybookClient['reconciliation']['summary']>>;
type Run = ReconciliationSummary['runs'][number];
/** A run over a range says which, on a line of its own: it is not the whole. */
function DaysOf({ run }: { run: Run }) {
  const { locale, timeZone } = usePreferences();
  return run.level === 'drift' || run.from === null ? null : <div>{formatDayRange(run.from, run.to ?? run.asOf, locale, timeZone)}</div>;
}

/** Each level’s newest run, the sums per store behind it, and what stands to be lost. */
export function LevelCards({ summary }: { summary: ReconciliationSummary | undefined }) {
  const { queries } = useApi();
  const proofs = useQuery(queries.reconciliation.runs.proof.queryOptions({ input: {} })).data?.proof.balances;
  if (!summary) return <div className="cards narrow">{['Transactions', 'Payouts', 'Stripe balance', 'At risk'].map((label) => <Card key={label} label={label} value={<span className="muted">…</span>} note={<span>&nbsp;</span>} />)}</div>;
  const open = summary.open.reduce((sum, each) => sum + each.count, 0);
  const balances = balanceLinesOf(summary.stripeBalance);
  const payouts = summary.runs.find((run) => run.level === 'payouts');
  return (
    <div className="cards narrow levels">
      {summary.runs.filter((run) => run.level !== 'payouts').map((run) => (
        <Card
          key={run.id} label={levelTitles[run.level]} why={<RunWhy run={run} />} value={<><NumberText value={run.matched} /> of <NumberText value={run.compared} /></>}
          note={<><DaysOf run={run} />{run.found === 0 ? <span className="ok">All agree</span> : <><NumberText value={run.found} /> found</>} · <DateText instant={run.finishedAt} isRelative /></>}
        />
      ))}
      {summary.payouts.total > 0 ? <Card label={levelTitles.payouts} why={payouts ? <RunWhy run={payouts} /> : undefined} value={<><NumberText value={summary.payouts.tied} /> of <NumberText value={summary.payouts.total} /> tied</>} note={<>{payouts ? <DaysOf run={payouts} /> : null}{summary.payouts.inTransit.length > 0 ? <>In transit <MoneySums sums={summary.payouts.inTransit} /></> : 'None in transit'}</>} /> : null}
      {balances.length > 0 ? <Card label="Stripe balance" why={<BalanceWhy rows={summary.stripeBalance} proofs={proofs} />} value={<BalanceValue lines={balances} />} note={<BalanceNote rows={summary.stripeBalance} proofs={proofs} />} /> : null}
      <Card label="At risk" why={<RiskWhy summary={summary} />} value={summary.atRisk.length === 0 ? <span className="muted">Nothing</span> : summary.atRisk.length === 1 ? <MoneySums sums={summary.atRisk} /> : <span>{summary.atRisk.length} currencies</span>} note={summary.atRisk.length > 1 ? <MoneySums sums={summary.atRisk} /> : <><NumberText value={open} /> open</>} />
    </div>
  );
}

function WhyTable({ label, title, widthPx, children }: { label: string; title: string; widthPx?: number; children: ReactNode }) {
  return (
    <Popover trapFocus returnFocus shadow="md" position="bottom-start">
      <Popover.Target><button type="button" className="text-button" aria-label={`Why ${label}`}>why</button></Popover.Target>
      <Popover.Dropdown aria-label={title}><div className="why" style={{ width: widthPx }} tabIndex={-1} data-autofocus><h3>{title}</h3>{children}</div></Popover.Dropdown>
    </Popover>
  );
}

/** The sums per store, so that a person sees the difference before its parts. */
function RunWhy({ run }: { run: Run }) {
  return (
    <WhyTable label={levelTitles[run.level]} title={`${levelTitles[run.level]}: sums per store`}>
      <table>
        <thead><tr><th scope="col" className="muted">Store</th><th scope="col" className="muted num">Count</th><th scope="col" className="muted num">Sum</th></tr></thead>
        <tbody>{run.sums.map((sum) => <tr key={`${sum.store}/${sum.currency}`}><th scope="row">{storeWords[sum.store]}</th><td className="num"><NumberText value={sum.count} /></td><td className="num"><MoneyText amount={sum.amountMinor} currency={sum.currency} /></td></tr>)}</tbody>
      </table>
      <dl>
        <dt>Compared</dt><dd>{run.from === null ? 'From the beginning' : <DateText instant={run.from} />} to {run.to === null ? 'now' : <DateText instant={run.to} />}</dd>
        <dt>As of</dt><dd><DateText instant={run.asOf} /></dd>
        <dt>Sources</dt><dd>{run.level === 'payouts' ? 'Stripe’s payouts and the balance transactions of each, listed afresh' : run.level === 'bank' ? 'The bank statements that were imported, and Stripe’s payouts of the days they cover' : 'Stripe listed afresh, the ledger’s entries, the company’s payment history'}</dd>
      </dl>
    </WhyTable>
  );
}

function RiskWhy({ summary }: { summary: ReconciliationSummary }) {
  return (
    <WhyTable label="At risk" title="At risk: what is not settled yet">
      <div className="formula">Sum of the amounts of all open, assigned and held discrepancies, each without its sign: two errors never cancel out.</div>
      <table>
        <thead><tr><th scope="col" className="muted">Reason</th><th scope="col" className="muted num">Count</th></tr></thead>
        <tbody>{summary.open.map((each) => <tr key={each.reason}><th scope="row">{statusWord(each.reason)}</th><td className="num"><NumberText value={each.count} /></td></tr>)}</tbody>
      </table>
      <dl>
        {summary.atRisk.map((sum) => <RiskRow key={sum.currency} sum={sum} />)}
        <dt>Rounding</dt><dd>None: amounts are added as they stand, per currency</dd>
      </dl>
    </WhyTable>
  );
}

function RiskRow({ sum }: { sum: ReconciliationSummary['atRisk'][number] }) {
  return <><dt>{sum.currency.toUpperCase()}</dt><dd><MoneyText amount={sum.amount} currency={sum.currency} hidesCurrency /></dd></>;
}

/** Every currency by itself: the clearing account, and beside it by how much Stripe says otherwise. */
function BalanceValue({ lines }: { lines: ReturnType<typeof balanceLinesOf> }) {
  const [only] = lines.length === 1 ? lines : [];
  if (only && only.offMinor === 0) return <MoneyText amount={only.ledgerMinor} currency={only.currency} />;
  return (
    <span className="balance-lines">
      {lines.map(({ currency, ledgerMinor, offMinor }) => (
        <span key={currency}><MoneyText amount={ledgerMinor} currency={currency} />{offMinor === 0 ? null : <span className="bad"> Stripe <MoneyText amount={offMinor} currency={currency} hidesCurrency isSigned /></span>}</span>
      ))}
    </span>
  );
}

/** Where the books and Stripe differ, by currency: one tied currency does not hide another. */
function BalanceNote({ rows, proofs }: { rows: ReconciliationSummary['stripeBalance']; proofs: readonly BalanceProof[] | undefined }) {
  const unproved = proofs?.filter((proof) => !isProved(proof)).map((proof) => proof.currency.toUpperCase()) ?? [];
  if (unproved.length > 0) return <span className="bad">Not proved in {unproved.join(', ')}</span>;
  const untied = rows.filter((row) => row.ledgerMinor !== row.stripeMinor).map((row) => row.currency.toUpperCase());
  if (untied.length > 0) return <span className="bad">Stripe says otherwise in {untied.join(', ')}</span>;
  return <><span className="ok">Ties</span> with Stripe{rows.length > 1 ? ` in ${rows.length} currencies` : ''}</>;
}

function BalanceWhy({ rows, proofs }: { rows: ReconciliationSummary['stripeBalance']; proofs: readonly BalanceProof[] | undefined }) {
  if (proofs) {
    return (
      <WhyTable label="Stripe balance" title="Stripe balance: start + activity − payouts = end" widthPx={560}>
        <BalanceProofTable balances={proofs} />
      </WhyTable>
    );
  }
  return (
    <WhyTable label="Stripe balance" title="Stripe balance: the ledger and Stripe’s own word">
      <table>
        <thead><tr><th scope="col" className="muted">Currency</th><th scope="col" className="muted num">Clearing account</th><th scope="col" className="muted num">Stripe says</th></tr></thead>
        <tbody>{rows.map((row) => <tr key={row.currency}><th scope="row">{row.currency.toUpperCase()}</th><td className="num"><MoneyText amount={row.ledgerMinor} currency={row.currency} hidesCurrency /></td><td className="num"><MoneyText amount={row.stripeMinor} currency={row.currency} hidesCurrency /></td></tr>)}</tbody>
      </table>
    </WhyTable>
  );
}
