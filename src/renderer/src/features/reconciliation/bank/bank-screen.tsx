import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { BankCandidateView, BankLineView, BankSuggestionView } from '../../../../../shared/api/banking.contract.ts';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { describeError } from '../../../lib/described-error.ts';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { definedOnly, useUrlFilter } from '../../../lib/url-filter.ts';
import { ReconciliationWorkspace } from '../reconciliation-workspace.tsx';
import { CandidatesPane } from './candidates-pane.tsx';
import { LinesPane } from './lines-pane.tsx';
import { MatchBar } from './match-bar.tsx';
import { PaymentPreview } from './payment-preview.tsx';
import { balanceOf, candidateId, isPayable, nothingChosen, partPayment, withCandidate, withLine, withSuggestion, type ChosenPart } from './match-desk.ts';
import { MatchedPane } from './matched-pane.tsx';
import { useMatchKeys } from './use-match-keys.ts';
import { useWantedPayout } from './use-wanted-payout.ts';

const pageRows = 200;
const mostRows = 500;

/** Bank lines on the left, what they may be on the right, and the difference between them. */
export function BankScreen() {
  const { queries } = useApi();
  const [filter, setFilter] = useUrlFilter(['account', 'state', 'text', 'line'] as const);
  const overview = useQuery(queries.banking.accounts.queryOptions({ input: {} }));
  const accounts = overview.data?.accounts ?? [];
  const account = accounts.find((each) => each.id === filter.account) ?? accounts.find((each) => each.openLines > 0) ?? accounts[0];
  const state = filter.state === 'matched' ? 'matched' : 'open';
  const controls = account ? (
    <div className="chips" role="group" aria-label="Bank account">
      {accounts.map((each) => <button key={each.id} type="button" className="chip" aria-pressed={each.id === account.id} title={each.number} onClick={() => setFilter({ account: each.id, line: null })}>{each.name === each.number ? `…${each.number.slice(-4)}` : each.name} {each.currency.toUpperCase()}<span className="count"><NumberText value={each.openLines} /></span></button>)}
    </div>
  ) : null;
  return (
    <ReconciliationWorkspace part="Bank" controls={controls}>
      {overview.isError ? <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} /> : null}
      {overview.data && !account ? <EmptyState title="No bank statement yet" action={<EntityLink to={links.bankStatements}>Import a statement</EntityLink>}>A statement in CAMT.053, MT940, OFX or CSV brings the bank’s lines; they are then matched with payouts and with what customers paid.</EmptyState> : null}
      {account ? <Desk key={`${account.id}/${state}/${filter.line ?? ''}`} accountId={account.id} state={state} text={filter.text} lineId={filter.line} onState={(next) => setFilter({ state: next === 'open' ? null : next, line: null })} onText={(text) => setFilter({ text }, { replace: true })} /> : null}
    </ReconciliationWorkspace>
  );
}

interface DeskProps {
  accountId: string;
  state: 'open' | 'matched';
  text: string | undefined;
  /** The line a link leads to: it is chosen, and stands first where the list does not reach it. */
  lineId: string | undefined;
  onState: (state: 'open' | 'matched') => void;
  onText: (text: string | null) => void;
}

function Desk({ accountId, state, text, lineId, onState, onText }: DeskProps) {
  const { client, queries } = useApi();
  const cache = useQueryClient();
  const canMatch = useCan('finance');
  const canPay = useCan('accountant');
  const [limit, setLimit] = useState(pageRows);
  const [choice, setChoice] = useState(nothingChosen);
  const { lines: chosen, parts, residualAccount, isPart, acceptedRule } = choice;
  const [search, setSearch] = useState('');
  const [active, setActive] = useState<string | null>(state === 'matched' ? (lineId ?? null) : null);
  useMatchKeys();

  const account = useQuery(queries.banking.accounts.queryOptions({ input: {} })).data?.accounts.find((each) => each.id === accountId);
  const lines = useQuery(queries.banking.lines.queryOptions({ input: { limit: Math.min(limit, mostRows), sort: { column: 'bookedOn', direction: 'descending' }, filter: definedOnly({ accountId, state, text }) }, placeholderData: keepPreviousData }));
  const linked = useQuery(queries.banking.line.queryOptions({ input: { id: lineId ?? '' }, enabled: lineId !== undefined })).data?.line;
  const listed = lines.data?.rows ?? [];
  // Whoever came to work on one line has it in sight, whatever is listed.
  const rows = linked && (linked.matchId === null) === (state === 'open') && !text && !listed.some((line) => line.id === linked.id) ? [linked, ...listed] : listed;
  useEffect(() => {
    if (linked && linked.matchId === null && state === 'open') setChoice({ ...nothingChosen, lines: new Map([[linked.id, linked]]) });
  }, [linked, state]);
  const hasRows = rows.length > 0;
  useEffect(() => {
    if (linked && hasRows) document.querySelector('main [role="listbox"][aria-label="Bank lines"] [aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [linked, hasRows, chosen]);
  const chosenLines = [...chosen.values()];
  const [first] = chosenLines;
  const amountMinor = chosenLines.reduce((sum, line) => sum + line.amount.amount, 0);
  const suggestions = useQuery(queries.banking.suggestions.queryOptions({ input: { accountId, lineIds: [...chosen.keys()], limit: 10 }, enabled: state === 'open' && first !== undefined, placeholderData: keepPreviousData }));
  const candidates = useQuery(queries.banking.candidates.queryOptions({ input: { currency: first?.amount.currency ?? 'usd', on: first?.bookedOn ?? '2026-01-01', amountMinor, lineIds: [...chosen.keys()], limit: 60, ...(search.trim() ? { text: search.trim() } : {}) }, enabled: state === 'open' && first !== undefined, placeholderData: keepPreviousData }));
  const rules = useQuery(queries.banking.rules.queryOptions({ input: {} }));

  const wanted = useWantedPayout(state === 'open', setChoice);

  const chosenParts: ChosenPart[] = [...parts.values()].map((candidate) => ({ candidate }));
  const inPart = partPayment(chosenLines, chosenParts);
  const withPart = isPart && inPart ? chosenParts.map((part) => (part.candidate === inPart.candidate ? { ...part, partMinor: inPart.minor } : part)) : chosenParts;
  const balance = balanceOf(chosenLines, withPart, residualAccount);
  const content = { lineIds: [...chosen.keys()], parts: withPart.map(({ candidate, partMinor: amount }) => ({ kind: candidate.kind, id: candidate.id, ...(amount === undefined ? {} : { amountMinor: Math.abs(amount) }) })), ...(balance.differenceMinor === 0 ? {} : { residualAccount }), ...(acceptedRule && !isPart ? { acceptedRule } : {}) };
  const [commandId, setCommandId] = useState(() => crypto.randomUUID());
  const match = useMutation({
    mutationFn: () => client.banking.match({ commandId, ...content }),
    onSuccess: () => { clear(); wanted.forget(); },
    // Another window was quicker: what was chosen is gone from the list, and why stands in the bar.
    onError: (error) => { if (describeError(error).code === 'bank-line-matched') clear(); },
    onSettled: () => { setCommandId(crypto.randomUUID()); for (const key of [queries.banking.key(), queries.ledger.key(), queries.invoices.key()]) void cache.invalidateQueries({ queryKey: key }); },
  });

  function clear(): void {
    setChoice(nothingChosen);
  }
  function toggleLine(line: BankLineView): void {
    match.reset();
    if (state === 'open') setChoice((before) => withLine(before, line));
  }
  function toggleCandidate(candidate: BankCandidateView): void {
    match.reset();
    setChoice((before) => withCandidate(before, candidate));
  }
  function take(suggestion: BankSuggestionView): void {
    match.reset();
    setChoice((before) => withSuggestion(before, suggestion, rows));
  }

  return (
    <>
      {lines.isError ? <ErrorNotice error={lines.error} onRetry={() => void lines.refetch()} /> : null}
      <div className="two-panes">
        <LinesPane
          account={account} rows={rows} total={lines.data?.total ?? 0} most={mostRows} isLoading={lines.isPending} state={state} onState={onState} text={text} onText={onText} chosen={new Set(state === 'matched' ? (active ? [active] : []) : chosen.keys())} onToggle={toggleLine}
          onActive={(line) => setActive(line?.id ?? null)} onMore={() => setLimit((before) => before + pageRows)} onEnter={() => document.querySelector<HTMLElement>('main [role="listbox"][aria-label="Candidates"]')?.focus()}
        />
        {state === 'matched' ? <MatchedPane lineId={active} accounts={rules.data?.accounts ?? []} /> : (
          <CandidatesPane
            hasLines={first !== undefined} suggestions={first ? (suggestions.data?.suggestions ?? []) : []} candidates={first ? (candidates.data?.candidates ?? []) : [...parts.values()]} missing={wanted.missing} total={candidates.data?.total ?? 0} isLoading={candidates.isPending} text={search} onText={setSearch}
            chosen={new Set(parts.keys())} onToggle={toggleCandidate} onTake={take}
          />
        )}
      </div>
      {state === 'open' ? withPart.filter(({ candidate }) => isPayable(candidate)).map(({ candidate, partMinor: amount }) => <PaymentPreview key={candidateId(candidate)} candidate={candidate} amountMinor={Math.abs(amount ?? candidate.amount.amount)} on={first?.bookedOn ?? candidate.expectedOn} />) : null}
      {state === 'open' ? (
        <MatchBar
          lines={chosen.size} parts={parts.size} balance={balance} accounts={(rules.data?.accounts ?? []).filter((each) => each.code !== account?.ledgerAccount)} residualAccount={residualAccount} onResidualAccount={(code) => setChoice((before) => ({ ...before, residualAccount: code }))} inPart={inPart} isPart={isPart} onPart={(isInPart) => setChoice((before) => ({ ...before, isPart: isInPart }))}
          isPending={match.isPending} error={match.error} canMatch={canMatch && (canPay || !chosenParts.some(({ candidate }) => isPayable(candidate)))} onMatch={() => match.mutate()} onClear={clear}
        />
      ) : null}
    </>
  );
}
