import { Popover, Select } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { discrepancyReasonSchema, discrepancyStatuses, reconciliationLevelSchema } from '../../../../shared/api/reconciliation.contract.ts';
import { ageBandSchema, groupingSchema, type InboxFilter } from '../../../../shared/api/workbench.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { FilterInput } from '../../components/filter-input.tsx';
import { MoneySums } from '../../components/money-text.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { usePreferences } from '../../lib/preferences.tsx';
import { readDecimal } from '../../lib/typed-values.ts';
import { groupingOf, nobody, parametersOfGroup, reachingOf, type InboxParameters } from './inbox-filter.ts';
import { levelWords } from './run-words.ts';

type Change = (patch: Partial<Record<keyof InboxParameters, string | null>>, how?: { replace?: boolean }) => void;

export interface InboxControlsProps {
  parameters: InboxParameters;
  counts: ReadonlyMap<string, number>;
  onChange: Change;
}

export const ageWords: Readonly<Record<string, string>> = { '0-1': 'Up to 1 day', '2-7': '2 to 7 days', '8-30': '8 to 30 days', '31+': 'Over 30 days' };
const dueWords: Readonly<Record<string, string>> = { overdue: 'Overdue', today: 'Due today', week: 'Within a week', later: 'Later', settled: 'Settled' };
const groupWords: Readonly<Record<string, string>> = { reason: 'Reason', level: 'Level', assignee: 'Assignee', currency: 'Currency', age: 'Age', due: 'Due', status: 'Status' };

/** The states as chips; what was chosen stays in the address. */
export function InboxChips({ parameters, counts, onChange }: InboxControlsProps) {
  const { user } = usePreferences();
  const { status, assignee, overdue, from, to } = parameters;
  const isPlain = assignee === undefined && overdue === undefined;
  const reaching = reachingOf(parameters);
  return (
    <div className="chips" role="group" aria-label="Status">
      {discrepancyStatuses.map((each) => (
        <button key={each} type="button" className="chip" aria-pressed={isPlain && (status ?? 'open') === each} onClick={() => onChange({ status: each, assignee: null, overdue: null })}>{statusWord(each)}<span className="count"><NumberText value={counts.get(each) ?? 0} /></span></button>
      ))}
      <button type="button" className="chip" aria-pressed={isPlain && status === 'all'} onClick={() => onChange({ status: 'all', assignee: null, overdue: null })}>All</button>
      <button type="button" className="chip" aria-pressed={overdue === 'yes'} onClick={() => onChange(overdue === 'yes' ? { overdue: null } : { overdue: 'yes', status: null })}>Overdue</button>
      {user ? <button type="button" className="chip" aria-pressed={assignee === user} onClick={() => onChange(assignee === user ? { assignee: null } : { assignee: user, status: null })}>Mine</button> : null}
      {/* Set by links from elsewhere: what narrows the list is seen, and one click away from going. */}
      {status === 'unsettled' || status === 'due' ? <button type="button" className="chip" aria-pressed={isPlain} onClick={() => onChange({ status: isPlain ? null : status, assignee: null, overdue: null })}>{status === 'due' ? 'To work on' : 'Not settled'}</button> : null}
      {parameters.waits === 'yes' ? <button type="button" className="chip" aria-pressed onClick={() => onChange({ waits: null })}>For a second person</button> : null}
      {reaching ? <button type="button" className="chip" aria-pressed onClick={() => onChange({ reaching: null })}>At least {reaching.length > 3 ? 'the limit' : <MoneySums sums={reaching.map(({ currency, amountMinor }) => ({ currency, amount: amountMinor }))} />}</button> : null}
      {parameters.timing === 'no' ? <button type="button" className="chip" aria-pressed onClick={() => onChange({ timing: null })}>Without timing</button> : null}
      {from !== undefined || to !== undefined ? <button type="button" className="chip" aria-pressed onClick={() => onChange({ from: null, to: null })}>{from === undefined ? null : <>From <DateText day={from} /> </>}{to === undefined ? null : <>{from === undefined ? 'Up to' : 'to'} <DateText day={to} /></>}</button> : null}
    </div>
  );
}

/** So wide a window has room for all filters beside an open record. */
const narrowBesidePanel = '(max-width: 1700px)';

/** Beside an open record the rarer filters stand behind More, so that the row stays one. */
export function InboxFilters({ parameters, onChange, functionalCurrency, isBesidePanel }: { parameters: InboxParameters; onChange: Change; functionalCurrency: string; isBesidePanel: boolean }) {
  const { queries } = useApi();
  const { locale } = usePreferences();
  const known = useQuery(queries.workbench.groups.queryOptions({ input: { by: 'currency', filter: { state: 'all' } }, staleTime: 60_000 })).data?.groups ?? [];
  const assignees = useQuery(queries.workbench.assignees.queryOptions({ input: {}, staleTime: 60_000 })).data?.assignees ?? [];
  const currencies = [...new Set([...known.map((group) => group.key), ...(parameters.currency ? [parameters.currency] : [])])].toSorted();
  const currency = parameters.currency ?? functionalCurrency;
  const people = [...new Set([...assignees, ...(parameters.assignee && parameters.assignee !== nobody ? [parameters.assignee] : [])])];
  const amountTyped = (typed: string | null): void => {
    const read = typed === null ? null : readDecimal(typed, locale);
    onChange({ least: read?.isFine ? read.value.replace('-', '') : null }, { replace: true });
  };
  const isNarrow = useMediaQuery(narrowBesidePanel, window.matchMedia(narrowBesidePanel).matches);
  const isShort = isBesidePanel && isNarrow;
  const level = <Select aria-label="Level" placeholder="Any level" clearable w={112} value={parameters.level ?? null} data={reconciliationLevelSchema.options.map((value) => ({ value, label: levelWords[value] }))} comboboxProps={{ withinPortal: !isShort }} onChange={(value) => onChange({ level: value })} />;
  const rarer = (
    <>
      {isShort ? level : null}
      <Select aria-label="Currency" placeholder="Currency" clearable w={98} value={parameters.currency ?? null} data={currencies.map((value) => ({ value, label: value.toUpperCase() }))} comboboxProps={{ withinPortal: !isShort }} onChange={(value) => onChange({ currency: value })} />
      <Select aria-label="Age" placeholder="Any age" clearable w={114} value={parameters.age ?? null} data={ageBandSchema.options.map((value) => ({ value, label: ageWords[value] ?? value }))} comboboxProps={{ withinPortal: !isShort }} onChange={(value) => onChange({ age: value })} />
      <FilterInput label={`At least, in ${currency.toUpperCase()}`} placeholder={`At least, ${currency.toUpperCase()}`} widthPx={106} value={parameters.least} onChange={amountTyped} />
    </>
  );
  const rarerInUse = [parameters.level, parameters.currency, parameters.age, parameters.least].filter((value) => value !== undefined).length;
  return (
    <div className="row-flex inbox-filters" role="group" aria-label="Filters">
      {isShort ? null : level}
      <Select aria-label="Reason" placeholder="Any reason" clearable w={isShort ? 140 : 170} maxDropdownHeight={360} value={parameters.reason ?? null} data={discrepancyReasonSchema.options.map((value) => ({ value, label: statusWord(value) }))} onChange={(value) => onChange({ reason: value })} />
      <Select aria-label="Assignee" placeholder="Anybody" clearable searchable w={118} nothingFoundMessage="Nobody" value={parameters.assignee ?? null} data={[{ value: nobody, label: 'Nobody yet' }, ...people.map((value) => ({ value, label: value }))]} onChange={(value) => onChange({ assignee: value })} />
      {isShort ? <MoreFilters inUse={rarerInUse}>{rarer}</MoreFilters> : rarer}
      <FilterInput label="Filter discrepancies" placeholder="Object, id or text" widthPx={132} value={parameters.text} onChange={(typed) => onChange({ text: typed }, { replace: true })} />
      <span className="grow" />
      <Select aria-label="Group by" placeholder="Group by" clearable w={108} value={parameters.group ?? null} data={groupingSchema.options.map((value) => ({ value, label: groupWords[value] ?? value }))} onChange={(value) => onChange({ group: value })} />
    </div>
  );
}

/** The filters that are used less, behind one button that says how many of them narrow the list. */
function MoreFilters({ inUse, children }: { inUse: number; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md" position="bottom-start">
      <Popover.Target>
        <button type="button" className="control" aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>More{inUse > 0 ? <b>{inUse}</b> : null}</button>
      </Popover.Target>
      <Popover.Dropdown aria-label="More filters"><div className="row-flex inbox-filters">{children}</div></Popover.Dropdown>
    </Popover>
  );
}

/** The filtered list by one word each; a group that is chosen narrows the list below it. */
export function InboxGroups({ parameters, filter, onChange }: { parameters: InboxParameters; filter: InboxFilter; onChange: Change }) {
  const { queries } = useApi();
  const by = groupingOf(parameters);
  const groups = useQuery(queries.workbench.groups.queryOptions({ input: { by: by ?? 'reason', filter }, enabled: by !== undefined, placeholderData: (before) => before }));
  if (by === undefined || !groups.data) return null;
  const title = (key: string): string => (by === 'age' ? ageWords[key] : by === 'due' ? dueWords[key] : by === 'level' ? (levelWords as Readonly<Record<string, string>>)[key] : by === 'currency' ? key.toUpperCase() : by === 'assignee' ? key || 'Nobody yet' : statusWord(key)) ?? key;
  return (
    <div className="scroll-x inbox-groups" tabIndex={0} role="group" aria-label={`By ${(groupWords[by] ?? by).toLowerCase()}`}>
      <table className="plain">
        <thead><tr><th scope="col">{groupWords[by]}</th><th scope="col" className="num">Count</th><th scope="col" className="num">Overdue</th><th scope="col" className="num">At risk</th><th scope="col" className="num">Oldest</th></tr></thead>
        <tbody>
          {groups.data.groups.map((group) => {
            const patch = parametersOfGroup(by, group.key);
            const canNarrow = Object.keys(patch).length > 0;
            return (
              <tr key={group.key}>
                <th scope="row">{canNarrow ? <button type="button" className="text-button" onClick={() => onChange(patch)}>{title(group.key)}</button> : title(group.key)}</th>
                <td className="num"><NumberText value={group.count} /></td>
                <td className="num">{group.overdue > 0 ? <span className="bad"><NumberText value={group.overdue} /></span> : <span className="muted">—</span>}</td>
                <td className="num"><MoneySums sums={group.atRisk} /></td>
                <td className="num"><DateText instant={group.oldestAt} isRelative /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {groups.data.groups.length === 0 ? <p className="section muted">Nothing fits this filter.</p> : null}
    </div>
  );
}

