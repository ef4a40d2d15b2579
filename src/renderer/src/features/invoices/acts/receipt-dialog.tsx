import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import { writeAmount } from '../drafts/draft-typing.ts';
import { useInvoiceCommand } from '../use-invoice-command.ts';
import type { Standing } from './act-words.ts';
import { AllocationTable, OpenInvoicesTrouble, useOpenInvoices } from './allocation-table.tsx';
import { readAllocations, type OpenInvoice } from './allocations.ts';
import { FormBox, useAmountBox, useDayBox } from './typed-boxes.tsx';

/** Money that came in: one receipt over as many invoices of the customer as it pays. */
export function ReceiptDialog({ standing, onClose }: { standing: Standing; onClose: () => void }) {
  const { partyId, currency } = standing;
  const { locale } = usePreferences();
  const others = useOpenInvoices(partyId, currency);
  // What is given up already can still be paid: it is recovered then.
  const own: OpenInvoice = { id: standing.id, number: standing.number, dueOn: null, openMinor: standing.dueMinor > 0 ? standing.dueMinor : standing.status === 'uncollectible' ? standing.writtenOffMinor : 0 };
  const listed = others.invoices ?? [];
  const invoices = listed.some((invoice) => invoice.id === own.id) ? listed : [own, ...listed];
  const amount = useAmountBox(own.openMinor, currency);
  const day = useDayBox();
  const [reference, setReference] = useState('');
  const [typed, setTyped] = useState<Record<string, string>>({ [own.id]: writeAmount(own.openMinor, currency, locale) });
  const read = readAllocations(invoices, typed, currency, locale);
  const amountMinor = amount.read.isFine ? amount.read.value : null;
  const content = { on: day.read.isFine ? day.read.value : '', amountMinor: amountMinor ?? 0, bankReference: reference.trim(), allocations: [...read.allocations] };
  const command = useInvoiceCommand(content, (receipts, commandId) => receipts.recordReceipt({ commandId, partyId, currency, ...content }), onClose);
  const isReady = day.read.isFine && amountMinor !== null && content.bankReference !== '' && Object.keys(read.problems).length === 0 && read.appliedMinor <= amountMinor;
  return (
    <Modal opened onClose={onClose} title="Record a payment" size="lg">
      <form style={{ display: 'grid', gap: 12 }} noValidate onSubmit={(event) => { event.preventDefault(); if (isReady && !command.isPending) command.mutate(); }}>
        <div className="term-grid">
          <FormBox label={`Amount received, ${currency.toUpperCase()}`} box={amount} align="end" isFirst />
          <FormBox label="In the bank on" box={day} />
          <TextInput label="Bank reference" required maxLength={200} autoComplete="off" value={reference} onChange={(event) => setReference(event.currentTarget.value)} />
        </div>
        <OpenInvoicesTrouble {...others} />
        <AllocationTable invoices={invoices} currency={currency} amountMinor={amountMinor} typed={typed} onType={setTyped} read={read} />
        {command.isError ? <ErrorNotice error={command.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={command.isPending}>Record the payment</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}
