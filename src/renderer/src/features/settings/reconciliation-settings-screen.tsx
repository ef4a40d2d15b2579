import { Button, NumberInput, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { reconciliationPolicySchema } from '../../../../shared/api/reconciliation-policy.ts';
import { fromDecimalString, toDecimalString } from '../../../../shared/money/money.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { useCan, usePreferences } from '../../lib/preferences.tsx';
import { readDecimal } from '../../lib/typed-values.ts';
import { SettingsNav } from './settings-nav.tsx';

type Policy = z.infer<typeof reconciliationPolicySchema>;

/** When discrepancies are due, what takes two people, what keeps a close from being fine, and who gets the daily report. */
export function ReconciliationSettingsScreen() {
  const { queries } = useApi();
  const canSet = useCan('admin');
  const answer = useQuery(queries.workbench.policy.queryOptions({ input: {} }));
  return (
    <Screen title="Settings" part="Reconciliation" tabs={<SettingsNav />}>
      {answer.isError ? <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} /> : null}
      <Box title="Rules of reconciliation">
        {answer.data ? (canSet ? <PolicyForm key={JSON.stringify(answer.data.policy)} policy={answer.data.policy} currency={answer.data.functionalCurrency} fourEyes={answer.data.fourEyes} /> : <PolicyFacts policy={answer.data.policy} currency={answer.data.functionalCurrency} />) : null}
      </Box>
    </Screen>
  );
}

function PolicyFacts({ policy, currency }: { policy: Policy; currency: string }) {
  return (
    <Section title="In force" aside="Set by an admin">
      <Facts rows={[
        ['Due after', `${policy.dueDays} days`], ['Second person above', <MoneyText key="adjust" amount={policy.adjustmentLimitMinor} currency={currency} />], ['Open at the close up to', <MoneyText key="close" amount={policy.closeLimitMinor} currency={currency} />],
        ['Alert from', <span key="alert">{policy.alertCount} new, or one of <MoneyText amount={policy.alertMinor} currency={currency} /></span>], ['Daily report to', policy.reportRecipients.join(', ') || 'Nobody'],
      ]} />
    </Section>
  );
}

interface Typed {
  readonly dueDays: number | string;
  readonly adjustment: string;
  readonly close: string;
  readonly alertCount: number | string;
  readonly alert: string;
  readonly recipients: string;
}

function PolicyForm({ policy, currency, fourEyes }: { policy: Policy; currency: string; fourEyes: 'on' | 'off' }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const { locale } = usePreferences();
  const [typed, setTyped] = useState<Typed>({
    dueDays: policy.dueDays, adjustment: toDecimalString(policy.adjustmentLimitMinor, currency), close: toDecimalString(policy.closeLimitMinor, currency), alertCount: policy.alertCount, alert: toDecimalString(policy.alertMinor, currency), recipients: policy.reportRecipients.join('\n'),
  });
  const amount = (text: string): number | null => {
    const read = readDecimal(text, locale);
    if (!read.isFine) return null;
    try {
      const minor = fromDecimalString(read.value, currency);
      return minor >= 0 ? minor : null;
    } catch {
      return null;
    }
  };
  const adjustmentLimitMinor = amount(typed.adjustment);
  const closeLimitMinor = amount(typed.close);
  const alertMinor = amount(typed.alert);
  const reportRecipients = typed.recipients.split(/[\n,;]/).map((each) => each.trim()).filter(Boolean);
  const wrong = reportRecipients.filter((each) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(each));
  const wanted = typeof typed.dueDays === 'number' && typeof typed.alertCount === 'number' && adjustmentLimitMinor !== null && closeLimitMinor !== null && alertMinor !== null && wrong.length === 0
    ? { dueDays: typed.dueDays, adjustmentLimitMinor, closeLimitMinor, alertCount: typed.alertCount, alertMinor, reportRecipients } : null;
  const save = useMutation({
    mutationFn: (next: Policy) => client.workbench.setPolicy({ commandId: crypto.randomUUID(), policy: next }),
    onSettled: () => { void cache.invalidateQueries({ queryKey: queries.workbench.key() }); void cache.invalidateQueries({ queryKey: queries.closeEvidence.key() }); },
  });
  const set = <Name extends keyof Typed>(name: Name, value: Typed[Name]) => setTyped((before) => ({ ...before, [name]: value }));
  const refused = 'An amount of zero or more';
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (wanted) save.mutate(wanted); }}>
      <Section title="Work">
        <div className="field-row">
          <NumberInput label="Due after, in days" description="Unless a person sets a day" w={220} min={0} max={365} allowDecimal={false} allowNegative={false} value={typed.dueDays} onChange={(value) => set('dueDays', value)} />
          <TextInput label={`Second person above, in ${currency.toUpperCase()}`} description={fourEyes === 'on' ? 'Adjustments and write-offs' : 'This desk has one person: it is recorded, not asked'} w={290} inputMode="decimal" value={typed.adjustment} onChange={(event) => set('adjustment', event.currentTarget.value)} error={adjustmentLimitMinor === null ? refused : undefined} />
          <TextInput label={`Open at the close up to, in ${currency.toUpperCase()}`} description="Above it, the checklist is not fine" w={270} inputMode="decimal" value={typed.close} onChange={(event) => set('close', event.currentTarget.value)} error={closeLimitMinor === null ? refused : undefined} />
        </div>
      </Section>
      <Section title="Daily report">
        <p>At half past six each morning, after the reconciliation. It stands under Reconciliation, Report, and goes to those named here from the desk that ran it.</p>
        <div className="field-row">
          <NumberInput label="Alert from so many new" w={220} min={1} max={1_000_000} allowDecimal={false} allowNegative={false} value={typed.alertCount} onChange={(value) => set('alertCount', value)} />
          <TextInput label={`or from one of, in ${currency.toUpperCase()}`} w={220} inputMode="decimal" value={typed.alert} onChange={(event) => set('alert', event.currentTarget.value)} error={alertMinor === null ? refused : undefined} />
        </div>
        <Textarea mt={8} label="E-mail to" description="One address a line; nobody: it only stands in the app" minRows={2} autosize maw={480} spellCheck={false} value={typed.recipients} onChange={(event) => set('recipients', event.currentTarget.value)} error={wrong.length > 0 ? `Not an address: ${wrong.join(', ')}` : undefined} />
      </Section>
      <div className="section row-flex">
        <Button type="submit" disabled={wanted === null || JSON.stringify(wanted) === JSON.stringify(policy)} loading={save.isPending}>Save</Button>
        {save.isSuccess ? <span role="status" className="ok">Saved</span> : null}
      </div>
      {save.isError ? <div className="section"><ErrorNotice error={save.error} /></div> : null}
    </form>
  );
}
