import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import { useInvoiceCommand } from '../use-invoice-command.ts';
import { AllocationTable, OpenInvoicesTrouble, useOpenInvoices } from './allocation-table.tsx';
import { readAllocations, spreadOldestFirst } from './allocations.ts';
import type { Receipt } from './receipt-state.ts';
import { FormBox, useDayBox } from './typed-boxes.tsx';

/** What is left of a receipt, put to invoices of the customer; it begins with the oldest. */
export function ApplyDialog({ receipt, onClose }: { receipt: Receipt; onClose: () => void }) {
  const { locale } = usePreferences();
  const { amount: left, currency } = receipt.unapplied;
  const open = useOpenInvoices(receipt.partyId, currency);
  const invoices = open.invoices ?? [];
  const day = useDayBox();
  const [chosen, setChosen] = useState<Record<string, string> | null>(null);
  const typed = chosen ?? spreadOldestFirst(invoices, left, currency, locale);
  const read = readAllocations(invoices, typed, currency, locale);
  const content = { on: day.read.isFine ? day.read.value : '', allocations: [...read.allocations] };
  const command = useInvoiceCommand(content, (receipts, commandId) => receipts.applyReceipt({ commandId, receiptId: receipt.id, ...content }), onClose);
  const isReady = day.read.isFine && read.allocations.length > 0 && Object.keys(read.problems).length === 0 && read.appliedMinor <= left;
  return (
    <Modal opened onClose={onClose} title="Apply a receipt" size="lg">
      <form style={{ display: 'grid', gap: 12 }} noValidate onSubmit={(event) => { event.preventDefault(); if (isReady && !command.isPending) command.mutate(); }}>
        <p>{receipt.customerName}, {receipt.bankReference}: <MoneyText amount={left} currency={currency} /> of <MoneyText amount={receipt.amount.amount} currency={currency} /> is left.</p>
        <div className="term-grid"><FormBox label="Applied on" box={day} isFirst /></div>
        <OpenInvoicesTrouble {...open} />
        <AllocationTable invoices={invoices} currency={currency} amountMinor={left} typed={typed} onType={setChosen} read={read} />
        {command.isError ? <ErrorNotice error={command.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={command.isPending}>Apply</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}
