import { Button, Modal, NativeSelect, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { versionSchema } from '../../../../../shared/api/contracts.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { formatInstant } from '../../../lib/dates.ts';
import { ChangeOutcome } from '../changes/change-outcome.tsx';
import { FieldDifferences, type MergedEntity } from '../field-differences.tsx';

type Version = z.infer<typeof versionSchema>;

/** Who changed what, when and why; any two compared, an old one brought back as a new version. */
export function VersionsSection({ entity, id, title, currency }: { entity: MergedEntity; id: string; title: string; /** Null for a partner. */ currency: string | null }) {
  const { queries } = useApi();
  const canEdit = useCan('admin');
  const versions = useQuery(queries.contracts.versions.queryOptions({ input: { entity, id } }));
  const [dialog, setDialog] = useState<{ kind: 'compare' } | { kind: 'restore'; version: Version } | null>(null);
  const rows = versions.data ?? [];
  const compare = rows.length > 1 ? <button type="button" className="text-button" onClick={() => setDialog({ kind: 'compare' })}>Compare versions</button> : null;
  return (
    <Section title={title} aside={compare} isFlush>
      {versions.isError ? <div style={{ padding: '0 14px' }}><ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} /></div> : null}
      <table className="plain wrapping">
        <thead><tr><th scope="col">Version</th><th scope="col">Changed</th><th scope="col">By</th></tr></thead>
        <tbody>
          {rows.map((version) => (
            <tr key={version.version}>
              <th scope="row">{version.version}{version.isCurrent ? <span className="badge ok" style={{ marginLeft: 6 }}>Stands</span> : null}</th>
              <td>
                {version.version === 1 || version.changed.length === 0 ? <span className="muted">Made</span> : version.changed.map((field) => field.label).join(', ')}
                {version.reason ? <div className="muted small">{version.reason}</div> : null}
                {canEdit && !version.isCurrent ? <div><button type="button" className="text-button" aria-label={`Restore version ${version.version}`} onClick={() => setDialog({ kind: 'restore', version })}>Restore</button></div> : null}
              </td>
              <td><span className="nowrap">{version.author}</span><div className="muted small"><DateText instant={version.recordedAt} /></div></td>
            </tr>
          ))}
        </tbody>
      </table>
      {dialog?.kind === 'compare' ? <CompareDialog entity={entity} id={id} versions={rows} currency={currency} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'restore' ? <RestoreDialog entity={entity} id={id} version={dialog.version} current={rows.find((version) => version.isCurrent)} currency={currency} onClose={() => setDialog(null)} /> : null}
    </Section>
  );
}

interface OfRecord { entity: MergedEntity; id: string; currency: string | null }

function Comparison({ entity, id, from, to, currency }: OfRecord & { from: number; to: number }) {
  const { queries } = useApi();
  const compared = useQuery(queries.contracts.compare.queryOptions({ input: { entity, id, from, to } }));
  if (compared.isError) return <ErrorNotice error={compared.error} onRetry={() => void compared.refetch()} />;
  if (!compared.data) return <p className="muted">Comparing</p>;
  const { fields, billed } = compared.data;
  return (
    <>
      <FieldDifferences fields={fields} currency={currency} from={`Version ${from}`} to={`Version ${to}`} />
      {billed ? <Facts rows={[
        ['Last month', <DateText key="month" month={billed.month} />],
        [`Under version ${from}`, billed.from ? <MoneyText key="from" amount={billed.from.amount} currency={billed.from.currency} /> : <span key="from" className="muted">cannot be rated</span>],
        [`Under version ${to}`, billed.to ? <MoneyText key="to" amount={billed.to.amount} currency={billed.to.currency} /> : <span key="to" className="muted">cannot be rated</span>],
        billed.from && billed.to && billed.from.currency === billed.to.currency ? ['Difference', <b key="delta"><MoneyText amount={billed.to.amount - billed.from.amount} currency={billed.to.currency} isSigned /></b>] : null,
      ]} /> : null}
    </>
  );
}

function CompareDialog({ entity, id, versions, currency, onClose }: OfRecord & { versions: readonly Version[]; onClose: () => void }) {
  const { locale, timeZone } = usePreferences();
  const [from, setFrom] = useState(versions[1]?.version ?? 1);
  const [to, setTo] = useState(versions[0]?.version ?? 1);
  const choices = versions.map((version) => ({ value: String(version.version), label: `Version ${version.version}, ${formatInstant(version.recordedAt, locale, timeZone)}, ${version.author}` }));
  return (
    <Modal opened onClose={onClose} title="Compare versions" size="min(760px, 96vw)">
      <div style={{ display: 'grid', gap: 12 }}>
        <div className="term-grid" style={{ gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }}><NativeSelect label="From" data-autofocus value={String(from)} data={choices} onChange={(event) => setFrom(Number(event.currentTarget.value))} /><NativeSelect label="To" value={String(to)} data={choices} onChange={(event) => setTo(Number(event.currentTarget.value))} /></div>
        <Comparison entity={entity} id={id} from={from} to={to} currency={currency} />
      </div>
    </Modal>
  );
}

function RestoreDialog({ entity, id, version, current, currency, onClose }: OfRecord & { version: Version; current: Version | undefined; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState('');
  const isReady = reason.trim().length >= 3;
  const restoring = useMutation({
    mutationFn: () => api.client.contracts.restore({ commandId, entity, id, version: version.version, reason: reason.trim() }),
    onSettled: () => { markStale(api, cache, 'partners'); markStale(api, cache, 'status'); },
  });
  return (
    <Modal opened onClose={onClose} title={`Restore version ${version.version}?`} size="lg">
      {restoring.data ? (
        <div style={{ display: 'grid', gap: 12 }}><ChangeOutcome change={restoring.data} /><div><Button autoFocus onClick={onClose}>Done</Button></div></div>
      ) : (
        <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady) restoring.mutate(); }}>
          <p>Its values are brought back as a new version; nothing is taken out of the history. It goes the road of every edit.</p>
          {current ? <Comparison entity={entity} id={id} from={current.version} to={version.version} currency={currency} /> : null}
          <Textarea label="Reason" required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Kept with the version, at least three letters." />
          {restoring.isError ? <ErrorNotice error={restoring.error} /> : null}
          <div className="row-flex"><Button type="submit" disabled={!isReady} loading={restoring.isPending}>Restore as a new version</Button><Button variant="default" onClick={onClose}>Leave it</Button></div>
        </form>
      )}
    </Modal>
  );
}
