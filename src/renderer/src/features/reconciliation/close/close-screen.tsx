import { Button, Select } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import type { CloseCheckView, CloseView } from '../../../../../shared/api/close-evidence.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneySums } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { formatMonth } from '../../../lib/dates.ts';
import { downloadBlob } from '../../../lib/export-text.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { ReconciliationWorkspace } from '../reconciliation-workspace.tsx';
import { SignOffDialog } from './sign-off-dialog.tsx';

/** A month at the workbench: what must hold before it is signed, the signature, and the evidence to take away. */
export function CloseScreen() {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const { month: asked } = useParams();
  const navigate = useNavigate();
  const months = useQuery(queries.closeEvidence.months.queryOptions({ input: {} }));
  // The last month that is over comes first: that is the one to close.
  const month = asked ?? months.data?.months.find((each) => each.state !== 'running')?.month ?? months.data?.months[0]?.month;
  const view = useQuery(queries.closeEvidence.read.queryOptions({ input: { month: month ?? '' }, enabled: month !== undefined }));
  const controls = months.data && months.data.months.length > 0 ? (
    <Select
      aria-label="Month" w={230} allowDeselect={false} maxDropdownHeight={360} value={month ?? null} onChange={(value) => { if (value) void navigate(links.closeOf(value)); }}
      data={months.data.months.map((each) => ({ value: each.month, label: `${formatMonth(each.month, locale, 'long')}${each.signedBy ? ', signed off' : each.state === 'running' ? ', running' : ''}` }))}
    />
  ) : undefined;
  return (
    <ReconciliationWorkspace part="Close" controls={controls}>
      {months.isError ? <ErrorNotice error={months.error} onRetry={() => void months.refetch()} /> : null}
      {view.isError ? <ErrorNotice error={view.error} onRetry={() => void view.refetch()} /> : null}
      {months.data && months.data.months.length === 0 ? <EmptyState title="The books are empty" action={<EntityLink to={links.stripeSettings}>Connect Stripe</EntityLink>}>A month can be signed off once entries are in the books.</EmptyState> : null}
      {view.data ? <CloseOfMonth view={view.data} /> : null}
    </ReconciliationWorkspace>
  );
}

function CloseOfMonth({ view }: { view: CloseView }) {
  const { client } = useApi();
  const { locale } = usePreferences();
  const canSign = useCan('accountant');
  const canTake = useCan('finance');
  const [act, setAct] = useState<'sign-off' | 'withdraw' | null>(null);
  const { month, checks, signOff, books } = view;
  const open = checks.filter((check) => !check.isFine);
  const title = formatMonth(month, locale, 'long');
  const pack = useMutation({
    mutationFn: () => client.closeEvidence.pack({ month }),
    onSuccess: ({ fileName, bytes, files }) => {
      downloadBlob(fileName, new Blob([bytes], { type: 'application/zip' }));
      notifications.show({ message: `${fileName}: ${files.length} files. “sha256sum -c SHA256SUMS” verifies them.` });
    },
  });
  const booksOpen = books.checklist?.filter((check) => !check.isFine).length ?? 0;
  return (
    <>
      <div className="cards narrow">
        <section className="box card" aria-label="Reconciled">
          <div className="card-label"><span>Reconciled</span></div>
          <div className="card-value">{signOff ? <StatusBadge status="sign-off" /> : open.length === 0 ? <span className="ok">Ready to sign</span> : <><NumberText value={open.length} /> open</>}</div>
          <div className="card-note">{signOff ? <>by {signOff.actor}, <DateText instant={signOff.recordedAt} /></> : <><NumberText value={checks.length - open.length} /> of <NumberText value={checks.length} /> fine</>}</div>
        </section>
        <section className="box card" aria-label="Books">
          <div className="card-label"><span>Books</span></div>
          <div className="card-value">{books.state === 'none' ? <span className="muted">No entries</span> : <StatusBadge status={`period-${books.state}`} />}</div>
          <div className="card-note"><EntityLink to={links.period(month)}>{books.state === 'closed' ? 'See who closed it' : books.state !== 'open' ? 'See the month' : booksOpen > 0 ? `${booksOpen} in the way of closing` : 'Close the books'}</EntityLink></div>
        </section>
        <section className="box card" aria-label="Evidence">
          <div className="card-label"><span>Evidence</span></div>
          <div className="card-value"><Button variant="default" disabled={!canTake} loading={pack.isPending} onClick={() => pack.mutate()}>Take the pack</Button></div>
          <div className="card-note">PDF, CSVs and their hashes, as it stands now</div>
        </section>
      </div>
      {pack.isError ? <ErrorNotice error={pack.error} /> : null}
      <Box
        title={signOff ? `${title}, signed off` : `Before ${title} is signed off`} isFilling
        actions={!canSign ? undefined : signOff ? <Button variant="default" onClick={() => setAct('withdraw')}>Take the signature back…</Button> : <Button disabled={checks.some((check) => !check.isFine && !check.isAcceptable)} onClick={() => setAct('sign-off')}>Sign off…</Button>}
      >
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Close checklist">
          <table className="plain wrapping">
            <thead><tr><th scope="col">State</th><th scope="col">Check</th><th scope="col" className="num">Amounts</th><th scope="col"><span className="visually-hidden">Where</span></th></tr></thead>
            <tbody>{checks.map((check) => <CheckRow key={check.code} check={check} acceptedBecause={signOff?.checks.find((each) => each.code === check.code)?.acceptedBecause ?? null} />)}</tbody>
          </table>
        </div>
        {view.hasMovedOn && signOff ? <p className="section">Entries of this month or an earlier one came in since it was signed on head no. <NumberText value={signOff.headSequence} />. What was signed stands as it was; sign anew if they matter.</p> : null}
        {view.history.length > 0 ? (
          <div className="section">
            <h3>Signatures</h3>
            <ol className="timeline">
              {view.history.map((line) => <li key={line.id}><b><DateText instant={line.recordedAt} /></b> <StatusBadge status={line.action} /> <span className="muted">by {line.actor}, head no. <NumberText value={line.headSequence} /></span>{line.note ? <>, {line.note}</> : null}</li>)}
            </ol>
          </div>
        ) : null}
      </Box>
      {act ? <SignOffDialog act={act} view={view} onClose={() => setAct(null)} /> : null}
    </>
  );
}

function CheckRow({ check, acceptedBecause }: { check: CloseCheckView; acceptedBecause: string | null }) {
  const { locale } = usePreferences();
  return (
    <tr>
      <td><StatusBadge status={check.isFine ? 'check-fine' : acceptedBecause ? 'check-accepted' : 'check-open'} /></td>
      <th scope="row">{check.title}{check.detail || check.asOf ? <div className="quiet">{check.detail ? withLocalDates(check.detail, locale) : null}{check.asOf ? <> As of <DateText instant={check.asOf} />.</> : null}</div> : null}{acceptedBecause ? <div className="quiet">Signed all the same: {acceptedBecause}</div> : null}</th>
      <td className="num">{check.amounts.length > 0 ? <MoneySums sums={check.amounts} /> : <span className="muted">—</span>}</td>
      <td className="num">{check.link && !check.isFine ? <Link to={check.link}>Work on it</Link> : null}</td>
    </tr>
  );
}
