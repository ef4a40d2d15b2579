import { Button } from '@mantine/core';
import type { BankCandidateView, BankSuggestionView } from '../../../../../shared/api/banking.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FilterInput } from '../../../components/filter-input.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { kindWords, ruleWords, scoreText, scoreTone } from './bank-words.ts';
import { candidateId } from './match-desk.ts';
import { PickList } from './pick-list.tsx';

export interface CandidatesPaneProps {
  hasLines: boolean;
  /** One that a link asked for and that nothing waits for any more. */
  missing: string | null;
  suggestions: readonly BankSuggestionView[];
  candidates: readonly BankCandidateView[];
  total: number;
  isLoading: boolean;
  text: string;
  onText: (text: string) => void;
  chosen: ReadonlySet<string>;
  onToggle: (candidate: BankCandidateView) => void;
  onTake: (suggestion: BankSuggestionView) => void;
}

/** Our side: what the rules propose for the chosen lines, and everything else that is on no statement yet. */
export function CandidatesPane({ hasLines, missing, suggestions, candidates, total, isLoading, text, onText, chosen, onToggle, onTake }: CandidatesPaneProps) {
  return (
    <Box isFilling label="Payouts, invoices and receipts">
      <div className="box-head">
        <h2>Payouts, invoices and receipts</h2>
        <span className="grow" />
        <FilterInput label="Find a payout, invoice or receipt" placeholder="Number, name, id" value={text} onChange={(typed) => onText(typed ?? '')} />
      </div>
      <div className="pane-scroll">
        {missing ? <p className="pane-note" role="status">{missing} waits for no bank line: it is matched already, or not paid out.</p> : null}
        {!hasLines && candidates.length > 0 ? <p className="pane-note" role="status">Chosen. Now choose its bank line on the left.</p> : null}
        {hasLines || candidates.length > 0 ? null : <EmptyState title="Choose a bank line">Space chooses the line the keys are on. What it may be is shown here, the likeliest first.</EmptyState>}
        {hasLines && suggestions.length > 0 ? (
          <ul className="suggestions" aria-label="Suggestions">
            {suggestions.map((suggestion, place) => (
              <li key={`${suggestion.rule}/${suggestion.parts.map(candidateId).join('+')}`} className="suggestion">
                <div className="pick-line">
                  <span className={`badge ${scoreTone(suggestion)}`}>{scoreText(suggestion.score)}</span>
                  <b className="clip">{suggestion.parts.map((part) => part.label).join(', ')}</b>
                  <span className="grow" />
                  <MoneyText amount={suggestion.parts.reduce((sum, part) => sum + part.amount.amount, 0)} currency={suggestion.parts[0]?.amount.currency ?? 'usd'} />
                  <Button size="compact-sm" variant={place === 0 && !suggestion.isAmbiguous ? 'filled' : 'default'} {...(place === 0 ? { 'aria-keyshortcuts': 'S', title: 'Take the first suggestion (S)' } : {})} onClick={() => onTake(suggestion)}>Take</Button>
                </div>
                <p className="small quiet">{ruleWords[suggestion.rule]}: {suggestion.reasons.join(' ')}{suggestion.residualMinor === 0 ? null : <> Difference <MoneyText amount={suggestion.residualMinor} currency={suggestion.parts[0]?.amount.currency ?? 'usd'} />.</>}</p>
              </li>
            ))}
          </ul>
        ) : null}
        {hasLines || candidates.length > 0 ? (
          <PickList
            label="Candidates" rows={candidates} rowId={candidateId} chosen={chosen} onToggle={onToggle}
            empty={isLoading ? <p className="muted pane-note">Looking</p> : <EmptyState title="Nothing is waited for">{text ? 'Nothing fits this search.' : 'No payout, invoice, receipt or repayment in this currency is without a bank line. Choose an account below for what it is.'}</EmptyState>}
          >
            {(candidate) => (
              <span className="pick-body">
                <span className="pick-line"><b className="clip">{candidate.label}</b><span className="grow" /><MoneyText amount={candidate.amount.amount} currency={candidate.amount.currency} /></span>
                <span className="pick-line small"><DateText day={candidate.expectedOn} /><span className="muted clip">{kindWords[candidate.kind]}{candidate.kind === 'payout' ? '' : ` · ${candidate.name}`}</span></span>
              </span>
            )}
          </PickList>
        ) : null}
        {hasLines && candidates.length < total ? <p className="muted small pane-note">The nearest {candidates.length} of {total}. Search for others.</p> : null}
      </div>
    </Box>
  );
}
