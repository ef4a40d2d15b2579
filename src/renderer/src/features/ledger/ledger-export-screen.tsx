import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { BytesText } from '../../components/bytes-text.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { AsOfPicker } from '../../components/period-picker.tsx';
import { AsOf, Box } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { copyText } from '../../lib/copy-text.ts';
import { dayOfInstant, formatDay, formatDuration } from '../../lib/dates.ts';
import { links } from '../../lib/links.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { useUrlFilter } from '../../lib/url-filter.ts';
import { LedgerScreen } from './ledger-screen.tsx';
import { offeredFormats, useLedgerExport, type LedgerExportFormat, type LedgerExportState } from './use-ledger-export.ts';

const formats: Readonly<Record<LedgerExportFormat, { title: string; what: string; check: string | null }>> = {
  hledger: { title: 'hledger journal', what: 'Plain text accounting: every entry with its number, key and hash, accounts and currencies declared.', check: 'hledger check -s -f' },
  beancount: { title: 'Beancount', what: 'The same books for Beancount; account names follow its rules, ours stand beside them.', check: 'bean-check' },
  csv: { title: 'CSV', what: 'One row per posting, for a spreadsheet or another system: ISO dates, plain decimals, the currency beside each amount.', check: null },
  xlsx: { title: 'Excel workbook', what: 'The same rows as a sheet: amounts are numbers with their decimals, dates are dates, nothing is taken for a formula.', check: null },
};

/** The whole journal for another tool, so that a stranger’s arithmetic can judge ours. */
export function LedgerExportScreen() {
  const { queries } = useApi();
  const { now, timeZone, locale } = usePreferences();
  const [filter, setFilter] = useUrlFilter(['asOf'] as const);
  const today = dayOfInstant(now, timeZone);
  const balance = useQuery(queries.ledger.trialBalance.queryOptions({ input: filter.asOf ? { asOf: filter.asOf } : {} }));
  const exporting = useLedgerExport();
  const isRunning = exporting.state.kind === 'running';
  const controls = <><AsOfPicker day={filter.asOf ?? today} today={today} onChange={(day) => setFilter({ asOf: day })} />{balance.data?.freshAt ? <AsOf instant={balance.data.freshAt} label="Fresh at" /> : null}</>;
  const isEmpty = balance.data?.entries === 0;
  return (
    <LedgerScreen part="Export" controls={controls}>
      {balance.isError ? <ErrorNotice error={balance.error} onRetry={() => void balance.refetch()} /> : null}
      {isEmpty ? <EmptyState title="No entries up to this day" action={<EntityLink to={links.stripeSettings}>Connect Stripe in Settings</EntityLink>}>There is nothing to export yet.</EmptyState> : null}
      {balance.data && !isEmpty ? (
        <Box title="The whole journal for another tool" note={<>{formatDay(balance.data.asOf, locale)}, end of day · <NumberText value={balance.data.entries} /> entries</>}>
          <div className="scroll-x" tabIndex={0} role="group" aria-label="Formats">
            <table className="plain">
              <thead><tr><th scope="col">Format</th><th scope="col">What it holds</th><th scope="col">Check it with</th><th scope="col"><span className="visually-hidden">Export</span></th></tr></thead>
              <tbody>
                {offeredFormats.map((format) => (
                  <tr key={format}>
                    <th scope="row">{formats[format].title}</th>
                    <td className="quiet">{formats[format].what}</td>
                    <td>{formats[format].check ? <code style={{ whiteSpace: 'nowrap' }}>{formats[format].check}</code> : <span className="muted">—</span>}</td>
                    <td className="num"><Button size="compact-xs" variant="default" disabled={isRunning} aria-label={`Export ${formats[format].title}`} onClick={() => exporting.start(format, filter.asOf)}>Export</Button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <ExportOutcome state={exporting.state} onCancel={exporting.cancel} />
        </Box>
      ) : null}
      {balance.data && !isEmpty ? (
        <Box title="What can be relied on">
          <div className="section">
            <p>Each file holds every sealed entry up to the day above, by date and then in the order of the chain. Its balances per account and currency are those of <EntityLink to={filter.asOf ? `${links.ledger}?asOf=${filter.asOf}` : links.ledger}>Accounts</EntityLink> for the same day; the tools’ own checks pass on it. Amounts are exact decimals: nothing is rounded on the way out.</p>
            <p className="quiet" style={{ marginTop: 4 }}>For very large books, or from a script: <code>daybook ledger export --format hledger --output FILE</code> <button type="button" className="text-button" onClick={() => void copyText('daybook ledger export --format hledger --output FILE', 'Command')}>Copy</button></p>
          </div>
        </Box>
      ) : null}
    </LedgerScreen>
  );
}

function ExportOutcome({ state, onCancel }: { state: LedgerExportState; onCancel: () => void }) {
  switch (state.kind) {
    case 'none': return null;
    case 'running': {
      const { done, total, perSecond } = state;
      const share = total === 0 ? 0 : Math.min(1, done / total);
      return (
        <div className="section row-flex" role="status">
          <span>Exporting {formats[state.format].title}: <NumberText value={done} /> of <NumberText value={total} /> entries</span>
          <span className="progress-bar" role="progressbar" aria-label="Export" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}><i style={{ transform: `scaleX(${share})` }} /></span>
          {perSecond ? <span className="muted"><NumberText value={Math.round(perSecond)} />/s, {formatDuration((total - done) / perSecond)} left</span> : null}
          <button type="button" className="text-button" onClick={onCancel}>Cancel</button>
        </div>
      );
    }
    case 'done': {
      const { check } = formats[state.format];
      return (
        <div className="section" role="status">
          <p><b>{state.fileName}</b> is saved: <NumberText value={state.entries} /> entries, <BytesText value={state.bytes} />.</p>
          {check ? <p className="quiet row-flex" style={{ marginTop: 4 }}>Let it be judged: <code>{check} {state.fileName}</code><button type="button" className="text-button" onClick={() => void copyText(`${check} ${state.fileName}`, 'Command')}>Copy</button></p> : null}
        </div>
      );
    }
    case 'cancelled': return <p className="section quiet" role="status">The export was cancelled. No file was written.</p>;
    case 'failed': return <div className="section"><ErrorNotice error={state.error} /></div>;
  }
}
