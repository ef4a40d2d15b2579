import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { DaybookClient } from '../../../../../shared/api/contract.ts';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { useInvoiceCommand } from '../use-invoice-command.ts';
import { FormBox, useAmountBox, useDayBox } from './typed-boxes.tsx';

export interface TypedAct {
  readonly commandId: string;
  readonly amountMinor: number;
  readonly on: string;
  /** Of the bank, the certificate. */
  readonly reference: string;
  readonly reason: string;
}

export interface ActDialogProps {
  title: string;
  /** What it does, before it is done. */
  children: ReactNode;
  actLabel: string;
  currency: string;
  /** Asked where it is given, beginning with what it says. */
  amount?: { readonly label: string; readonly startMinor: number };
  reference?: string;
  needsReason?: boolean;
  dayLabel: string;
  run: (invoices: DaybookClient['invoices'], act: TypedAct) => Promise<unknown>;
  onClose: () => void;
}

/** An act on an invoice of a day, an amount, a reference and a reason, as far as it has them. */
export function ActDialog({ title, children, actLabel, currency, amount, reference: referenceLabel, needsReason = false, dayLabel, run, onClose }: ActDialogProps) {
  const day = useDayBox();
  const sum = useAmountBox(amount?.startMinor ?? 0, currency);
  const [typedReference, setReference] = useState('');
  const [typedReason, setReason] = useState('');
  const [reference, reason] = [typedReference.trim(), typedReason.trim()];
  const content = { amountMinor: sum.read.isFine ? sum.read.value : 0, on: day.read.isFine ? day.read.value : '', reference, reason };
  const command = useInvoiceCommand(content, (invoices, commandId) => run(invoices, { commandId, ...content }), onClose);
  const isReady = day.read.isFine && (!amount || sum.read.isFine) && (!referenceLabel || reference !== '') && (!needsReason || reason.length >= 3);
  return (
    <Modal opened onClose={onClose} title={title}>
      <form style={{ display: 'grid', gap: 12 }} noValidate onSubmit={(event) => { event.preventDefault(); if (isReady && !command.isPending) command.mutate(); }}>
        <div className="dialog-words">{children}</div>
        <div className="term-grid">
          {amount ? <FormBox label={`${amount.label}, ${currency.toUpperCase()}`} box={sum} align="end" isFirst /> : null}
          <FormBox label={dayLabel} box={day} isFirst={!amount && !referenceLabel && !needsReason} />
        </div>
        {referenceLabel ? <TextInput label={referenceLabel} required maxLength={200} {...(amount ? {} : { 'data-autofocus': true })} value={typedReference} onChange={(event) => setReference(event.currentTarget.value)} /> : null}
        {needsReason ? <Textarea label="Reason" required minRows={2} maxLength={500} {...(amount || referenceLabel ? {} : { 'data-autofocus': true })} description="Kept in the audit log, at least three letters." value={typedReason} onChange={(event) => setReason(event.currentTarget.value)} /> : null}
        {command.isError ? <ErrorNotice error={command.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={command.isPending}>{actLabel}</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}
