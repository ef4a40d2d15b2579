/** The gateway's objects as they came: pretty, searchable, copyable. One viewer, used wherever something comes from Stripe. */
import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { z } from 'zod';
import type { rawObjectKindSchema } from '../../../shared/api/stripe.contract.ts';
import { useApi } from '../lib/api/api-context.tsx';
import { copyText } from '../lib/copy-text.ts';
import { findMatches, prettyJson } from '../lib/raw-text.ts';
import { DateText } from './date-text.tsx';
import { ErrorNotice } from './error-notice.tsx';
import { Section } from './record-parts.tsx';

/** The text with every match marked; the one that is looked at stands out and is scrolled to. */
function MarkedText({ text, matches, needle, current }: { text: string; matches: readonly number[]; needle: string; current: number }) {
  const on = useRef<HTMLElement>(null);
  useEffect(() => on.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [current, matches]);
  const pieces = matches.map((start, index) => {
    const before = text.slice(index === 0 ? 0 : (matches[index - 1] ?? 0) + needle.length, start);
    const found = text.slice(start, start + needle.length);
    return <span key={start}>{before}{index === current ? <mark ref={on} className="on">{found}</mark> : <mark>{found}</mark>}</span>;
  });
  const last = matches.at(-1);
  return <>{pieces}{text.slice(last === undefined ? 0 : last + needle.length)}</>;
}

/** The JSON with its search. Enter goes to the next match, Shift and Enter to the one before. */
export function RawJson({ raw, label = 'Raw Stripe object' }: { raw: string; label?: string }) {
  const [query, setQuery] = useState('');
  const needle = useDeferredValue(query.trim());
  const [current, setCurrent] = useState(0);
  const text = useMemo(() => prettyJson(raw), [raw]);
  const { places, total } = useMemo(() => findMatches(text, needle), [text, needle]);
  const at = places.length === 0 ? 0 : current % places.length;
  const step = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || places.length === 0) return;
    event.preventDefault();
    setCurrent((at + (event.shiftKey ? places.length - 1 : 1)) % places.length);
  };
  return (
    <div className="raw-viewer">
      <div className="field-row" style={{ alignItems: 'center' }}>
        <TextInput size="xs" className="grow" aria-label={`Search in ${label}`} placeholder="Search in it" spellCheck={false} value={query} onChange={(event) => { setQuery(event.currentTarget.value); setCurrent(0); }} onKeyDown={step} />
        <span className="muted small" role="status">{needle === '' ? `${text.split('\n').length} lines` : total === 0 ? 'Not in it' : `${at + 1} of ${total}`}</span>
        <button type="button" className="text-button" onClick={() => void copyText(raw, 'Raw object')}>Copy</button>
      </div>
      <pre className="raw" tabIndex={0} aria-label={label}><MarkedText text={text} matches={places} needle={needle} current={at} /></pre>
    </div>
  );
}

/** A raw text that is at hand, folded away until asked for. @param source where it is from, in a sentence. */
export function RawObject({ raw, label = 'Raw Stripe object', source = 'As it came from the gateway.' }: { raw: string | null; label?: string; source?: string }) {
  const [isOpen, setOpen] = useState(false);
  if (raw === null) return null;
  return (
    <Section
      title={label}
      aside={<span className="row-flex"><button type="button" className="text-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{isOpen ? 'Hide' : 'Show'}</button>{isOpen ? null : <button type="button" className="text-button" onClick={() => void copyText(raw, 'Raw object')}>Copy</button>}</span>}
    >
      {isOpen ? <RawJson raw={raw} label={label} /> : <p className="muted">{source}</p>}
    </Section>
  );
}

export interface GatewayObjectProps {
  /** The gateway's own name of what it is: 'charge', 'invoice', 'checkout.session'. */
  kind: z.infer<typeof rawObjectKindSchema>;
  id: string;
  label?: string;
}

/** Any object of the mirror by its id, fetched when it is opened. */
export function GatewayRawObject({ kind, id, label = 'Raw Stripe object' }: GatewayObjectProps) {
  const { queries } = useApi();
  const [isOpen, setOpen] = useState(false);
  const object = useQuery(queries.stripe.rawObject.queryOptions({ input: { kind, id }, enabled: isOpen }));
  return (
    <Section
      title={label}
      aside={<span className="row-flex"><span className="mono muted">{id}</span><button type="button" className="text-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{isOpen ? 'Hide' : 'Show'}</button></span>}
    >
      {!isOpen ? <p className="muted">As it came from the gateway.</p> : null}
      {isOpen && object.isError ? <ErrorNotice error={object.error} onRetry={() => void object.refetch()} /> : null}
      {isOpen && object.data ? (
        <>
          {object.data.observedAt === null ? null : <p className="muted small">As it was at Stripe on <DateText instant={object.data.observedAt} /></p>}
          <RawJson raw={object.data.raw} label={label} />
        </>
      ) : null}
    </Section>
  );
}
