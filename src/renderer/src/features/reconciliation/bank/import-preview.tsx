import type { FileOutlineView } from '../../../../../shared/api/banking.contract.ts';
import { DateText } from '../../../components/date-text.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { NumberText } from '../../../components/number-text.tsx';
import { proofWords } from './bank-words.ts';

/** What a file holds, before anything is written: its statements with the proof of their balances, and its first lines. */
export function ImportPreview({ outline }: { outline: FileOutlineView }) {
  return (
    <>
      <div className="raw-rows" role="region" aria-label="Statements in the file" tabIndex={0}>
        <table className="plain tight">
          <thead><tr><th scope="col">Account</th><th scope="col">Statement</th><th scope="col">To</th><th scope="col" className="num">Lines</th><th scope="col" className="num">Opening</th><th scope="col" className="num">Entries</th><th scope="col" className="num">Closing</th><th scope="col">Balances</th></tr></thead>
          <tbody>
            {outline.statements.map((statement, place) => (
              <tr key={place}>
                <th scope="row">{statement.accountNumber}</th><td>{statement.reference ?? '—'}</td><td><DateText day={statement.to} /></td><td className="num"><NumberText value={statement.lines} /></td>
                <td className="num">{statement.openingMinor === null ? '—' : <MoneyText amount={statement.openingMinor} currency={statement.currency} hidesCurrency />}</td>
                <td className="num"><MoneyText amount={statement.creditsMinor - statement.debitsMinor} currency={statement.currency} hidesCurrency isSigned /></td>
                <td className="num">{statement.closingMinor === null ? '—' : <MoneyText amount={statement.closingMinor} currency={statement.currency} />}</td>
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
