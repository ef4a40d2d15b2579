import { Button } from '@mantine/core';
import type { BankAccountView, BankLineView } from '../../../../../shared/api/banking.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FilterInput } from '../../../components/filter-input.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { Box } from '../../../components/screen.tsx';
import { PickList } from './pick-list.tsx';

export interface LinesPaneProps {
  account: BankAccountView | undefined;
  rows: readonly BankLineView[];
  total: number;
  /** So many are listed at most: others are found by the filter. */
  most: number;
  isLoading: boolean;
  state: 'open' | 'matched';
  onState: (state: 'open' | 'matched') => void;
  text: string | undefined;
  onText: (text: string | null) => void;
  chosen: ReadonlySet<string>;
  onToggle: (line: BankLineView) => void;
  onActive: (line: BankLineView | null) => void;
  onEnter: () => void;
  onMore: () => void;
}

/** The bank's side: what it booked, and what of it nobody has said anything of. */
export function LinesPane({ account, rows, total, most, isLoading, state, onState, text, onText, chosen, onToggle, onActive, onEnter, onMore }: LinesPaneProps) {
  return (
    <Box isFilling label="Bank lines">
      <div className="box-head">
        <h2>Bank lines</h2>
        <div className="chips" role="group" aria-label="State">
          <button type="button" className="chip" aria-pressed={state === 'open'} onClick={() => onState('open')}>Unmatched{account ? <span className="count"><NumberText value={account.openLines} /></span> : null}</button>
          <button type="button" className="chip" aria-pressed={state === 'matched'} onClick={() => onState('matched')}>Matched{account ? <span className="count"><NumberText value={account.lines - account.openLines} /></span> : null}</button>
        </div>
        <span className="grow" />
        <FilterInput label="Filter bank lines" placeholder="Text, name, reference" value={text} onChange={onText} />
      </div>
      <div className="pane-scroll">
        <PickList
          label="Bank lines" rows={rows} rowId={(line) => line.id} chosen={chosen} onToggle={onToggle} onActive={onActive} onEnter={onEnter}
          empty={isLoading ? <p className="muted pane-note">Reading the lines</p> : <EmptyState title={text ? 'No line fits this filter' : state === 'open' ? 'Every line is matched' : 'Nothing is matched yet'}>{state === 'open' && !text ? 'Import the next statement under Statements when it has come.' : null}</EmptyState>}
        >
          {(line) => (
            <span className="pick-body">
              <span className="pick-line"><b className="clip">{line.counterpartyName ?? (line.description || 'Without text')}</b><span className="grow" /><MoneyText amount={line.amount.amount} currency={line.amount.currency} /></span>
              <span className="pick-line small"><DateText day={line.bookedOn} /><span className="muted clip">{line.matchedWith ? `Matched with ${line.matchedWith}` : [line.counterpartyName ? line.description : '', ...line.references].filter(Boolean).join(' · ')}</span></span>
            </span>
          )}
        </PickList>
        {rows.length < Math.min(total, most) ? <div className="pane-note"><Button variant="default" size="compact-sm" onClick={onMore}>Show more: <NumberText value={rows.length} />&nbsp;of&nbsp;<NumberText value={total} /></Button></div> : null}
        {rows.length >= most && rows.length < total ? <p className="muted small pane-note">The newest <NumberText value={rows.length} /> of <NumberText value={total} />. Filter for others.</p> : null}
      </div>
    </Box>
  );
}
