import { Button, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fromDecimalString, toDecimalString } from '../../../../shared/money/money.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { MoneyText } from '../../components/money-text.tsx';
import { accountNumber } from '../../lib/account-number.ts';
import { useApi } from '../../lib/api/api-context.tsx';
import { markStale } from '../../lib/api/stale-events.ts';
import { usePreferences } from '../../lib/preferences.tsx';
import { readDecimal } from '../../lib/typed-values.ts';
import { titleOf, type DiscrepancyDetail } from './discrepancy-detail.ts';

/** An adjustment or a write-off: the entry it would post is shown first, and whether it takes a second person. */
export function SettlementDialog({ isWriteOff, discrepancy, onClose }: { isWriteOff: boolean; discrepancy: DiscrepancyDetail; onClose: () => void }) {
  const api = useApi();
  const cache = useQueryClient();
  const { locale } = usePreferences();
  const [commandId] = useState(() => crypto.randomUUID());
  const { amount } = discrepancy.amount;
  // What the backend says puts it right; nothing where nothing does, so that no entry is a click away.
  const { order: proposed, notice, isRefused } = discrepancy.adjustment;
  const currency = proposed?.currency ?? discrepancy.amount.currency;
  const [debit, setDebit] = useState(proposed?.debitAccount ?? null);
  const [credit, setCredit] = useState(proposed?.creditAccount ?? null);
  const [typed, setTyped] = useState(() => (proposed ? toDecimalString(proposed.amountMinor, currency) : ''));
  const [reason, setReason] = useState('');
  const accounts = useQuery(api.queries.workbench.assignees.queryOptions({ input: {}, staleTime: 60_000 })).data?.accounts ?? [];
  const choices = accounts.map((account) => ({ value: account.code, label: `${accountNumber(account.code)} ${account.name}` }));
  const amountMinor = isWriteOff ? Math.abs(amount) : minorOf(typed, currency, locale);
  const order = amountMinor === null || amountMinor <= 0 || debit === null || credit === null || debit === credit ? null : { debitAccount: debit, creditAccount: credit, amountMinor, currency };
  const preview = useQuery(api.queries.workbench.settlementPreview.queryOptions({ input: { id: discrepancy.id, ...(isWriteOff || order === null ? {} : { order }) }, enabled: isWriteOff || order !== null, retry: false, placeholderData: (before) => before }));
  const said = reason.trim();
  const post = useMutation({
    mutationFn: () => (isWriteOff || order === null ? api.client.workbench.writeOff({ commandId, id: discrepancy.id, reason: said }) : api.client.workbench.adjust({ commandId, id: discrepancy.id, order, reason: said })),
    onSuccess: onClose,
    onSettled: () => { markStale(api, cache, 'discrepancies'); markStale(api, cache, 'ledger'); },
  });
  const isReady = said.length >= 3 && preview.data !== undefined && !preview.isError && (isWriteOff || order !== null);
  const asks = preview.data?.isAboveLimit === true && preview.data.fourEyes === 'on';
  if (!isWriteOff && isRefused) {
    return (
      <Modal opened onClose={onClose} title={`Post an adjustment for ${titleOf(discrepancy)}`} size="lg">
        <div style={{ display: 'grid', gap: 12 }}>
          <p className="attention-text">{notice}</p>
          <p>An entry would make a difference in the books where there is none. Have the record put right by the back end, or ignore the discrepancy with a reason.</p>
          <div className="row-flex"><Button variant="default" data-autofocus onClick={onClose}>Close</Button></div>
        </div>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title={`${isWriteOff ? 'Write off' : 'Post an adjustment for'} ${titleOf(discrepancy)}`} size="lg">
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady && !post.isPending) post.mutate(); }}>
        <p>{isWriteOff ? 'The clearing account comes to what Stripe says, or the money that waits leaves its account; the other side is bad debt.' : 'An entry of your own in the books. A run that finds the same difference again leaves it settled.'} Undoing reverses the entry.</p>
        {isWriteOff ? null : (
          <>
            {notice ? <p className="attention-text">{notice}</p> : null}
            <div className="field-row">
              <Select className="grow" label="Debit" searchable allowDeselect={false} data={choices} value={debit} onChange={(value) => { if (value) setDebit(value); }} placeholder="Choose" error={debit !== null && debit === credit ? 'Two different accounts' : undefined} />
              <Select className="grow" label="Credit" placeholder="Choose" searchable allowDeselect={false} data={choices} value={credit} onChange={(value) => { if (value) setCredit(value); }} />
            </div>
            <TextInput label={`Amount in ${currency.toUpperCase()}`} w={200} inputMode="decimal" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={typed.trim() !== '' && (amountMinor === null || amountMinor <= 0) ? 'An amount greater than zero' : undefined} />
          </>
        )}
        {preview.isError ? <ErrorNotice error={preview.error} /> : null}
        {preview.data && !preview.isError ? (
          <div role="status" aria-label="The entry">
            <table className="plain">
              <thead><tr><th scope="col">Account</th><th scope="col" className="num">Debit</th><th scope="col" className="num">Credit</th></tr></thead>
              <tbody>
                <tr><th scope="row">{nameOf(accounts, preview.data.debitAccount)}</th><td className="num"><MoneyText amount={preview.data.amount.amount} currency={preview.data.amount.currency} /></td><td className="num" /></tr>
                <tr><th scope="row">{nameOf(accounts, preview.data.creditAccount)}</th><td className="num" /><td className="num"><MoneyText amount={preview.data.amount.amount} currency={preview.data.amount.currency} /></td></tr>
              </tbody>
            </table>
            {preview.data.isAboveLimit ? <p className="attention-text">Above the limit of <MoneyText amount={preview.data.limit.amount} currency={preview.data.limit.currency} />: {asks ? 'a second person approves it before anything is posted.' : 'this desk has one person, so it is posted, and that four eyes were off is recorded.'}</p> : null}
          </div>
        ) : null}
        <Textarea label="Reason" required data-autofocus minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} description="Stands in the entry and in the history, at least three letters." />
        {post.isError ? <ErrorNotice error={post.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={post.isPending}>{asks ? 'Ask a second person' : isWriteOff ? 'Write off' : 'Post'}</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}

const nameOf = (accounts: readonly { readonly code: string; readonly name: string }[], code: string): string => `${accountNumber(code)} ${accounts.find((account) => account.code === code)?.name ?? ''}`;

function minorOf(typed: string, currency: string, locale: string): number | null {
  const read = readDecimal(typed, locale);
  if (!read.isFine) return null;
  try {
    return fromDecimalString(read.value, currency);
  } catch {
    return null;
  }
}
