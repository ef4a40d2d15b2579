import { Button, Modal, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { z } from 'zod';
import type { creditSourceSchema } from '../../../../../shared/api/invoice-lifecycle.contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { WhatIsPosted } from '../../../components/what-is-posted.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { useInvoiceCommand } from '../use-invoice-command.ts';
import { FormBox, useAmountBox, useDayBox } from './typed-boxes.tsx';

export interface PayOutDialogProps {
  title: string;
  source: z.infer<typeof creditSourceSchema>;
  /** What is left of it, in minor units. */
  leftMinor: number;
  currency: string;
  /** Whose it is and where it comes from. */
  children: ReactNode;
  onClose: () => void;
}

/** Money that goes back to a customer: how much, when, by which transfer, and what it posts before it is posted. */
export function PayOutDialog({ title, source, leftMinor, currency, children, onClose }: PayOutDialogProps) {
  const { queries } = useApi();
  const amount = useAmountBox(leftMinor, currency);
  const day = useDayBox();
  const [typed, setTyped] = useState('');
  const bankReference = typed.trim();
  const isTyped = amount.read.isFine && day.read.isFine;
  const content = { source, amountMinor: amount.read.isFine ? amount.read.value : 0, on: day.read.isFine ? day.read.value : '' };
  const preview = useQuery(queries.invoices.previewCreditPayment.queryOptions({ input: content, enabled: isTyped, retry: false, placeholderData: keepPreviousData }));
  const command = useInvoiceCommand({ ...content, bankReference }, (invoices, commandId) => invoices.payOutCredit({ commandId, ...content, bankReference }), onClose);
  const isReady = isTyped && bankReference !== '' && !preview.isError;
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <form style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 12 }} noValidate onSubmit={(event) => { event.preventDefault(); if (isReady && !command.isPending) command.mutate(); }}>
        <div className="dialog-words">{children}</div>
        <div className="term-grid">
          <FormBox label={`Amount, ${currency.toUpperCase()}`} box={amount} align="end" isFirst />
          <FormBox label="Paid on" box={day} />
        </div>
        <TextInput label="Bank reference" required maxLength={200} autoComplete="off" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        {isTyped && preview.data && !preview.isError ? <WhatIsPosted postings={preview.data.postings} leftMinor={preview.data.leftMinor - preview.data.amountMinor} currency={currency} /> : null}
        {isTyped && preview.isError && !command.isError ? <ErrorNotice error={preview.error} /> : null}
        {command.isError ? <ErrorNotice error={command.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={command.isPending}>Record the payment</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}
