import { Button, Modal, Textarea } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { DaybookClient } from '../../../../shared/api/contract.ts';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { useInvoiceCommand } from './use-invoice-command.ts';

export interface ReasonDialogProps {
  title: string;
  /** What it does, before it is done. */
  children: ReactNode;
  actLabel: string;
  keepLabel?: string;
  run: (invoices: DaybookClient['invoices'], command: { commandId: string; reason: string }) => Promise<unknown>;
  onClose: (isDone: boolean) => void;
}

/** An act that needs nothing but its reason. */
export function ReasonDialog({ title, children, actLabel, keepLabel = 'Leave it as it is', run, onClose }: ReasonDialogProps) {
  const [typed, setTyped] = useState('');
  const reason = typed.trim();
  const command = useInvoiceCommand(reason, (invoices, commandId) => run(invoices, { commandId, reason }), () => onClose(true));
  const isReady = reason.length >= 3;
  return (
    <Modal opened onClose={() => onClose(false)} title={title}>
      <form style={{ display: 'grid', gap: 12 }} onSubmit={(event) => { event.preventDefault(); if (isReady && !command.isPending) command.mutate(); }}>
        <div className="dialog-words">{children}</div>
        <Textarea label="Reason" data-autofocus required minRows={2} maxLength={500} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} description="Kept in the audit log, at least three letters." />
        {command.isError ? <ErrorNotice error={command.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={command.isPending}>{actLabel}</Button><Button variant="default" onClick={() => onClose(false)}>{keepLabel}</Button></div>
      </form>
    </Modal>
  );
}
