import type { WorkbenchDetail } from '../../../../shared/api/workbench.contract.ts';
import { DateText } from '../../components/date-text.tsx';
import { EntityLink } from '../../components/entity-link.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { withLocalDates } from '../../lib/iso-words.ts';
import { usePreferences } from '../../lib/preferences.tsx';

/** What happened to it, from the payment at Stripe to the last step a person took; steps that were taken back stand struck through. */
export function StoryList({ story }: { story: WorkbenchDetail['story'] }) {
  const { locale, timeZone } = usePreferences();
  return (
    <ol className="timeline story">
      {story.map((line, index) => (
        <li key={line.stepId ?? `${line.source}-${line.at}-${index}`} className={line.isUndone ? 'taken-back' : undefined}>
          <div className="story-head"><StatusBadge status={`source-${line.source}`} /><span className="muted small">{line.isDayOnly ? <DateText day={new Intl.DateTimeFormat('en-CA', { timeZone }).format(line.at)} /> : <DateText instant={line.at} />}</span></div>
          <div><b>{line.isUndone ? <s>{line.title}</s> : line.title}</b>{line.actor ? <span className="muted"> by {line.actor}</span> : null}{line.isUndone ? <span className="muted">, taken back</span> : null}</div>
          {line.detail || line.amount || line.link ? (
            <div className="quiet">
              {line.amount ? <><MoneyText amount={line.amount.amount} currency={line.amount.currency} />{line.detail ? ' · ' : ''}</> : null}{line.detail ? withLocalDates(line.detail, locale) : null}{line.link ? <> <EntityLink to={line.link}>Open</EntityLink></> : null}
            </div>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
