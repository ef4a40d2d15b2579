import { Button, Switch, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReportDeliveryView, ReportSettingsView } from '../../../../shared/api/revenue-report.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { Section } from '../../components/record-parts.tsx';
import { Box } from '../../components/screen.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { formatMonth } from '../../lib/dates.ts';
import { describeError } from '../../lib/described-error.ts';
import { downloadBlob } from '../../lib/export-text.ts';
import { links } from '../../lib/links.ts';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { useStartJob } from '../../lib/use-start-job.ts';

const addressesOf = (text: string) => text.split(/[,;\s]+/).filter(Boolean);

/** Who gets the report, whether it goes out by itself, and what went out. */
export function ReportMailBox({ month }: { month: string }) {
  const { queries } = useApi();
  const settings = useQuery(queries.revenueReport.settings.queryOptions({ input: {} }));
  const { data } = settings;
  return (
    <Box title="By e-mail" note="of this desk">
      {settings.isError ? <div className="section"><ErrorNotice error={settings.error} onRetry={() => void settings.refetch()} /></div> : null}
      {data ? (
        <>
          <Section title="Who gets it">
            {data.canSend ? <ReportMailForm key={data.recipients.join()} kept={data} month={month} /> : <p className="quiet">E-mail is not set up on this desk. <EntityLink to={links.mailSettings}>Set up the mail server</EntityLink></p>}
          </Section>
          <Section title="What went out">
            {data.deliveries.length === 0 ? <p className="quiet">No report was sent from this desk yet.</p> : <ul className="report-deliveries">{data.deliveries.map((delivery) => <Delivery key={delivery.id} delivery={delivery} />)}</ul>}
          </Section>
        </>
      ) : null}
    </Box>
  );
}

function ReportMailForm({ kept, month }: { kept: ReportSettingsView; month: string }) {
  const { client, queries } = useApi();
  const { locale } = usePreferences();
  const cache = useQueryClient();
  const mayChange = useCan('accountant');
  const [typed, setTyped] = useState(kept.recipients.join('\n'));
  const start = useStartJob();
  const save = useMutation({
    mutationFn: (wanted: ReportSettingsView) => client.revenueReport.saveSettings({ commandId: crypto.randomUUID(), ...wanted }),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.revenueReport.settings.key() }),
  });
  const recipients = addressesOf(typed);
  const isChanged = recipients.join() !== kept.recipients.join();
  return (
    <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); save.mutate({ isSent: kept.isSent, recipients }); }}>
      <Textarea label="Recipients" description="One address per line" autosize minRows={2} maxRows={8} spellCheck={false} disabled={!mayChange} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <Switch label="Send last month’s report on the 1st at 07:00" checked={kept.isSent} disabled={!mayChange || save.isPending || recipients.length === 0} onChange={(event) => save.mutate({ isSent: event.currentTarget.checked, recipients })} />
      {save.error ? <ErrorNotice error={save.error} /> : null}
      {mayChange ? (
        <div className="field-row">
          <Button type="submit" variant="default" disabled={!isChanged || save.isPending}>Keep recipients</Button>
          <Button disabled={isChanged || kept.recipients.length === 0 || start.isPending} onClick={() => start.mutate({ job: 'revenue-report', period: month })}>Send {formatMonth(month, locale)} now</Button>
        </div>
      ) : <p className="small quiet">An accountant sets who gets it.</p>}
    </form>
  );
}

function Delivery({ delivery }: { delivery: ReportDeliveryView }) {
  const { client } = useApi();
  const { locale } = usePreferences();
  const open = useMutation({ mutationFn: () => client.revenueReport.sent({ id: delivery.id }), onSuccess: ({ fileName, bytes }) => downloadBlob(fileName, new Blob([bytes.slice()], { type: 'application/pdf' })) });
  return (
    <li>
      <div className="row-flex"><b>{formatMonth(delivery.month, locale)}</b><StatusBadge status={`mail-${delivery.state}`} /><span className="grow" />{delivery.sha256 === '' ? null : <button type="button" className="text-button" aria-label={`Save what was sent for ${formatMonth(delivery.month, locale)}, number ${delivery.sequence}`} onClick={() => open.mutate()}>Save</button>}</div>
      <div className="small quiet"><DateText instant={delivery.handedOverAt} /> by {delivery.askedBy}, to {delivery.recipients.map((each) => (each.state === 'refused' ? `${each.address} (refused)` : each.address)).join(', ')}</div>
      {delivery.errorMessage ? <div className="small">{delivery.errorMessage}</div> : null}
      {delivery.errorCode === null ? null : <div className="small quiet">{describeError({ code: delivery.errorCode }).nextStep}</div>}
      {open.error ? <ErrorNotice error={open.error} /> : null}
    </li>
  );
}
