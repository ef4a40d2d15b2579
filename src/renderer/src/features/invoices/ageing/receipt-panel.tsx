import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DateText } from '../../../components/date-text.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { EntityLink } from '../../../components/entity-link.tsx';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { Facts, Section } from '../../../components/record-parts.tsx';
import { SidePanel } from '../../../components/side-panel.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import { useCan } from '../../../lib/preferences.tsx';
import { ApplyDialog } from '../acts/apply-dialog.tsx';
import { TakePaymentBack } from '../acts/credits-section.tsx';
import { PayOutDialog } from '../acts/pay-out-dialog.tsx';
import { receiptState, type Receipt } from '../acts/receipt-state.ts';
import { ReasonDialog } from '../reason-dialog.tsx';

/** A receipt: what it paid, what is left of it, and the ways to apply it or take it back. */
export function ReceiptPanel({ id, onClose, onStep }: { id: string; onClose: () => void; onStep: (delta: 1 | -1) => void }) {
  const { queries } = useApi();
  const canBill = useCan('accountant');
  const [opened, setOpened] = useState<'apply' | 'reverse' | 'pay-back' | { actId: string; number: string } | null>(null);
  const [reversing, setReversing] = useState<Receipt['payments'][number] | null>(null);
  const receipts = useQuery(queries.invoices.listReceipts.queryOptions({ input: { limit: 500 } }));
  const receipt = receipts.data?.find((each) => each.id === id);
  const canApply = canBill && receipt !== undefined && receipt.unapplied.amount > 0;
  // Only what is wholly unapplied is taken back: what pays an invoice is un-applied, what was paid back taken back first.
  const canReverse = canBill && receipt !== undefined && !receipt.isReversed && receipt.allocations.length === 0 && receipt.payments.length === 0;
  const footer = canApply || canReverse ? (
    <>
      {canApply ? <Button onClick={() => setOpened('apply')}>Apply…</Button> : null}
      {canApply ? <Button variant="default" onClick={() => setOpened('pay-back')}>Pay back…</Button> : null}
      {canReverse ? <Button variant="default" onClick={() => setOpened('reverse')}>Take the receipt back…</Button> : null}
    </>
  ) : undefined;
  const close = () => setOpened(null);
  return (
    <SidePanel title={receipt ? receipt.bankReference : 'Receipt'} label="Receipt" note={receipt ? <>{receipt.customerName} <StatusBadge status={receiptState(receipt)} /></> : null} onClose={onClose} onStep={onStep} footer={footer}>
      {receipts.isError ? <div className="section"><ErrorNotice error={receipts.error} onRetry={() => void receipts.refetch()} /></div> : null}
      {receipts.data && !receipt ? <EmptyState title="This receipt is not among the newest 500">Look for it by its customer’s statement of account.</EmptyState> : null}
      {receipt ? <ReceiptBody receipt={receipt} onUnapply={canBill ? (actId, number) => setOpened({ actId, number }) : null} onTakeBack={canBill ? setReversing : null} /> : null}
      {receipt && opened === 'apply' ? <ApplyDialog receipt={receipt} onClose={close} /> : null}
      {receipt && opened === 'pay-back' ? (
        <PayOutDialog title="Pay back what is left" source={{ receiptId: receipt.id }} leftMinor={receipt.unapplied.amount} currency={receipt.amount.currency} onClose={close}>
          <p>{receipt.customerName} paid <MoneyText amount={receipt.unapplied.amount} currency={receipt.amount.currency} /> that no invoice has taken. Record it when the transfer has left the bank.</p>
        </PayOutDialog>
      ) : null}
      {receipt && reversing ? <TakePaymentBack payment={reversing} currency={receipt.amount.currency} onClose={() => setReversing(null)} /> : null}
      {receipt && opened === 'reverse' ? <ReasonDialog title="Take the receipt back?" actLabel="Take it back" run={(invoices, command) => invoices.reverseAct({ ...command, actId: receipt.id })} onClose={close}><p>Its entry is reversed, with a link both ways: the money was never this customer’s.</p></ReasonDialog> : null}
      {opened !== null && typeof opened === 'object' ? <ReasonDialog title={`Un-apply from ${opened.number}?`} actLabel="Un-apply" run={(invoices, command) => invoices.reverseAct({ ...command, actId: opened.actId })} onClose={close}><p>The invoice is due again by this amount, and the receipt has it to apply elsewhere.</p></ReasonDialog> : null}
    </SidePanel>
  );
}

interface ReceiptBodyProps {
  receipt: Receipt;
  onUnapply: ((actId: string, number: string) => void) | null;
  onTakeBack: ((payment: Receipt['payments'][number]) => void) | null;
}

function ReceiptBody({ receipt, onUnapply, onTakeBack }: ReceiptBodyProps) {
  const { currency } = receipt.amount;
  return (
    <>
      <Section title="What it paid" aside={currency.toUpperCase()} isFlush>
        <table className="plain" aria-label="What it paid">
          <tbody>
            {receipt.allocations.map((each) => {
              const number = each.invoiceNumber ?? each.invoiceId;
              return <tr key={each.actId}><th scope="row"><EntityLink to={links.invoice(each.invoiceId)}>{number}</EntityLink></th><td>{onUnapply ? <button type="button" className="text-button" aria-label={`Un-apply from ${number}`} onClick={() => onUnapply(each.actId, number)}>Un-apply…</button> : null}</td><td className="num"><MoneyText amount={each.amountMinor} currency={currency} hidesCurrency /></td></tr>;
            })}
            {receipt.payments.map((each) => <tr key={each.actId}><th scope="row">Paid back, {each.bankReference}<div className="small muted"><DateText day={each.on} /></div></th><td>{onTakeBack && each.canBeReversed ? <button type="button" className="text-button" aria-label={`Take back the payment ${each.bankReference}`} onClick={() => onTakeBack(each)}>Take back…</button> : null}</td><td className="num"><MoneyText amount={each.amountMinor} currency={currency} hidesCurrency /></td></tr>)}
            <tr><th scope="row" colSpan={2}>Not applied</th><td className="num"><MoneyText amount={receipt.unapplied.amount} currency={currency} hidesCurrency /></td></tr>
            <tr className="sum"><th scope="row" colSpan={2}>Received</th><td className="num"><MoneyText amount={receipt.amount.amount} currency={currency} /></td></tr>
          </tbody>
        </table>
      </Section>
      <Section title="Where from, where to">
        <Facts rows={[
          ['In the bank', <DateText key="on" day={receipt.on} />], ['Reference', receipt.bankReference], ['Customer', <EntityLink key="party" to={links.ageingOf(receipt.partyId, currency, null)}>{receipt.customerName}</EntityLink>],
          ['Journal', <EntityLink key="journal" to={links.sourceEntries(receipt.id)}>Entries of this receipt</EntityLink>], ['Id', <span key="id" className="mono">{receipt.id}</span>],
        ]} />
      </Section>
    </>
  );
}
