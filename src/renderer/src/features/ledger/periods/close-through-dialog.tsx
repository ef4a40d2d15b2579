import { Button, Checkbox, Modal, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { DateText } from '../../../components/date-text.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { statusWord } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { formatMonth } from '../../../lib/dates.ts';
import { withLocalDates } from '../../../lib/iso-words.ts';
import { findKnownJob } from '../../../lib/known-jobs.ts';
import { usePreferences } from '../../../lib/preferences.tsx';
import { useStartJob } from '../../../lib/use-start-job.ts';
import type { PeriodCheck } from './period-view.ts';

export interface CloseThroughDialogProps {
  /** Open months that are over, oldest first. */
  months: readonly string[];
  onClose: () => void;
}

/**
 * Closes the open months in their order, each by itself and each in the close log, up to the one that is chosen or the first that cannot be closed. It can be
 * stopped between two months; what is closed by then stays closed.
 */
export function CloseThroughDialog({ months, onClose }: CloseThroughDialogProps) {
  const api = useApi();
  const cache = useQueryClient();
  const { locale } = usePreferences();
  const [through, setThrough] = useState(months.at(-1) ?? '');
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  const [closed, setClosed] = useState<readonly string[]>([]);
  const isStopAsked = useRef(false);
  const acceptedReasons = [...accepted];
  const preview = useQuery(api.queries.ledger.closePreview.queryOptions({ input: { through, acceptedReasons }, enabled: closed.length === 0, placeholderData: (before) => before }));
  const ready = preview.data?.months.filter((month) => month.isClosable).map((month) => month.month) ?? [];
  const close = useMutation({
    async mutationFn() {
      isStopAsked.current = false;
      for (const month of ready) {
        if (isStopAsked.current) return;
        await api.client.ledger.closePeriod({ commandId: crypto.randomUUID(), month, acceptedReasons });
        setClosed((before) => [...before, month]);
      }
    },
    onSuccess: () => { if (!isStopAsked.current && preview.data?.stopsAt === null) onClose(); },
    onSettled: () => { markStale(api, cache, 'ledger'); markStale(api, cache, 'today'); },
  });
  const choose = (code: string, isOn: boolean) => { const next = new Set(accepted); if (isOn) next.add(code); else next.delete(code); setAccepted(next); };
  const isBegun = close.isPending || closed.length > 0;
  const last = ready.at(-1);
  return (
    <Modal opened onClose={() => { isStopAsked.current = true; onClose(); }} title="Close several months" size="lg">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (ready.length > 0 && !isBegun) close.mutate(); }}>
        <p>Nothing enters these months after that, by any road: what comes late is posted to the first open month. Each month is closed by itself and has its own line in the close log.</p>
        <Select label="Through" data-autofocus data={months.map((month) => ({ value: month, label: formatMonth(month, locale, 'long') }))} value={through} onChange={(month) => { if (month) setThrough(month); }} allowDeselect={false} disabled={isBegun} maxDropdownHeight={240} />
        {preview.isError ? <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} /> : null}
        {preview.data ? (
          <div className="scroll-x" tabIndex={0} role="group" aria-label="What closing comes to" style={{ maxHeight: 280, overflowY: 'auto' }}>
            <table className="plain">
              <thead><tr><th scope="col">Month</th><th scope="col">State</th><th scope="col">In the way</th></tr></thead>
              <tbody>
                {preview.data.months.map((month) => (
                  <tr key={month.month}>
                    <th scope="row"><DateText month={month.month} /></th>
                    <td>{closed.includes(month.month) ? <span className="badge ok">Closed</span> : month.isClosable ? <span className="badge info">Can be closed</span> : <span className="badge attention">Not yet</span>}</td>
                    <td><InTheWay checklist={month.checklist} accepted={accepted} onChoose={choose} isFixed={isBegun} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
        {preview.data?.stopsAt ? <p className="quiet">Closing ends before {formatMonth(preview.data.stopsAt, locale, 'long')}: months are closed in their order.</p> : null}
        {close.isError ? <ErrorNotice error={close.error} /> : null}
        <div className="row-flex" aria-live="polite">
          {isBegun && !close.isPending ? <Button onClick={onClose}>Done</Button> : <Button type="submit" disabled={last === undefined || preview.isPlaceholderData} loading={close.isPending}>{last === undefined ? 'Nothing can be closed' : `Close ${ready.length} ${ready.length === 1 ? 'month' : 'months'}, through ${formatMonth(last, locale)}`}</Button>}
          {close.isPending ? <Button variant="default" onClick={() => { isStopAsked.current = true; }}>Stop after this month</Button> : isBegun ? null : <Button variant="default" onClick={onClose}>Leave them open</Button>}
          {isBegun ? <span className="quiet"><NumberText value={closed.length} /> of <NumberText value={ready.length} /> closed</span> : null}
        </div>
      </form>
    </Modal>
  );
}

/** Each thing with what to do about it: a reason to accept, or recognition to run. */
function InTheWay({ checklist, accepted, onChoose, isFixed }: { checklist: readonly PeriodCheck[]; accepted: ReadonlySet<string>; onChoose: (code: string, isOn: boolean) => void; isFixed: boolean }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const start = useStartJob();
  const needsRecognition = checklist.some((check) => check.code === 'recognition-done' && !check.isFine);
  const jobs = useQuery(queries.jobs.list.queryOptions({ input: {}, enabled: needsRecognition, staleTime: 60_000 })).data?.jobs;
  const job = needsRecognition ? findKnownJob(jobs, 'revenue-recognition') : null;
  const left = checklist.filter((check) => !check.isFine || check.reasons.length > 0);
  if (left.length === 0) return <span className="muted">Nothing</span>;
  return (
    <>
      {left.map((check) => (
        <div key={check.code} className="quiet">
          {check.detail ? withLocalDates(check.detail, locale) : null}
          {check.reasons.map((reason) => (
            <Checkbox key={reason.code} size="xs" mt={4} disabled={isFixed} checked={accepted.has(reason.code)} onChange={(event) => onChoose(reason.code, event.currentTarget.checked)} label={<>Close although <NumberText value={reason.count} /> {reason.count === 1 ? 'fact waits' : 'facts wait'}: {statusWord(reason.code).toLowerCase()}</>} />
          ))}
        </div>
      ))}
      {job ? <button type="button" className="text-button" disabled={start.isPending || job.isRunning} onClick={() => start.mutate({ job: job.name })}>{job.isRunning ? `${job.title} is running` : `Run “${job.title}” for all months`}</button> : null}
    </>
  );
}
