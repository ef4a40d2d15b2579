import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { comparedToLastSchema } from '../../../../shared/api/reconciliation-runs.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { objectText } from './discrepancy-detail.ts';
import { BalanceProofTable, ManualPayouts, UnderWay } from './balance-proof.tsx';
import { levelWords, scopeWord, storeWords } from './run-words.ts';

type Beside = z.infer<typeof comparedToLastSchema>;
const shownAtOnce = 50;
const nothingOf: Readonly<Record<Beside, string>> = { new: 'Nothing was found for the first time.', gone: 'Nothing was settled since the run before.', remaining: 'Nothing is left of what the run before found.' };

/** A difference that a run found again may have been settled all the same: it is known, and stays so. */
const isSettled = (status: string): boolean => status === 'resolved' || status === 'ignored';

/** One run: what it compared, what it found beside the one before, and the proof where it is about payouts. */
export function RunPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const shown = useQuery(queries.reconciliation.runs.show.queryOptions({ input: { id } }));
  const data = shown.data;
  const run = data?.run;
  return (
    <SidePanel title={run ? `${levelWords[run.level]}${run.sequence === null ? '' : `, run ${run.sequence}`}` : 'Run'} label="Run" note={run ? <><NumberText value={run.matched} /> of <NumberText value={run.compared} /> agree · <DateText instant={run.finishedAt} /></> : null} onClose={onClose} onStep={onStep}>
      {shown.isError ? <div className="section"><ErrorNotice error={shown.error} onRetry={() => void shown.refetch()} /></div> : null}
      {data && run ? (
        <>
          {data.proof ? (
            <>
              <Section title="Start + activity − payouts = end" isFlush><BalanceProofTable balances={data.proof.balances} /></Section>
              {data.proof.account.length > 0 ? <Section title="Payouts made by hand" isFlush><ManualPayouts lines={data.proof.account} /></Section> : null}
              {data.proof.underWay.length > 0 ? <Section title="On their way to the bank" isFlush><UnderWay payouts={data.proof.underWay} /></Section> : null}
            </>
          ) : null}
          {run.appeared === null ? null : <BesideLast id={run.id} of="new" title="New" count={run.appeared} />}
          {run.gone === null ? null : <BesideLast id={run.id} of="gone" title="Gone" count={run.gone} />}
          {run.remaining === null ? null : <BesideLast id={run.id} of="remaining" title="Found again" count={run.remaining} />}
          <Section title="Sums per store" isFlush>
            <table className="plain">
              <thead><tr><th scope="col">Store</th><th scope="col" className="num">Count</th><th scope="col" className="num">Sum</th></tr></thead>
              <tbody>{run.sums.map((sum) => <tr key={`${sum.store}/${sum.currency}`}><th scope="row">{storeWords[sum.store]}</th><td className="num"><NumberText value={sum.count} /></td><td className="num"><MoneyText amount={sum.amountMinor} currency={sum.currency} /></td></tr>)}</tbody>
            </table>
          </Section>
          <Section title="How it was made">
            <Facts rows={[
              ['About', scopeWord(run)],
              run.from === null ? null : ['From', <DateText key="from" instant={run.from} />],
              run.to === null ? null : ['To', <DateText key="to" instant={run.to} />],
              ['As of', <DateText key="as-of" instant={run.asOf} />],
              run.recompared === null ? null : ['Compared anew', <NumberText key="recompared" value={run.recompared} />],
              ['Policy', run.policyVersion === null ? 'Before policies were counted' : `Version ${run.policyVersion}`],
              ['Inputs', run.inputsHash === null ? 'Not hashed' : <span key="inputs" className="mono" title={run.inputsHash}>{run.inputsHash.slice(0, 16)}…</span>],
              data.previous ? ['The run before', <EntityLink key="previous" to={links.reconciliationRun(data.previous.id)}><DateText instant={data.previous.finishedAt} />{data.previous.hadSameInputs ? ', the same inputs' : ''}</EntityLink>] : ['The run before', 'None: this is the first'],
            ]} />
          </Section>
        </>
      ) : null}
    </SidePanel>
  );
}

/** The differences that are new, gone or still there beside the last run. */
function BesideLast({ id, of, title, count }: { id: string; of: Beside; title: string; count: number }) {
  const { queries } = useApi();
  const listed = useQuery(queries.reconciliation.runs.differences.queryOptions({ input: { id, of, limit: shownAtOnce }, enabled: count > 0 }));
  const rows = listed.data?.rows ?? [];
  return (
    <Section title={`${title}: ${count}`} isFlush>
      {count === 0 ? <p className="muted" style={{ padding: '0 14px 8px' }}>{nothingOf[of]}</p> : null}
      {listed.isError ? <div style={{ padding: '0 14px 8px' }}><ErrorNotice error={listed.error} onRetry={() => void listed.refetch()} /></div> : null}
      {rows.length > 0 ? (
        <table className="plain">
          <thead><tr><th scope="col">Object</th><th scope="col">Date</th><th scope="col" className="num">Amount</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                {/* Takes the room that day and amount leave: the words of a bank are long. */}
                <th scope="row" style={{ width: '100%', maxWidth: 0 }}>
                  <div className="clip" title={row.objectName}><EntityLink to={links.discrepancy(row.id)}>{objectText(row)}</EntityLink></div>
                  <div className="small muted clip">{statusWord(row.reason)}{isSettled(row.status) ? `, ${statusWord(row.status).toLowerCase()}` : ''}</div>
                </th>
                <td><DateText day={row.occurredOn} /></td>
                <td className="num"><MoneyText amount={row.amount.amount} currency={row.amount.currency} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {count > rows.length && rows.length > 0 ? <p className="muted" style={{ padding: '4px 14px 8px' }}>The newest {rows.length} of {count}. <code>daybook reconcile report</code> lists 500.</p> : null}
    </Section>
  );
}
