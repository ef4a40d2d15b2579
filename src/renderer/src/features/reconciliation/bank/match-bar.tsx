import { Button, Select, Switch } from '@mantine/core';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import type { Balance, PartPaid } from './match-desk.ts';

export interface MatchBarProps {
  lines: number;
  parts: number;
  balance: Balance;
  accounts: readonly { readonly code: string; readonly name: string }[];
  residualAccount: string | null;
  onResidualAccount: (code: string | null) => void;
  /** What may be paid in part, and what is left for it. */
  inPart: PartPaid | null;
  isPart: boolean;
  onPart: (isPart: boolean) => void;
  isPending: boolean;
  error: unknown;
  canMatch: boolean;
  onMatch: () => void;
  onClear: () => void;
}

/** Both sides beside each other with what they differ by as it runs, where that goes, and the act. */
export function MatchBar({ lines, parts, balance, accounts, residualAccount, onResidualAccount, inPart, isPart, onPart, isPending, error, canMatch, onMatch, onClear }: MatchBarProps) {
  const { currency, linesMinor, partsMinor, differenceMinor, isAcrossCurrencies, problem } = balance;
  return (
    <section className="box match-bar" aria-label="Match">
      {error ? <div className="match-problem"><ErrorNotice error={error} /></div> : null}
      <div className="match-sums" role="status">
        <span>{lines} {lines === 1 ? 'line' : 'lines'} {currency === null ? null : <b><MoneyText amount={linesMinor} currency={currency} /></b>}</span>
        <span aria-hidden="true">−</span>
        <span>{parts} chosen {currency === null ? null : <b><MoneyText amount={partsMinor} currency={currency} /></b>}</span>
        <span aria-hidden="true">=</span>
        <span>{isAcrossCurrencies ? 'The bank’s rate explains the rest' : <>Difference {currency === null ? null : <b className={differenceMinor === 0 ? 'ok' : ''}><MoneyText amount={differenceMinor} currency={currency} /></b>}</>}</span>
      </div>
      <span className="grow" />
      {inPart === null ? null : <Switch label={parts === 1 ? 'Paid in part' : 'Last in part'} title={`${inPart.candidate.label} is paid in part: ${parts === 1 ? 'what the lines come to' : 'what the others leave of the lines'}`} checked={isPart} onChange={(event) => onPart(event.currentTarget.checked)} />}
      <Select aria-label="Account for the difference" placeholder="Difference to an account" searchable clearable w={260} disabled={lines === 0 || differenceMinor === 0} value={residualAccount} data={accounts.map(({ code, name }) => ({ value: code, label: `${code.slice(0, 4)} ${name}` }))} onChange={onResidualAccount} />
      <Button variant="default" onClick={onClear} disabled={lines + parts === 0}>Clear</Button>
      <Button aria-keyshortcuts="M" title="Match (M)" disabled={!canMatch || problem !== null} loading={isPending} onClick={onMatch}>Match</Button>
      {inPart && isPart ? <p className="small quiet match-problem">{inPart.candidate.label}: <MoneyText amount={inPart.minor} currency={inPart.candidate.amount.currency} /> of <MoneyText amount={inPart.candidate.amount.amount} currency={inPart.candidate.amount.currency} />. {inPart.candidate.kind === 'invoice' ? 'The rest stays due.' : 'The rest stays the customer’s.'}</p> : null}
      {problem === null || lines + parts === 0 ? null : <p className="small quiet match-problem">{problem}</p>}
    </section>
  );
}
