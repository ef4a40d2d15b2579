import { Button, NativeSelect, NumberInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TaxRounding } from '../../../../../shared/invoicing/invoice-totals.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Section } from '../../../components/record-parts.tsx';
import { Box, Screen } from '../../../components/screen.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { markStale } from '../../../lib/api/stale-events.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { SettingsNav } from '../settings-nav.tsx';

const mostMonths = 60;
const mostLimit = 1_000_000;

/** Rules of the ledger for our own invoices: the same on every desk. */
export function InvoicingSettingsScreen() {
  const { queries } = useApi();
  const limit = useQuery(queries.invoices.writeOffLimit.queryOptions({ input: {} }));
  const late = useQuery(queries.invoices.runSheet.lateUsage.queryOptions({ input: {} }));
  const rounding = useQuery(queries.invoices.runSheet.taxRounding.queryOptions({ input: {} }));
  return (
    <Screen title="Settings" controls={<SettingsNav />}>
      <Box title="Invoicing" note="of the ledger: the same on every desk">
        {rounding.isError ? <div className="section"><ErrorNotice error={rounding.error} onRetry={() => void rounding.refetch()} /></div> : null}
        {rounding.data ? <TaxRoundingSection key={rounding.data.taxRounding} holds={rounding.data.taxRounding} /> : null}
        {late.isError ? <div className="section"><ErrorNotice error={late.error} onRetry={() => void late.refetch()} /></div> : null}
        {late.data ? <LateUsageSection key={late.data.lateUsageMonths} months={late.data.lateUsageMonths} /> : null}
        {limit.isError ? <div className="section"><ErrorNotice error={limit.error} onRetry={() => void limit.refetch()} /></div> : null}
        {limit.data ? <WriteOffSection key={limit.data.limitMinor} limitMinor={limit.data.limitMinor} /> : null}
      </Box>
    </Screen>
  );
}

const roundingWords: Readonly<Record<TaxRounding, string>> = { 'per-invoice': 'Once per invoice and rate', 'per-line': 'Once per line' };

function TaxRoundingSection({ holds }: { holds: TaxRounding }) {
  const api = useApi();
  const cache = useQueryClient();
  const canSet = useCan('accountant');
  const [wanted, setWanted] = useState<TaxRounding>(holds);
  const save = useMutation({ mutationFn: (value: TaxRounding) => api.client.invoices.runSheet.setTaxRounding({ commandId: crypto.randomUUID(), taxRounding: value }), onSettled: () => { markStale(api, cache, 'invoices'); } });
  return (
    <Section title="Rounding of tax">
      <p>Drafts round tax so, those that stand when they are made again or edited, unless a person chose otherwise on one; each finalised invoice keeps how its own was rounded. Electronic invoices need it once per invoice and rate: where rounding by line comes to another tax, the PDF carries none.</p>
      {canSet ? (
        <form className="field-row" style={{ marginTop: 10 }} onSubmit={(event) => { event.preventDefault(); save.mutate(wanted); }}>
          <NativeSelect label="Tax is rounded" w={260} value={wanted} data={Object.entries(roundingWords).map(([value, label]) => ({ value, label }))} onChange={(event) => setWanted(event.currentTarget.value === 'per-line' ? 'per-line' : 'per-invoice')} />
          <Button type="submit" variant="default" disabled={wanted === holds} loading={save.isPending}>Save</Button>
        </form>
      ) : <p className="quiet">Now: {roundingWords[holds].toLowerCase()}. An accountant may change it.</p>}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </Section>
  );
}

function LateUsageSection({ months }: { months: number }) {
  const api = useApi();
  const cache = useQueryClient();
  const canSet = useCan('accountant');
  const [typed, setTyped] = useState<number | string>(months);
  const wanted = wholeWithin(typed, mostMonths);
  const save = useMutation({ mutationFn: (value: number) => api.client.invoices.runSheet.setLateUsageMonths({ commandId: crypto.randomUUID(), months: value }), onSettled: () => { markStale(api, cache, 'invoices'); } });
  return (
    <Section title="Late usage">
      <p>Usage that comes in after its month was invoiced is charged on the next invoice, or taken back there, once. {months === 0 ? 'None is charged now.' : `Now the ${months} ${months === 1 ? 'month' : 'months'} before the billed one are looked at.`}</p>
      {canSet ? (
        <form className="field-row" style={{ marginTop: 10 }} onSubmit={(event) => { event.preventDefault(); if (wanted !== null) save.mutate(wanted); }}>
          <NumberInput label="Months looked back" description={`0 to ${mostMonths}; 0 charges none.`} w={260} min={0} max={mostMonths} allowDecimal={false} allowNegative={false} value={typed} onChange={setTyped} error={wanted === null ? `A whole number from 0 to ${mostMonths}` : undefined} />
          <Button type="submit" variant="default" disabled={wanted === null || wanted === months} loading={save.isPending}>Save</Button>
        </form>
      ) : <p className="quiet">An accountant may change it.</p>}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </Section>
  );
}

function WriteOffSection({ limitMinor }: { limitMinor: number }) {
  const api = useApi();
  const cache = useQueryClient();
  const canSet = useCan('admin');
  const [typed, setTyped] = useState<number | string>(limitMinor);
  const wanted = wholeWithin(typed, mostLimit);
  const save = useMutation({ mutationFn: (value: number) => api.client.invoices.setWriteOffLimit({ commandId: crypto.randomUUID(), limitMinor: value }), onSettled: () => markStale(api, cache, 'invoices') });
  return (
    <Section title="Write-off limit">
      <p>A small rest of an invoice, such as a bank’s charge, may be given up to this limit. It counts in the smallest units of each invoice’s own currency: 1,000 is $10.00, ¥1,000 or 1.000 KWD.</p>
      {canSet ? (
        <form className="field-row" style={{ marginTop: 10 }} onSubmit={(event) => { event.preventDefault(); if (wanted !== null) save.mutate(wanted); }}>
          <NumberInput label="Largest rest, in smallest units" description="0 allows no write-off." w={260} min={0} max={mostLimit} step={100} thousandSeparator="," allowDecimal={false} allowNegative={false} value={typed} onChange={setTyped} error={wanted === null ? 'A whole number from 0 to 1,000,000' : undefined} />
          <Button type="submit" variant="default" disabled={wanted === null || wanted === limitMinor} loading={save.isPending}>Save</Button>
        </form>
      ) : <p className="quiet">The limit is {limitMinor.toLocaleString('en-US')}. An admin may change it.</p>}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </Section>
  );
}

const wholeWithin = (typed: number | string, most: number): number | null => (typeof typed === 'number' && Number.isInteger(typed) && typed >= 0 && typed <= most ? typed : null);
