import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../../components/date-text.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useCan, usePreferences } from '../../../lib/preferences.tsx';
import { FieldDifferences, FieldValue, useCurrencyOf } from '../field-differences.tsx';
import { BilledText } from './billed-text.tsx';
import { RecordTitle } from './record-title.tsx';
import { ConflictResolver, type Conflict } from './conflict-resolver.tsx';
import { WithdrawButton } from './withdraw-button.tsx';

const keptWords = { mine: 'the edit’s value', theirs: 'what stood', other: 'a third value' } as const;

/** Base, mine and theirs of each clashing field, what each would have billed last month, and the decision. */
export function ConflictPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const canResolve = useCan('admin');
  const { user } = usePreferences();
  const conflict = useQuery(queries.changes.conflict.queryOptions({ input: { id } }));
  const { data } = conflict;
  const ofRecord = useCurrencyOf(data?.entity, data?.entityId);
  const currency = data?.billed.theirs?.total?.currency ?? data?.billed.mine?.total?.currency ?? ofRecord;
  const clashing = new Set(data?.fields.map((field) => field.column));
  // Where a deletion clashes with an edit, this is what would stand if the record came back.
  const besides = !data || data.change.operation !== 'update' ? [] : data.change.fields.filter((field) => !clashing.has(field.column));
  return (
    <SidePanel title={data ? <RecordTitle title={data.title} /> : 'Conflict'} label="Conflict" note={data ? <span><StatusBadge status={data.state} /> since <DateText instant={data.raisedAt} /></span> : undefined} onClose={onClose} onStep={onStep}>
      {conflict.isError ? <div className="section"><ErrorNotice error={conflict.error} onRetry={() => void conflict.refetch()} /></div> : null}
      {data ? (
        <>
          <Section title="Two edits of the same field">
            <Facts rows={[
              [sideWord(data, user), <span key="mine">{data.author}, <DateText instant={data.change.createdAt} />: {data.change.reason}</span>],
              ['Theirs', <span key="theirs">{data.theirAuthor ?? 'somebody else'}, version {data.theirVersion}{data.theirReason ? `: ${data.theirReason}` : ''}</span>],
              data.entity === 'contract' ? ['Contract', <EntityLink key="contract" to={links.contract(data.entityId)}><RecordTitle title={data.title} /></EntityLink>] : data.partnerId ? ['Partner', <EntityLink key="partner" to={links.partner(data.partnerId)}>Open the partner</EntityLink>] : null,
            ]} />
          </Section>
          <Section title="What each would have billed last month" isFlush><BilledTable conflict={data} mine={sideWord(data, user)} /></Section>
          {besides.length > 0 ? <Section title="What else the edit changes" aside={<span className="muted">{clashing.has('deleted') ? 'if the edit is kept' : 'whichever value is kept'}</span>} isFlush><FieldDifferences fields={besides} currency={currency} /></Section> : null}
          {data.resolution ? <Section title="Decided">
            <p>{data.resolution.by}, <DateText instant={data.resolution.at} />: {data.resolution.reason}</p>
            <ul>{data.fields.map((field) => <li key={field.column}>{field.label}: {keptWords[data.resolution?.kept[field.column] ?? 'theirs']}</li>)}</ul>
            <p className="row-flex" style={{ marginTop: 4 }}><StatusBadge status={`change-${data.change.state}`} /> <EntityLink to={links.queuedChange(data.change.id)}>Where the edit is now</EntityLink></p>
          </Section> : null}
          {data.state === 'open' && canResolve ? <ConflictResolver conflict={data} mine={sideWord(data, user)} currency={currency} /> : <Section title="The values" isFlush><ValuesTable conflict={data} mine={sideWord(data, user)} currency={currency} /></Section>}
          {data.state === 'open' && !canResolve ? <Section title="To decide"><p className="quiet">An admin decides which value stands.</p></Section> : null}
          {data.state === 'open' ? <Section title="Or take the edit back"><WithdrawButton change={data.change} /></Section> : null}
        </>
      ) : null}
    </SidePanel>
  );
}

/** Whoever only looks on is not told that another's edit is theirs. */
function sideWord({ author }: Conflict, user: string): string {
  return author === user ? 'Mine' : 'The edit';
}

function BilledTable({ conflict: { billed, state }, mine }: { conflict: Conflict; mine: string }) {
  const month = billed.theirs?.month ?? billed.mine?.month ?? billed.base?.month ?? null;
  return (
    <table className="plain">
      <thead><tr><th scope="col">Terms</th><th scope="col" className="num">{month ? <DateText month={month} /> : 'Last month'}</th></tr></thead>
      <tbody>
        <tr><th scope="row">Base, what both saw</th><td className="num"><BilledText billed={billed.base} none="—" /></td></tr>
        <tr><th scope="row">{mine}</th><td className="num"><BilledText billed={billed.mine} /></td></tr>
        <tr><th scope="row">Theirs, what {state === 'open' ? 'stands now' : 'stood then'}</th><td className="num"><BilledText billed={billed.theirs} /></td></tr>
      </tbody>
    </table>
  );
}

function ValuesTable({ conflict, mine, currency }: { conflict: Conflict; mine: string; currency: string | null }) {
  return (
    <table className="plain wrapping">
      <thead><tr><th scope="col">Field</th><th scope="col">Base</th><th scope="col">{mine}</th><th scope="col">Theirs</th></tr></thead>
      <tbody>
        {conflict.fields.map((field) => (
          <tr key={field.column}><th scope="row">{field.label}</th>{(['base', 'mine', 'theirs'] as const).map((side) => <td key={side}><FieldValue column={field.column} value={field[side]} currency={currency} /></td>)}</tr>
        ))}
      </tbody>
    </table>
  );
}
