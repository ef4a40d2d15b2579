import type { FileOutlineView } from '../../../../../shared/api/banking.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { proofWords } from './bank-words.ts';

/**
 * What a file holds, before anything is written: its statements with the proof of their balances, and its first lines.
 * @param isBesideAccount its account stands beside it already, as a person gave it.
 */
export function ImportPreview({ outline, isBesideAccount = false }: { outline: FileOutlineView; isBesideAccount?: boolean }) {
  // Beside a mapping there is room for what the file says, not for columns that say nothing.
  const hasReference = outline.statements.some(({ reference }) => reference !== null);
  const hasBalances = outline.statements.some(({ openingMinor, closingMinor }) => openingMinor !== null || closingMinor !== null);
  return (
    <>
      <div className="raw-rows" role="region" aria-label="Statements in the file" tabIndex={0}>
        <table className="plain tight">
          <thead><tr>{isBesideAccount ? null : <th scope="col">Account</th>}{hasReference ? <th scope="col">Statement</th> : null}<th scope="col">To</th><th scope="col" className="num">Lines</th>{hasBalances ? <th scope="col" className="num">Opening</th> : null}<th scope="col" className="num">Entries</th>{hasBalances ? <th scope="col" className="num">Closing</th> : null}<th scope="col">Balances</th></tr></thead>
          <tbody>
            {outline.statements.map((statement, place) => (
              <tr key={place}>
                {isBesideAccount ? null : <th scope="row">{statement.accountNumber}</th>}{hasReference ? <td>{statement.reference ?? '—'}</td> : null}<td><DateText day={statement.to} /></td><td className="num"><NumberText value={statement.lines} /></td>
                {hasBalances ? <td className="num">{statement.openingMinor === null ? '—' : <MoneyText amount={statement.openingMinor} currency={statement.currency} hidesCurrency />}</td> : null}
                <td className="num"><MoneyText amount={statement.creditsMinor - statement.debitsMinor} currency={statement.currency} hidesCurrency isSigned /></td>
                {hasBalances ? <td className="num">{statement.closingMinor === null ? '—' : <MoneyText amount={statement.closingMinor} currency={statement.currency} />}</td> : null}
                <td><span className={`badge ${proofWords[statement.proof][1]}`}>{proofWords[statement.proof][0]}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {outline.moreStatements > 0 ? <p className="small muted">And {outline.moreStatements} more statements.</p> : null}
      <div className="raw-rows" role="region" aria-label="First lines" tabIndex={0}>
        <table className="plain tight">
          <thead><tr><th scope="col">Day</th><th scope="col" className="num">Amount</th><th scope="col">With</th><th scope="col">Text</th></tr></thead>
          <tbody>{outline.firstLines.map((line, place) => <tr key={place}><td><DateText day={line.bookedOn} /></td><td className="num"><MoneyText amount={line.amount.amount} currency={line.amount.currency} /></td><td>{line.counterpartyName ?? ''}</td><td>{line.description}</td></tr>)}</tbody>
        </table>
      </div>
    </>
  );
}
