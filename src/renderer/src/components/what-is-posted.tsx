import { MoneyText } from './money-text.tsx';

type Postings = readonly { readonly accountCode: string; readonly direction: 'debit' | 'credit'; readonly amount: { readonly amount: number; readonly currency: string } }[];

/** An entry before it is posted, and what it leaves of what it pays. */
export function WhatIsPosted({ postings, leftMinor, currency }: { postings: Postings; leftMinor: number; currency: string }) {
  const side = ({ direction, amount }: Postings[number], of: 'debit' | 'credit') => (direction === of ? <MoneyText amount={amount.amount} currency={amount.currency} hidesCurrency={amount.currency === currency} /> : null);
  return (
    <table className="plain" aria-label="What is posted">
      <thead><tr><th scope="col">What is posted</th><th scope="col" className="num">Debit</th><th scope="col" className="num">Credit</th></tr></thead>
      <tbody>
        {postings.map((posting, index) => <tr key={`${posting.accountCode}/${index}`}><th scope="row" className="mono">{posting.accountCode}</th><td className="num">{side(posting, 'debit')}</td><td className="num">{side(posting, 'credit')}</td></tr>)}
        <tr className="sum"><th scope="row" colSpan={2}>Left afterwards</th><td className="num"><MoneyText amount={leftMinor} currency={currency} /></td></tr>
      </tbody>
    </table>
  );
}
