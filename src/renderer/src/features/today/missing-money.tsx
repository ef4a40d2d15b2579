import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import type { MissingMoney, RemedyView } from '../../../../shared/api/workbench.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Box } from '../../components/screen.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { withLocalDates } from '../../lib/iso-words.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';
import { SendDialog } from '../invoices/mail/send-dialog.tsx';
import { CreditNoteDialog } from './credit-note-dialog.tsx';

const says: Readonly<Record<MissingMoney['kind'], string>> = {
  'missed-webhook': 'Stripe has it, the books do not: an event was missed.', 'unrecorded-payment': 'Stripe has it, the company’s records do not.', 'unbilled-usage': 'Usage that no invoice charges.', 'uninvoiced-month': 'A contract was in force and no invoice stands for the month.',
  'payout-without-bank-line': 'Paid out, and no line of a bank statement.', 'refund-without-credit-note': 'Money went back; the invoice and its tax stand.', 'invoice-never-sent': 'Finalised and waiting: nobody was asked to pay.', 'lost-dispute': 'Lost, and not written off in the books.',
};

/** Money that may be lost without anybody noticing, each with its remedy. Nothing is shown where nothing is missing. */
export function MissingMoneyBox() {
  const { queries } = useApi();
  const canSee = useCan('finance');
  const [open, setOpen] = useState<MissingMoney['kind'] | null>(null);
  const found = useQuery(queries.workbench.missingMoney.queryOptions({ input: {}, enabled: canSee, staleTime: 30_000 }));
  if (found.isError) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data || found.data.findings.length === 0) return null;
  return (
    <Box title="Missing money" label="Missing money" note={<Notes isBankRead={found.data.isBankRead} unbilledAsOf={found.data.unbilledAsOf} />}>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Missing money, list">
        <table className="plain">
          <thead><tr><th scope="col">Kind</th><th scope="col">What</th><th scope="col" className="num">Count</th><th scope="col" className="num">At risk</th><th scope="col"><span className="visually-hidden">Remedy</span></th></tr></thead>
          <tbody>{found.data.findings.map((finding) => <FindingRows key={finding.kind} finding={finding} isOpen={open === finding.kind} onToggle={() => setOpen(open === finding.kind ? null : finding.kind)} />)}</tbody>
        </table>
      </div>
    </Box>
  );
}

/** What the list cannot know yet, and of when the part is that is worked out beforehand. */
function Notes({ isBankRead, unbilledAsOf }: { isBankRead: boolean; unbilledAsOf: number | null }) {
  return (
    <>
      {unbilledAsOf === null ? 'Usage and months without an invoice are not looked through yet: the next sync does' : <>Usage and months without an invoice: as of <DateText instant={unbilledAsOf} /></>}
      {isBankRead ? null : '. No bank statements are read: nothing is said of payouts that did not arrive'}
    </>
  );
}

function FindingRows({ finding, isOpen, onToggle }: { finding: MissingMoney; isOpen: boolean; onToggle: () => void }) {
  const { locale } = usePreferences();
  return (
    <>
      <tr>
        <td><StatusBadge status={finding.kind} /></td>
        <th scope="row" className="wrap"><button type="button" className="text-button" aria-expanded={isOpen} onClick={onToggle}>{says[finding.kind]}</button></th>
        <td className="num"><NumberText value={finding.count} /></td>
        <td className="num"><MoneySums sums={finding.atRisk} /></td>
        <td className="num"><RemedyOf remedy={finding.remedy} /></td>
      </tr>
      {isOpen ? finding.items.map((item) => (
        <tr key={item.id} className="quiet">
          <td>{item.on ? <DateText day={item.on} /> : null}</td>
          <td className="wrap"><Link to={item.link}>{item.title}</Link><div>{withLocalDates(item.detail, locale)}</div></td>
          <td />
          <td className="num">{item.amount ? <MoneyText amount={item.amount.amount} currency={item.amount.currency} /> : <span className="muted">not rated</span>}</td>
          <td className="num">{item.remedy && finding.count > 1 ? <RemedyOf remedy={item.remedy} about={item.title} /> : null}</td>
        </tr>
      )) : null}
    </>
  );
}

/** @param about what it is for, where several stand below each other with the same word. */
function RemedyOf({ remedy, about }: { remedy: RemedyView; about?: string }) {
  const start = useStartJob();
  const { locale } = usePreferences();
  const canSend = useCan('accountant');
  const [isOpen, setOpen] = useState(false);
  const label = withLocalDates(remedy.label, locale);
  const named = about === undefined ? {} : { 'aria-label': `${label}: ${about}` };
  if (remedy.kind === 'link') return <Link to={remedy.to} {...named}>{label}</Link>;
  if (remedy.kind === 'job') return <Button size="compact-xs" variant="default" loading={start.isPending} onClick={() => start.mutate({ job: remedy.job, ...(remedy.period === null ? {} : { period: remedy.period }) })}>{label}</Button>;
  if (remedy.kind === 'send' && !canSend) return <span className="muted">An accountant sends</span>;
  return (
    <>
      <Button size="compact-xs" variant="default" {...named} onClick={() => setOpen(true)}>{label}…</Button>
      {isOpen ? remedy.kind === 'send' ? <SendDialog invoices={remedy.invoices} onClose={() => setOpen(false)} /> : <CreditNoteDialog drafts={remedy.drafts} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
