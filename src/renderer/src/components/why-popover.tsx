import { Popover } from '@mantine/core';
import { useQuery, type QueryKey } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import type { Why } from '../../../shared/api/primitives.ts';
import type { whyFigures } from '../../../shared/api/revenue.contract.ts';
import { formatMoney } from '../../../shared/money/format.ts';
import { useApi } from '../lib/api/api-context.tsx';
import { copyText } from '../lib/copy-text.ts';
import { formatInstant } from '../lib/dates.ts';
import { usePreferences } from '../lib/preferences.tsx';
import { DateText } from './date-text.tsx';
import { EntityLink } from './entity-link.tsx';
import { ErrorNotice } from './error-notice.tsx';
import { MoneyText } from './money-text.tsx';
import { withLocalDates } from '../lib/iso-words.ts';
import { linkOfSource } from '../lib/source-links.ts';

export type WhyFigure = (typeof whyFigures)[number];

/** The explanation as text, for a mail or a working paper. */
export function whyAsText(why: Why, locale: string, timeZone: string): string {
  return [
    `${why.title}: ${why.figure}`,
    `Formula: ${why.formula}`,
    ...why.policy.map((each) => `${each.name}: ${each.value}`),
    `Rounding: ${why.rounding}`,
    `As of: ${formatInstant(why.asOf, locale, timeZone)}, ${timeZone}`,
    ...why.inputs.map((input) => `${input.label}: ${[input.count === null ? null : String(input.count), input.amount ? formatMoney(input.amount.amount, input.amount.currency, locale) : null, input.note].filter(Boolean).join(', ')}`),
    ...why.caveats.map((caveat) => `Note: ${caveat}`),
    ...why.sources.map((source) => `Source: ${source.kind} ${source.id}${source.label && source.label !== source.id ? ` (${source.label})` : ''}`),
  ].join('\n');
}

/** “Why” of a figure of a month. */
export function WhyPopover({ figure, month, currency, label, children }: { figure: WhyFigure; month: string; currency?: string; label: string; children?: ReactNode }) {
  const { client, queries } = useApi();
  const input = currency ? { figure, month, currency } : { figure, month };
  return <WhyButton questionKey={queries.revenue.why.queryKey({ input })} ask={() => client.revenue.why(input)} label={label}>{children}</WhyButton>;
}

export interface WhyButtonProps {
  questionKey: QueryKey;
  ask: () => Promise<Why>;
  /** What the figure is called. */
  label: string;
  /** Lists what the figure is the sum of. */
  onList?: (() => void) | undefined;
  children?: ReactNode;
}

/**
 * “Why”: formula, policy in force, rounding, as-of and sources of a figure; copyable. Asked for only when opened; until then it is a button and nothing else, as a
 * screen has dozens of them.
 */
export function WhyButton(props: WhyButtonProps) {
  const [isAsked, setAsked] = useState(false);
  return isAsked ? <AskedWhy {...props} /> : <button type="button" {...looksOf(props)} aria-haspopup="dialog" aria-expanded={false} onClick={() => setAsked(true)}>{props.children ?? 'why'}</button>;
}

function looksOf({ label, children }: WhyButtonProps) {
  return { className: 'text-button', ...(children ? { title: `Why ${label}` } : { 'aria-label': `Why ${label}` }) };
}

/** Takes the plain button's place, with the focus, and opens. */
function AskedWhy(props: WhyButtonProps) {
  const { questionKey, ask, label, onList, children } = props;
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { locale, timeZone } = usePreferences();
  const titleId = useId();
  const why = useQuery({ queryKey: questionKey, queryFn: ask, enabled: isOpen });
  useEffect(() => {
    button.current?.focus({ preventScroll: true });
    setOpen(true);
  }, []);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus withinPortal shadow="md">
      <Popover.Target>
        <button type="button" ref={button} {...looksOf(props)} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{children ?? 'why'}</button>
      </Popover.Target>
      <Popover.Dropdown aria-labelledby={titleId}>
        <div className="why" tabIndex={-1} data-autofocus>
          <h3 id={titleId}>{withLocalDates(why.data ? why.data.title : `Why ${label}`, locale)}</h3>
          {why.isError ? <ErrorNotice error={why.error} onRetry={() => void why.refetch()} /> : null}
          {why.isPending ? <span className="muted">Working it out</span> : null}
          {why.data ? <WhyBody why={why.data} onCopy={() => void copyText(whyAsText(why.data, locale, timeZone), 'Explanation')} /> : null}
          {onList ? <div><button type="button" className="text-button" onClick={() => { setOpen(false); onList(); }}>List what it is the sum of</button></div> : null}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function WhyBody({ why, onCopy }: { why: Why; onCopy: () => void }) {
  const { locale } = usePreferences();
  const said = (text: string) => withLocalDates(text, locale);
  return (
    <>
      <div className="formula">{said(why.formula)}</div>
      {why.inputs.length > 0 ? (
        <table>
          <tbody>
            {why.inputs.map((input) => (
              <tr key={input.label}>
                <th scope="row">{said(input.label)}{input.note ? <span className="muted"> {said(input.note)}</span> : null}</th>
                <td className="num">{input.count === null ? '' : new Intl.NumberFormat(locale).format(input.count)}</td>
                <td className="num">{input.amount ? <MoneyText amount={input.amount.amount} currency={input.amount.currency} /> : ''}</td>
              </tr>
            ))}
            <tr><th scope="row"><b>{said(why.title)}</b></th><td /><td className="num"><b>{why.figure}</b></td></tr>
          </tbody>
        </table>
      ) : null}
      <dl>
        {why.policy.map((each) => <FactRow key={each.name} name={each.name} value={said(each.value)} />)}
        <FactRow name="Rounding" value={said(why.rounding)} />
        <dt>As of</dt><dd><DateText instant={why.asOf} /></dd>
      </dl>
      {why.caveats.length > 0 ? <ul className="caveats">{why.caveats.map((caveat) => <li key={caveat}>{said(caveat)}</li>)}</ul> : null}
      {why.sources.length > 0 ? (
        <div className="small">
          <span className="muted">Sources </span>
          {why.sources.slice(0, 12).map((source, index) => {
            const to = linkOfSource(source.kind, source.id);
            const text = said(source.label) || source.id;
            return <span key={`${source.kind}/${source.id}`}>{index > 0 ? ', ' : ''}{to ? <EntityLink to={to} id={source.id}>{text}</EntityLink> : <span title={source.id}>{text}</span>}</span>;
          })}
          {why.sources.length > 12 ? ` and ${why.sources.length - 12} more in the copy` : ''}
        </div>
      ) : null}
      <div><button type="button" className="text-button" onClick={onCopy}>Copy explanation</button></div>
    </>
  );
}

function FactRow({ name, value }: { name: string; value: string }) {
  return <><dt>{name}</dt><dd>{value}</dd></>;
}
