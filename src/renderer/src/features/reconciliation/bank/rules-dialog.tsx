import { Button, Modal, NumberInput, Select, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MatchRuleView } from '../../../../../shared/api/banking.contract.ts';
import { formatMoney } from '../../../../../shared/money/format.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { ruleWords } from './bank-words.ts';

const meanings: Readonly<Record<MatchRuleView['rule'], string>> = {
  'exact-reference': 'The line names a payout, an invoice or a receipt, and the amounts agree.', 'amount-and-date': 'The amounts agree, the days are near, and the line carries the name.', 'one-to-many': 'Several of one customer, or payouts, add up to the line.',
  'many-to-one': 'Several lines add up to one payment.', 'known-fee': 'The bank took the fee named here.', tolerance: 'The difference is no larger than this.', 'currency-rate': 'Another currency, near the day’s rate; the tolerance is in hundredths of a per cent.',
};

/** In their order: how each rule of matching works, and whether what it finds without a doubt is matched at once. */
export function RulesDialog({ onClose }: { onClose: () => void }) {
  const { queries } = useApi();
  const found = useQuery(queries.banking.rules.queryOptions({ input: {} }));
  return (
    <Modal opened onClose={onClose} title="Matching rules" size="xl">
      {found.isError ? <ErrorNotice error={found.error} /> : null}
      <div className="raw-rows" style={{ maxHeight: 'none' }} role="region" aria-label="Matching rules" tabIndex={0}>
        <table className="plain tight">
          <thead><tr><th scope="col">Rule</th><th scope="col">By itself</th><th scope="col">Days apart</th><th scope="col">Tolerance, in cents</th><th scope="col">Difference to</th><th scope="col"><span className="visually-hidden">Save</span></th></tr></thead>
          <tbody>{found.data?.rules.map((rule) => <RuleRow key={rule.rule} rule={rule} accounts={found.data.accounts} />)}</tbody>
        </table>
      </div>
      <p className="small quiet" style={{ marginTop: 8 }}>What is doubtful stays a suggestion, whatever is set here: when something else fits as well, a person decides.</p>
    </Modal>
  );
}

function RuleRow({ rule, accounts }: { rule: MatchRuleView; accounts: readonly { readonly code: string; readonly name: string }[] }) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const canSet = useCan('accountant');
  const { functionalCurrency, locale } = usePreferences();
  const [typed, setTyped] = useState(rule);
  const isChanged = JSON.stringify(typed) !== JSON.stringify(rule);
  const save = useMutation({ mutationFn: () => client.banking.setRule({ commandId: crypto.randomUUID(), ...typed }), onSettled: () => void cache.invalidateQueries({ queryKey: queries.banking.key() }) });
  const bridges = rule.rule === 'known-fee' || rule.rule === 'tolerance' || rule.rule === 'currency-rate';
  return (
    <>
      <tr>
        <th scope="row"><b>{ruleWords[rule.rule]}</b><div className="small muted" style={{ whiteSpace: 'normal', maxWidth: 260 }}>{meanings[rule.rule]}</div></th>
        <td><Switch aria-label={`${ruleWords[rule.rule]} by itself`} disabled={!canSet} checked={typed.isAutomatic} onChange={(event) => setTyped({ ...typed, isAutomatic: event.currentTarget.checked })} /></td>
        <td><NumberInput aria-label={`Days apart, ${ruleWords[rule.rule]}`} size="xs" w={70} min={0} max={365} disabled={!canSet} value={typed.days} onChange={(value) => setTyped({ ...typed, days: Number(value) || 0 })} /></td>
        <td>{bridges ? <NumberInput aria-label={`Tolerance, ${ruleWords[rule.rule]}`} size="xs" w={90} min={0} max={10_000_000} disabled={!canSet} value={typed.tolerance} onChange={(value) => setTyped({ ...typed, tolerance: Number(value) || 0 })} /> : null}{bridges ? <div className="small muted">{toleranceText(rule.rule, typed.tolerance, functionalCurrency ?? 'usd', locale)}</div> : null}</td>
        <td>{bridges && rule.rule !== 'currency-rate' ? <Select aria-label={`Account, ${ruleWords[rule.rule]}`} size="xs" w={200} searchable disabled={!canSet} value={typed.accountCode} data={accounts.map(({ code, name }) => ({ value: code, label: `${code.slice(0, 4)} ${name}` }))} onChange={(accountCode) => setTyped({ ...typed, accountCode })} /> : null}</td>
        <td>{isChanged ? <Button size="compact-sm" loading={save.isPending} onClick={() => save.mutate()}>Save</Button> : null}</td>
      </tr>
      {save.isError ? <tr><td colSpan={6}><ErrorNotice error={save.error} /></td></tr> : null}
    </>
  );
}

/** What a stored number stands for: a share of the amount for another currency, else so many of the line's own smallest unit. */
function toleranceText(rule: MatchRuleView['rule'], tolerance: number, currency: string, locale: string): string {
  return rule === 'currency-rate' ? new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(tolerance / 10_000) : formatMoney(tolerance, currency, locale);
}
