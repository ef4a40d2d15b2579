import { Button, Modal, NumberInput, Select, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { NumberBlockView, NumbersOverviewView } from '../../../../shared/api/numbers.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { spanOf } from './numbers-tables.tsx';

const seriesNames = [{ value: 'INV', label: 'INV, one-off invoices' }, { value: 'CN', label: 'CN, credit notes' }] as const;
const wholeUpTo = (value: number | string, most: number): number | null => (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most ? value : null);

/** Takes numbers for this desk; what they are for and what becomes of them is said before. */
export function LeaseDialog({ overview, onClose }: { overview: NumbersOverviewView; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const { now, timeZone } = usePreferences();
  const { leasable } = overview;
  const thisYear = Number(new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric' }).format(now));
  const [series, setSeries] = useState<'INV' | 'CN'>('INV');
  const [year, setYear] = useState(leasable.years.includes(thisYear) ? thisYear : leasable.years.at(-1) ?? thisYear);
  const [count, setCount] = useState<number | string>(5);
  const [days, setDays] = useState<number | string>(7);
  // One id for this dialog: a double click or a retry is the same block.
  const [commandId] = useState(() => crypto.randomUUID());
  const [wholeCount, wholeDays] = [wholeUpTo(count, leasable.mostNumbers), wholeUpTo(days, leasable.mostDays)];
  const lease = useMutation({
    mutationFn: (wanted: { count: number; days: number }) => api.client.numbers.lease({ commandId, series, year, ...wanted }),
    onSettled: () => markStale(api, cache, 'numbers'),
  });
  const block = lease.data;
  return (
    <Modal opened onClose={onClose} title={block ? 'These numbers are this desk’s' : 'Lease numbers for this desk'}>
      {block ? (
        <div style={{ display: 'grid', gap: 12 }}>
          <p role="status"><b className="mono">{spanOf(block)}</b> may be used here, online or not, until <DateText instant={block.useUntil} />.</p>
          <p className="quiet">Sync by <DateText instant={block.reportUntil} />: what was used and not told by then counts as unused, and its documents have to be issued again.</p>
          <div className="row-flex"><Button data-autofocus onClick={onClose}>Done</Button></div>
        </div>
      ) : (
        <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (wholeCount !== null && wholeDays !== null) lease.mutate({ count: wholeCount, days: wholeDays }); }}>
          <p>{overview.kind === 'shared' ? 'This desk gives them to what it finalises offline.' : 'This desk gives them before the next ones of the series.'} Nobody else gets these numbers. What is left goes back when you return the block, or into the gap register with the reason when others have gone on.</p>
          <div className="field-row">
            <Select className="grow" label="Series" data-autofocus data={[...seriesNames]} value={series} allowDeselect={false} onChange={(value) => { if (value === 'INV' || value === 'CN') setSeries(value); }} />
            <Select w={110} label="Year of issue" data={leasable.years.map(String)} value={String(year)} allowDeselect={false} onChange={(value) => { if (value) setYear(Number(value)); }} />
          </div>
          <div className="field-row" style={{ alignItems: 'flex-start' }}>
            <NumberInput style={{ flex: 1 }} label="Numbers" description={`1 to ${leasable.mostNumbers}`} min={1} max={leasable.mostNumbers} allowDecimal={false} allowNegative={false} value={count} onChange={setCount} error={wholeCount === null ? `A whole number from 1 to ${leasable.mostNumbers}` : undefined} />
            <NumberInput style={{ flex: 1 }} label="Days" description={`1 to ${leasable.mostDays}, until you are back`} min={1} max={leasable.mostDays} allowDecimal={false} allowNegative={false} value={days} onChange={setDays} error={wholeDays === null ? `A whole number from 1 to ${leasable.mostDays}` : undefined} />
          </div>
          {lease.isError ? <ErrorNotice error={lease.error} /> : null}
          <div className="row-flex"><Button type="submit" disabled={wholeCount === null || wholeDays === null} loading={lease.isPending}>{wholeCount === null ? 'Lease numbers' : wholeCount === 1 ? 'Lease 1 number' : `Lease ${wholeCount} numbers`}</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
        </form>
      )}
    </Modal>
  );
}

/** Ends a block: of this desk, or of one that is lost. */
export function ReturnDialog({ block, onClose }: { block: NumberBlockView; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const [commandId] = useState(() => crypto.randomUUID());
  const said = reason.trim();
  const giveBack = useMutation({
    mutationFn: () => api.client.numbers.return({ commandId, blockId: block.id, reason: said }),
    onSettled: () => markStale(api, cache, 'numbers'),
  });
  const isOwn = block.isOfThisDesk;
  const result = giveBack.data;
  return (
    <Modal opened onClose={onClose} title={result ? 'The block has ended' : isOwn ? `Return ${spanOf(block)}?` : `Take ${spanOf(block)} away?`} size="lg">
      {result ? (
        <div style={{ display: 'grid', gap: 12 }}>
          <p role="status"><span className="mono">{spanOf(block)}</span>: <NumberText value={result.block.used} /> used, <NumberText value={result.backToSeries} /> back in the series, <NumberText value={result.gaps.length} /> in the gap register.</p>
          {result.gaps.length > 0 ? <p className="quiet mono">{result.gaps.join(', ')}</p> : null}
          <div className="row-flex"><Button data-autofocus onClick={onClose}>Done</Button></div>
        </div>
      ) : (
        <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (said.length >= 3) giveBack.mutate(); }}>
          {isOwn ? (
            <p>This desk uses none of these numbers any more. {block.state === 'suspended' ? 'The ledger was restored from a backup, and nobody knows which of them were used since: all that are not known as used go to the gap register.' : 'Those at the top of the series that were not used are given to the next documents; what others have passed goes to the gap register.'}</p>
          ) : (
            <p>Do this when the desk of {block.holder} is lost or will not come back online. Nobody knows which numbers it used and has not told: none of them is ever given again, they go to the gap register. Documents it tells of later are refused and have to be issued again.</p>
          )}
          <Textarea label={isOwn ? 'Why they come back' : 'Why they are taken away'} required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Kept in the gap register, at least three letters." />
          {giveBack.isError ? <ErrorNotice error={giveBack.error} /> : null}
          <div className="row-flex"><Button type="submit" {...(isOwn ? {} : { color: 'red' })} disabled={said.length < 3} loading={giveBack.isPending}>{isOwn ? 'Return the block' : 'Take the block away'}</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
        </form>
      )}
    </Modal>
  );
}
