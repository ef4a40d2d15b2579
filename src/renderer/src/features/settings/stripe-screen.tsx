import { useQuery } from '@tanstack/react-query';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { NumberText } from '../../components/number-text.tsx';
import { Facts, Section } from '../../components/record-parts.tsx';
import { Box, Screen } from '../../components/screen.tsx';
import { StatusBadge, statusWord } from '../../components/status-badge.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { links } from '../../lib/links.ts';
import { useCan } from '../../lib/preferences.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { HeadroomSection } from './headroom-section.tsx';
import { KeyReportView } from './key-report.tsx';
import { RefillSection } from './refill-section.tsx';
import { SettingsNav } from './settings-nav.tsx';
import type { StripeOverview } from './stripe-overview.ts';

const modeWords = { live: 'Live', test: 'Test', unset: 'Not known before the first sync' } as const;

/** Everything about Stripe on one page: the key and what it may read, the refill, the limits, what came in and what waits. */
export function StripeScreen() {
  const { queries } = useApi();
  const isBusy = useQuery(queries.system.status.queryOptions({ input: {} })).data?.runningJobs.some((run) => run.job.startsWith('stripe-')) ?? false;
  const overview = useQuery(queries.stripe.overview.queryOptions({ input: {}, refetchInterval: isBusy ? 2_000 : false }));
  const data = overview.data;
  return (
    <Screen title="Settings" controls={<SettingsNav />}>
      {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
      {data ? (
        <>
          <Box title="Connection"><KeySection overview={data} /></Box>
          <Box title="Reading"><RefillSection overview={data} /><HeadroomSection overview={data} /></Box>
          <Box title="What came in"><ArrivalsSection overview={data} /><GapsSection gaps={data.gaps} /></Box>
        </>
      ) : null}
    </Screen>
  );
}

function KeySection({ overview }: { overview: StripeOverview }) {
  const { queries } = useApi();
  const isAdmin = useCan('admin');
  const canTest = useCan('finance');
  const test = useQuery(queries.stripe.checks.queryOptions({ input: {}, enabled: false, gcTime: 0 }));
  return (
    <>
      {isAdmin ? <ConnectionForm kind="stripe" isSet={overview.hasKey} /> : (
        <Section title="Restricted key" aside={<span className={`badge ${overview.hasKey ? 'ok' : 'info'}`}>{overview.hasKey ? 'A key is set' : 'Not set'}</span>}>
          <p className="quiet">Set by an admin. Whoever sets the key decides which account’s money this desk sees, so that it takes the role; a desk without a shared database has one person, who is its admin.</p>
        </Section>
      )}
      <Section title="Account" aside={canTest ? <button type="button" className="text-button" disabled={test.isFetching || !overview.hasKey} onClick={() => void test.refetch()}>{test.isFetching ? 'Testing' : 'Test connection'}</button> : null}>
        <Facts rows={[
          ['Account', overview.account === null ? 'Not known before the first sync' : <span key="account">{overview.accountName ?? ''} <span className="mono">{overview.account}</span></span>], ['Mode', modeWords[overview.mode]],
          ['Address', <span key="base" className="mono">{overview.apiBase}</span>],
        ]} />
        <p className="muted small">A ledger belongs to one account and one mode for good: test and live books lie in data folders of their own, and a key that does not fit is refused.</p>
        {test.isError ? <ErrorNotice error={test.error} onRetry={() => void test.refetch()} /> : null}
        {test.data && !test.isFetching ? <KeyReportView report={test.data} /> : null}
      </Section>
    </>
  );
}

function ArrivalsSection({ overview }: { overview: StripeOverview }) {
  const { counts, newestAt } = overview.events;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <Section title="Events" aside={<EntityLink to={links.stripeEvents}>Open the log</EntityLink>}>
        {total === 0 ? <p className="quiet">No event came in yet. The refill reads lists; from then on events tell what changes.</p> : (
          <Facts rows={[
            ...(['projected', 'unhandled', 'staged', 'parked'] as const).map((state) => [statusWord(state), <EntityLink key={state} to={`${links.stripeEvents}?state=${state}`}><NumberText value={counts[state]} /></EntityLink>] as const),
            ['Newest', <DateText key="newest" instant={newestAt} />],
          ]} />
        )}
      </Section>
      <Section title="Facts that wait to be posted" aside={<EntityLink to={links.stripeWaiting}>Open the list</EntityLink>}>
        {overview.waiting.length === 0 ? <p className="quiet">None: everything that came in stands in the journal.</p> : (
          <ul className="checks">
            {overview.waiting.map((group) => (
              <li key={group.reasonCode}><StatusBadge status={group.reasonCode} /><span><EntityLink to={`${links.stripeWaiting}?reason=${encodeURIComponent(group.reasonCode)}`}><NumberText value={group.count} /></EntityLink> {group.count === 1 ? 'fact' : 'facts'}. {group.meaning}<div className="quiet">{group.nextStep}</div></span></li>
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

function GapsSection({ gaps }: { gaps: StripeOverview['gaps'] }) {
  if (gaps.length === 0) return null;
  return (
    <Section title="Gaps in the events">
      <p className="quiet">Stripe keeps events for 30 days. Where this desk was away for longer, everything was listed again; what changed in between and changed back is not known.</p>
      <ul className="checks">
        {gaps.map((gap) => <li key={gap.id}><span className={`badge ${gap.filledAt === null ? 'attention' : 'ok'}`}>{gap.filledAt === null ? 'Being listed' : 'Listed'}</span><span><DateText instant={gap.from} /> to <DateText instant={gap.to} />{gap.filledAt === null ? '' : <>, listed again <DateText instant={gap.filledAt} /></>}</span></li>)}
      </ul>
    </Section>
  );
}
