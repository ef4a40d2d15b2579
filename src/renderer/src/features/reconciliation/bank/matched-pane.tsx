import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { BankMatchView } from '../../../../../shared/api/banking.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink, shortId } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { Box } from '../../../components/screen.tsx';
import { accountNumber } from '../../../lib/account-number.ts';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { kindWords, ruleWords, scoreText } from './bank-words.ts';

const linkOf = (part: BankMatchView['parts'][number]): string => (part.kind === 'invoice' ? links.invoice(part.id) : part.kind === 'receipt' ? links.receipt(part.id) : part.entryId === null ? links.sourceEntries(part.id) : links.journalEntry(part.entryId));

/** A person took what a rule proposed. */
const isSuggested = ({ rule, isAutomatic }: BankMatchView): boolean => !isAutomatic && rule !== 'by-hand' && rule !== 'to-account';
const entryWord = (kind: string): string => { const words = kind.replaceAll('-', ' '); return `${words.charAt(0).toUpperCase()}${words.slice(1)}`; };

type NamedAccount = { readonly code: string; readonly name: string };
const accountText = (accounts: readonly NamedAccount[], code: string): string => `${accountNumber(code)} ${accounts.find((account) => account.code === code)?.name ?? ''}`.trim();

/** A line with what it is, and was, matched with. */
export function MatchedPane({ lineId, accounts }: { lineId: string | null; accounts: readonly NamedAccount[] }) {
  const { queries } = useApi();
  const canWork = useCan('finance');
  const [ending, setEnding] = useState<string | null>(null);
  const found = useQuery(queries.banking.line.queryOptions({ input: { id: lineId ?? '' }, enabled: lineId !== null }));
  return (
    <Box isFilling label="What it is matched with">
      <div className="box-head"><h2>What it is matched with</h2></div>
      <div className="pane-scroll">
        {lineId === null ? <EmptyState title="Choose a line">The match it is in is shown here, and the way to take it back.</EmptyState> : null}
        {found.isError ? <ErrorNotice error={found.error} onRetry={() => void found.refetch()} /> : null}
        {found.data?.matches.map((match) => (
          <Section key={match.id} title={ruleWords[match.rule]} aside={<span className={`badge ${match.unmatchedAt === null ? 'ok' : 'info'}`}>{match.unmatchedAt === null ? 'Stands' : 'Taken back'}</span>}>
            <Facts rows={[
              ['With', match.parts.length === 0 ? (match.residualAccount === null ? '—' : accountText(accounts, match.residualAccount)) : <span key="parts" className="stack">{match.parts.map((part) => <span key={`${part.kind}/${part.id}`}>{kindWords[part.kind]} <EntityLink to={linkOf(part)}>{part.label}</EntityLink> <MoneyText amount={part.amount.amount} currency={part.amount.currency} /></span>)}</span>],
              ['Lines', match.lineIds.length],
              ...(match.residual.amount === 0 ? [] : [['Difference', <span key="rest"><MoneyText amount={match.residual.amount} currency={match.residual.currency} />{match.residualAccount === null ? null : ` to ${accountText(accounts, match.residualAccount)}`}</span>] as [string, React.ReactNode]]),
              ['Why', `${scoreText(match.score)}. ${match.reasons.join(' ')}`],
              ['By', <span key="by">{match.matchedBy}{match.isAutomatic ? ', by rule' : isSuggested(match) ? ', who accepted the suggestion' : ''}, <DateText instant={match.matchedAt} /></span>],
              ['Entries', match.entries.length === 0 ? 'None of its own' : <span key="entries" className="stack">{match.entries.map((entry) => <span key={entry.id}><EntityLink to={links.journalEntry(entry.id)} id={entry.id}>{entryWord(entry.kind)}</EntityLink>, <DateText day={entry.entryDate} />{entry.reverses === null ? null : <span className="muted"> takes back {shortId(entry.reverses)}</span>}{entry.isPending ? <span className="muted"> waits for its seal</span> : null}</span>)}</span>],
              ...(match.unmatchedAt === null ? [] : [['Taken back', <span key="back"><DateText instant={match.unmatchedAt} /> by {match.unmatchedBy}: {match.unmatchReason}</span>] as [string, React.ReactNode]]),
            ]} />
            {match.unmatchedAt === null && canWork ? <div className="row-flex" style={{ marginTop: 8 }}><Button variant="default" aria-keyshortcuts="U" title="Take the match back (U)" onClick={() => setEnding(match.id)}>Unmatch</Button></div> : null}
          </Section>
        ))}
      </div>
      {ending ? <UnmatchDialog matchId={ending} onClose={() => setEnding(null)} /> : null}
    </Box>
  );
}

function UnmatchDialog({ matchId, onClose }: { matchId: string; onClose: () => void }) {
  const { client } = useApi();
  const cache = useQueryClient();
  const [typed, setTyped] = useState('');
  const reason = typed.trim();
  const [commandId] = useState(() => crypto.randomUUID());
  const end = useMutation({ mutationFn: () => client.banking.unmatch({ commandId, matchId, reason }), onSuccess: onClose, onSettled: () => void cache.invalidateQueries() });
  return (
    <Modal opened onClose={onClose} title="Take the match back">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (reason.length >= 3 && !end.isPending) end.mutate(); }}>
        <p>What it posted is reversed on its own day, or in the first open month where that month is closed; a payment it recorded is taken back likewise, and its invoice is due again. The lines are open again.</p>
        <Textarea label="Reason" data-autofocus required minRows={2} maxLength={500} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} description="Kept in the audit log, at least three letters" />
        {end.isError ? <ErrorNotice error={end.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={reason.length < 3} loading={end.isPending}>Unmatch</Button><Button variant="default" onClick={onClose}>Leave it as it is</Button></div>
      </form>
    </Modal>
  );
}
