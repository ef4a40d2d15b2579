import { Button, FileButton, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { largestUploadPart, ratesImportSchema, type RatesImportView, type RatesOverview } from '../../../../shared/api/rates.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useApi, type Api } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';

const ecbAddress = 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml';

/** Which days are known, how fresh they are, and what waits. */
export function RatesKnownSection({ overview }: { overview: RatesOverview }) {
  const { waiting } = overview;
  const [first] = waiting.rates;
  return (
    <Section title="Known" aside={waiting.facts === 0 ? <span className="badge ok">Nothing waits</span> : <StatusBadge status="exchange-rate-missing" />}>
      <Facts rows={[
        ['Last day known', overview.lastDay === null ? 'None yet' : <span key="last"><DateText day={overview.lastDay} />, <NumberText value={overview.currencies} /> {overview.currencies === 1 ? 'currency' : 'currencies'}</span>],
        ['First day known', <DateText key="first" day={overview.firstDay} />],
        ['Fresh at', <span key="fresh"><DateText instant={overview.freshAt} />{overview.errorCode === null ? '' : <span className="bad"> The last attempt failed: {overview.errorCode}</span>}</span>],
        ['Waits for a rate', waiting.facts === 0 ? 'Nothing' : (
          <span key="waits"><EntityLink to={`${links.stripeWaiting}?reason=exchange-rate-missing`}><NumberText value={waiting.facts} /> {waiting.facts === 1 ? 'fact' : 'facts'}</EntityLink>{first ? <>, the first for {first.currency.toUpperCase()} of <DateText day={first.on} /></> : null}</span>
        )],
      ]} />
      <p className="muted small" style={{ marginTop: 8 }}>A day has its own rate, and a day without one that of the last working day before it, once a later day’s is known. Until then what happened in that currency waits; it is never valued by a guess, and posted by itself when the rate comes.</p>
    </Section>
  );
}

/** Who writes the rates: the company in its shared database, or this desk by importing. */
export function RatesSourceSection({ overview }: { overview: RatesOverview }) {
  const isAdmin = useCan('admin');
  const canImport = useCan('accountant');
  if (overview.owner === 'shared-database') {
    return <Section title="Source" aside={<span className="badge ok">The company’s own</span>}><p className="quiet">They come with every sync of the shared database, where the company publishes them. Nothing is imported on this desk.</p></Section>;
  }
  return (
    <Section title="Source" aside={<span className={`badge ${overview.sourceUrl === null ? 'info' : 'ok'}`}>{overview.sourceUrl === null ? 'By hand' : 'Read each day'}</span>}>
      {isAdmin ? <AddressForm key={overview.sourceUrl} url={overview.sourceUrl} /> : <p className="quiet">{overview.sourceUrl === null ? 'No address is set; an admin may set one.' : `Read each day from ${overview.sourceUrl}`}</p>}
      {canImport ? <ImportForm url={overview.sourceUrl} /> : null}
    </Section>
  );
}

function AddressForm({ url }: { url: string | null }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const [typed, setTyped] = useState(url ?? '');
  const address = typed.trim();
  const test = useQuery(queries.rates.look.queryOptions({ input: { url: address }, enabled: false, gcTime: 0, retry: false }));
  const save = useMutation({
    mutationFn: (next: string | null) => client.rates.setSource({ commandId: crypto.randomUUID(), url: next }),
    onSettled: () => { void cache.invalidateQueries({ queryKey: queries.rates.key() }); void cache.invalidateQueries({ queryKey: queries.jobs.key() }); },
  });
  return (
    <>
      <form className="field-row" onSubmit={(event) => { event.preventDefault(); if (address) save.mutate(address); }}>
        <TextInput className="grow" style={{ maxWidth: 620 }} label="Address" description="Daily rates as the European Central Bank publishes them. Ninety days at once also bring what was missed meanwhile." placeholder={ecbAddress} spellCheck={false} autoComplete="off" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        <Button variant="default" disabled={!address} loading={test.isFetching} onClick={() => void test.refetch()}>Test</Button>
        <Button type="submit" disabled={!address || address === url} loading={save.isPending}>Read it each day</Button>
        {url === null ? null : <Button variant="default" loading={save.isPending} onClick={() => save.mutate(null)}>Take it away</Button>}
      </form>
      {test.data && !test.isFetching ? <p role="status" className="ok">It answers: <NumberText value={test.data.days} /> {test.data.days === 1 ? 'day' : 'days'} up to <DateText day={test.data.lastDay} />, <NumberText value={test.data.currencies} /> currencies.</p> : null}
      {test.isError && !test.isFetching ? <div style={{ marginTop: 12 }}><ErrorNotice error={test.error} /></div> : null}
      {save.isError ? <div style={{ marginTop: 12 }}><ErrorNotice error={save.error} /></div> : null}
    </>
  );
}

/** Messages are short: a file goes in parts, and a job reads it when it is whole. */
async function sendFile({ client }: Api, file: File): Promise<{ upload: string; fileName: string }> {
  const uploadId = crypto.randomUUID();
  const text = await file.text();
  const signsAtOnce = largestUploadPart / 4;
  let position = 0;
  for (let at = 0; at < text.length; at += signsAtOnce) position = (await client.rates.upload({ commandId: crypto.randomUUID(), uploadId, position, text: text.slice(at, at + signsAtOnce) })).bytes;
  if (text === '') throw Object.assign(new Error('The file is empty.'), { code: 'exchange-rates-malformed' });
  return { upload: uploadId, fileName: file.name.slice(0, 200) };
}

function ImportForm({ url }: { url: string | null }) {
  const api = useApi();
  const cache = useQueryClient();
  const load = useMutation({
    async mutationFn(file: File | null): Promise<RatesImportView> {
      const options = file ? await sendFile(api, file) : {};
      const run = await api.client.jobs.run({ commandId: crypto.randomUUID(), job: 'exchange-rates', options, wait: true });
      if (run.status !== 'succeeded') throw Object.assign(new Error(run.errorMessage ?? `It ended ${run.status}.`), { code: run.errorCode ?? run.status, data: { nextStep: run.errorNextStep } });
      return ratesImportSchema.parse(run.result);
    },
    onSettled: () => void cache.invalidateQueries(),
  });
  return (
    <div style={{ marginTop: 12 }}>
      <div className="row-flex">
        <FileButton accept=".xml,.csv,text/xml,text/csv,application/xml" onChange={(file) => { if (file) load.mutate(file); }}>
          {(props) => <Button {...props} variant="default" loading={load.isPending}>Import a file…</Button>}
        </FileButton>
        {url === null ? null : <Button variant="default" loading={load.isPending} onClick={() => load.mutate(null)}>Read now</Button>}
        <span className="muted">eurofxref, as XML or CSV</span>
      </div>
      {load.isError ? <div style={{ marginTop: 12 }}><ErrorNotice error={load.error} /></div> : null}
      {load.data ? <ImportOutcome result={load.data} /> : null}
    </div>
  );
}

function ImportOutcome({ result }: { result: RatesImportView }) {
  return (
    <div role="status" style={{ marginTop: 8 }}>
      <p className="ok">
        {result.source}: <NumberText value={result.added} /> {result.added === 1 ? 'rate' : 'rates'} added{result.corrected > 0 ? <>, <NumberText value={result.corrected} /> corrected</> : null}, <NumberText value={result.unchanged} /> known already.{' '}
        {result.posted > 0 ? <><NumberText value={result.posted} /> {result.posted === 1 ? 'entry that waited was' : 'entries that waited were'} posted. </> : null}
        {result.waiting > 0 ? <><NumberText value={result.waiting} /> {result.waiting === 1 ? 'fact still waits' : 'facts still wait'} for a rate.</> : null}
      </p>
      {result.differing > 0 ? <p className="bad"><NumberText value={result.differing} /> differ from those by which entries were valued. What stands was kept; it stands in Today.</p> : null}
      {result.late > 0 ? <p className="bad"><NumberText value={result.late} /> are of days that entries took for days without a rate. That was kept; it stands in Today.</p> : null}
      {result.unknownCurrencies.length > 0 ? <p className="quiet">Left out, as no currency of today has that code: {result.unknownCurrencies.join(', ')}.</p> : null}
    </div>
  );
}
