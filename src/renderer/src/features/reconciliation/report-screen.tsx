import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReconciliationReportView } from '../../../../shared/api/workbench.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneySums, MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { AsOf, Box, Card } from '../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { findKnownJob } from '../../lib/known-jobs.ts';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';
import { objectText } from './discrepancy-detail.ts';
import { ReconciliationWorkspace } from './reconciliation-workspace.tsx';
import { levelTitles } from './run-words.ts';

/** What goes out by e-mail each morning, as it stands now. */
export function ReportScreen() {
  const { queries } = useApi();
  const canSend = useCan('finance');
  const answer = useQuery(queries.workbench.report.queryOptions({ input: {} }));
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: canSend, staleTime: 60_000 })).data?.jobs;
  const start = useStartJob();
  const job = findKnownJob(jobs, 'reconciliation-report');
  const sent = answer.data?.sent;
  const controls = (
    <>
      <AsOf instant={answer.data?.report.asOf} />
      {canSend && job ? <Button variant="default" loading={start.isPending} onClick={() => start.mutate({ job: job.name })}>Send now</Button> : null}
    </>
  );
  return (
    <ReconciliationWorkspace part="Report" controls={controls}>
      {answer.isError ? <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} /> : null}
      {answer.data ? <Report report={answer.data.report} /> : null}
      {answer.data ? (
        <p className="quiet">
          {sent ? <>Last report <DateText instant={sent.at} />: {sent.state === 'sent' ? `sent to ${sent.accepted.join(', ')}` : sent.state === 'nobody' ? 'nobody is named to get it by e-mail' : sent.state === 'not-set-up' ? 'no mail server is set up on that desk' : `not everybody got it: ${sent.refused.map((each) => `${each.address} (${each.response})`).join(', ')}`}. </> : 'No report was sent yet. '}
          <EntityLink to={links.reconciliationSettings}>Recipients and thresholds</EntityLink>
        </p>
      ) : null}
    </ReconciliationWorkspace>
  );
}

function Report({ report }: { report: ReconciliationReportView }) {
  const { fresh, open } = report;
  return (
    <>
      {report.alerts.length > 0 ? <Box title="Alerts" label="Alerts"><ul className="plain-list section">{report.alerts.map((alert) => <AlertLine key={alert.kind} alert={alert} />)}</ul></Box> : null}
      <div className="cards narrow">
        <Card label="New since yesterday" value={<NumberText value={fresh.count} />} note={<MoneySums sums={fresh.atRisk} />} />
        <Card label="Open" value={<NumberText value={open.count} />} note={<MoneySums sums={open.atRisk} />} />
        <Card label="Overdue" value={open.overdue > 0 ? <span className="bad"><NumberText value={open.overdue} /></span> : <NumberText value={0} />} note={<><NumberText value={open.unassigned} /> without an assignee</>} />
        <Card label="Came back" value={<NumberText value={report.back} />} note={<><NumberText value={report.settled} /> settled since yesterday</>} />
      </div>
      <Box title="The biggest that are open" label="The biggest that are open">
        {report.biggest.length === 0 ? <p className="section muted">Nothing is open.</p> : <Biggest report={report} />}
      </Box>
      <Box title="Newest runs" label="Newest runs">
        {report.runs.length === 0 ? <p className="section muted">Nothing was reconciled on this desk yet.</p> : (
          <div className="scroll-x" tabIndex={0} role="group" aria-label="Newest runs, list">
            <table className="plain">
              <thead><tr><th scope="col">Level</th><th scope="col">When</th><th scope="col" className="num">Compared</th><th scope="col" className="num">Agree</th><th scope="col" className="num">Found</th></tr></thead>
              <tbody>{report.runs.map((run) => <tr key={run.level}><th scope="row">{levelTitles[run.level]}</th><td><DateText instant={run.finishedAt} /></td><td className="num"><NumberText value={run.compared} /></td><td className="num"><NumberText value={run.matched} /></td><td className="num"><NumberText value={run.found} /></td></tr>)}</tbody>
            </table>
          </div>
        )}
      </Box>
      {report.missingMoney.length > 0 ? (
        <Box title="Missing money" label="Missing money">
          <div className="scroll-x" tabIndex={0} role="group" aria-label="Missing money, list">
            <table className="plain">
              <thead><tr><th scope="col">Kind</th><th scope="col" className="num">Count</th><th scope="col" className="num">At risk</th></tr></thead>
              <tbody>{report.missingMoney.map((each) => <tr key={each.kind}><th scope="row">{statusWord(each.kind)}</th><td className="num"><NumberText value={each.count} /></td><td className="num"><MoneySums sums={each.atRisk} /></td></tr>)}</tbody>
            </table>
          </div>
          <p className="section quiet"><EntityLink to={links.today}>What to do about it stands on Today</EntityLink></p>
        </Box>
      ) : null}
    </>
  );
}

type Reported = ReconciliationReportView['biggest'][number];

/** What happened, by name as far as there is room, and the way to all of it. */
function AlertLine({ alert }: { alert: ReconciliationReportView['alerts'][number] }) {
  return (
    <li>
      <span className="bad">{alert.message}</span> <EntityLink to={alert.link}>{alert.discrepancies.length === 0 ? 'Look at it' : 'See them in the inbox'}</EntityLink>
      {alert.discrepancies.length > 0 ? (
        <ul className="plain-list quiet" aria-label={alert.message}>
          {alert.discrepancies.map((each) => <li key={each.id}><EntityLink to={links.discrepancy(each.id)} id={each.objectName}>{objectText(each)}</EntityLink> {statusWord(each.reason)}, <MoneyText amount={each.amount.amount} currency={each.amount.currency} /></li>)}
          {alert.more > 0 ? <li>and <NumberText value={alert.more} /> more</li> : null}
        </ul>
      ) : null}
    </li>
  );
}

/** Ordered by what they are worth; what that is stands beside amounts of other currencies. */
function Biggest({ report: { biggest, unrated } }: { report: ReconciliationReportView }) {
  const functional = biggest.find((each) => each.worth)?.worth?.currency;
  const hasOthers = biggest.some((each) => each.amount.currency !== functional);
  const worth = (each: Reported) => (each.worth ? <MoneyText amount={each.worth.amount} currency={each.worth.currency} hidesCurrency /> : <span className="muted">no rate</span>);
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="The biggest that are open, list">
        <table className="plain">
          <thead><tr><th scope="col">Reason</th><th scope="col">Object</th><th scope="col">Date</th><th scope="col">Assignee</th><th scope="col" className="num">Amount</th>{hasOthers && functional ? <th scope="col" className="num">Worth, {functional.toUpperCase()}</th> : null}</tr></thead>
          <tbody>{biggest.map((each) => <tr key={each.id}><td><StatusBadge status={each.reason} /></td><th scope="row"><EntityLink to={links.discrepancy(each.id)} id={each.objectName}>{objectText(each)}</EntityLink></th><td><DateText day={each.occurredOn} /></td><td>{each.assignee ?? <span className="muted">—</span>}</td><td className="num"><MoneyText amount={each.amount.amount} currency={each.amount.currency} /></td>{hasOthers && functional ? <td className="num">{worth(each)}</td> : null}</tr>)}</tbody>
        </table>
      </div>
      {unrated.length > 0 ? <p className="section quiet">No exchange rate of {unrated.map((currency) => currency.toUpperCase()).join(', ')} is known: the largest in {unrated.length === 1 ? 'it stands' : 'each stands'} last, whatever it is worth. <EntityLink to={links.rates}>Exchange rates</EntityLink></p> : null}
    </>
  );
}
