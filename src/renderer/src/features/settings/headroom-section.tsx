import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Section } from '../../components/record-parts.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { useCan } from '../../lib/preferences.tsx';
import type { StripeOverview } from './stripe-overview.ts';

const least = 0;
const most = 90;

/** How much of Stripe's limits is left to the company's own traffic. */
export function HeadroomSection({ overview }: { overview: StripeOverview }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const canSet = useCan('admin');
  const { limits, mode } = overview;
  const [typed, setTyped] = useState<number | string>(limits.headroomPercent);
  const save = useMutation({
    mutationFn: (percent: number) => client.stripe.setHeadroom({ commandId: crypto.randomUUID(), percent }),
    onSettled: () => { void cache.invalidateQueries({ queryKey: queries.stripe.key() }); void cache.invalidateQueries({ queryKey: queries.settings.key() }); },
  });
  const percent = typeof typed === 'number' && Number.isInteger(typed) && typed >= least && typed <= most ? typed : null;
  const isOff = limits.limiter === 'off';
  return (
    <Section title="Request limits" aside={isOff ? 'the limiter is off' : mode === 'live' ? 'live mode' : 'test mode'}>
      {isOff ? (
        <p>No limit is kept: the limiter is switched off in this desk’s configuration, as for the demo’s Stripe, which has none. Against Stripe itself, take “stripeLimiter” out of config.json.</p>
      ) : (
        <p>Daybook asks at most <b><NumberText value={limits.accountPerSecond ?? 0} /></b> times a second, and one endpoint at most <b><NumberText value={limits.endpointPerSecond ?? 0} /></b> times. The rest of Stripe’s limits is left to your own systems; where Stripe still asks to slow down, Daybook gives way.</p>
      )}
      {canSet ? (
        <form className="field-row" onSubmit={(event) => { event.preventDefault(); if (percent !== null) save.mutate(percent); }}>
          <NumberInput label="Left to others, in percent" description="0 to 90. A job that runs keeps to it from its next request on." w={260} min={least} max={most} step={5} allowDecimal={false} allowNegative={false} value={typed} onChange={setTyped} error={percent === null ? 'A whole number from 0 to 90' : undefined} />
          <Button type="submit" variant="default" disabled={percent === null || percent === limits.headroomPercent} loading={save.isPending}>Save</Button>
          {save.isSuccess && percent === limits.headroomPercent ? <span role="status" className="ok">Saved</span> : null}
        </form>
      ) : <p className="quiet">{isOff ? `With a limiter, ${limits.headroomPercent} % would be left to others.` : `${limits.headroomPercent} % is left to others.`} An admin may change it: the limits are shared with your company’s live traffic.</p>}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </Section>
  );
}
