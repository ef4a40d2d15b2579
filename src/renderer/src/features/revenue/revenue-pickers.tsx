/** Currency, segment and policy: what every measure can be looked at by. The choices are those that occur. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../lib/api/api-context.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { unknownCountry, useStandpoint } from './use-standpoint.ts';

export function useRevenueChoices() {
  const { queries } = useApi();
  return useQuery(queries.revenueMeasures.choices.queryOptions({ input: {}, staleTime: 60_000 }));
}

const all = 'all';

export function RevenuePickers({ hasSegment = true }: { hasSegment?: boolean }) {
  const choices = useRevenueChoices().data;
  const { view, filter, change } = useStandpoint();
  const { functionalCurrency } = usePreferences();
  const functional = (choices?.functionalCurrency ?? functionalCurrency ?? '').toUpperCase();
  const plans = choices?.plans.map((plan) => ({ value: plan.id, label: plan.name })) ?? [];
  const countries = choices?.countries.map((country) => ({ value: country.code || unknownCountry, label: country.name })) ?? [];
  return (
    <>
      <Select
        aria-label="Currency" w={108} allowDeselect={false} checkIconPosition="right" value={view.currency ?? all} onChange={(value) => change({ currency: value === all ? null : value })}
        data={[{ value: all, label: `All in ${functional}` }, ...(choices?.currencies ?? (view.currency ? [view.currency] : [])).map((currency) => ({ value: currency, label: `${currency.toUpperCase()} only` }))]}
      />
      {hasSegment ? (
        <>
          <SegmentSelect label="Plan" everything="All plans" choices={plans} chosen={filter.plan} onChoose={(plan) => change({ plan })} />
          <SegmentSelect label="Country" everything="All countries" choices={countries} chosen={filter.country} onChoose={(country) => change({ country })} />
        </>
      ) : null}
      <Select
        aria-label="Policy" w={196} allowDeselect={false} checkIconPosition="right" comboboxProps={{ width: 230, position: 'bottom-start' }} value={view.policy} onChange={(value) => change({ policy: value === 'standard' ? null : value })}
        data={choices?.policies.map((each) => ({ value: each.policy, label: each.policy === 'standard' ? `${each.title} policy` : each.title })) ?? [{ value: view.policy, label: 'Policy' }]}
      />
    </>
  );
}

/** What the address names and no longer occurs is still said. */
function SegmentSelect({ label, everything, choices, chosen, onChoose }: { label: string; everything: string; choices: readonly { value: string; label: string }[]; chosen: string | undefined; onChoose: (value: string | null) => void }) {
  const known = !chosen || choices.some((each) => each.value === chosen) ? choices : [{ value: chosen, label: chosen }, ...choices];
  return (
    <Select
      aria-label={label} w={128} allowDeselect={false} searchable nothingFoundMessage="None" checkIconPosition="right" comboboxProps={{ width: 280, position: 'bottom-start' }} maxDropdownHeight={360}
      value={chosen ?? all} onChange={(value) => onChoose(value === all ? null : value)} data={[{ value: all, label: everything }, ...known]}
    />
  );
}

/** What is incomplete in the months shown: said, and not hidden. */
export function Caveats({ caveats }: { caveats: readonly string[] | undefined }) {
  if (!caveats || caveats.length === 0) return null;
  return <div className="notice attention" role="note">{caveats.map((caveat) => <p key={caveat} className="small">{caveat}</p>)}</div>;
}
