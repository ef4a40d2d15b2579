import { Button, Modal, Radio, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import { MoneyText } from '../../../components/money-text.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import { readAmount, readDayOrNone } from '../drafts/draft-typing.ts';
import { useInvoiceCommand } from '../use-invoice-command.ts';
import { settlementWords, type Standing } from './act-words.ts';
import { FormBox, useDayBox } from './typed-boxes.tsx';

type Settlement = keyof typeof settlementWords;
type CreditLine = { lineIndex: number; netMinor: number };

/** The whole of what is left, or amounts by line; nothing is written before it is issued. */
export function CreditDialog({ standing, onClose }: { standing: Standing; onClose: () => void }) {
  const { id } = standing;
  const { locale } = usePreferences();
  const [isWhole, setWhole] = useState(true);
  const [typed, setTyped] = useState<Record<number, string>>({});
  const [settlement, setSettlement] = useState<Settlement>(standing.dueMinor > 0 ? 'offset' : 'refund');
  const [expiry, setExpiry] = useState('');
  const [typedReason, setReason] = useState('');
  const day = useDayBox();
  const reason = typedReason.trim();
  const { lines, problems } = useMemo(() => readLines(standing, isWhole, typed, locale), [standing, isWhole, typed, locale]);
  const expiresOn = readDayOrNone(settlement === 'credit' ? expiry : '', locale);
  const hasLines = lines === null || lines.length > 0;
  const content = { lines, settlement, expiresOn: expiresOn.isFine ? expiresOn.value : null, on: day.read.isFine ? day.read.value : '', reason };
  const command = useInvoiceCommand(content, (invoices, commandId) => invoices.credit({ commandId, id, version: standing.version, ...content }), onClose);
  const isReady = hasLines && Object.keys(problems).length === 0 && expiresOn.isFine && day.read.isFine && reason.length >= 3;
  return (
    <Modal opened onClose={onClose} title={`Credit ${standing.number ?? 'this invoice'}`} size="lg">
      <form style={{ display: 'grid', gap: 12 }} noValidate onSubmit={(event) => { event.preventDefault(); if (isReady && !command.isPending) command.mutate(); }}>
        <SegmentedControl aria-label="How much" data-autofocus value={isWhole ? 'whole' : 'lines'} data={[{ value: 'whole', label: 'All that is left' }, { value: 'lines', label: 'By line' }]} onChange={(value) => setWhole(value === 'whole')} />
        {isWhole ? null : <CreditLines standing={standing} typed={typed} problems={problems} onType={setTyped} />}
        <Radio.Group label="What exceeds what is due" value={settlement} onChange={(value) => setSettlement(value === 'refund' || value === 'credit' ? value : 'offset')}>
          <Stack gap={4} mt={4}>
            <Radio value="offset" label="Nothing exceeds it: all is offset against what is due" />
            <Radio value="refund" label="Is refunded to the customer" disabled={standing.refundableMinor <= 0} />
            <Radio value="credit" label="Is kept as the customer’s credit" disabled={standing.refundableMinor <= 0} />
          </Stack>
        </Radio.Group>
        <div className="term-grid">
          <FormBox label="Dated" box={day} />
          {settlement === 'credit' ? <TextInput label="Credit expires on" description="Empty: never" value={expiry} error={expiresOn.isFine ? null : expiresOn.message} onChange={(event) => setExpiry(event.currentTarget.value)} /> : null}
        </div>
        {hasLines && Object.keys(problems).length === 0 ? <CreditPreview id={id} lines={lines} settlement={settlement} /> : <p className="quiet">Type what is taken back of a line, before tax.</p>}
        <Textarea label="Reason" required minRows={2} maxLength={500} description="Printed on the credit note and kept in the audit log, at least three letters." value={typedReason} onChange={(event) => setReason(event.currentTarget.value)} />
        {command.isError ? <ErrorNotice error={command.error} /> : null}
        <div className="row-flex"><Button type="submit" disabled={!isReady} loading={command.isPending}>Issue the credit note</Button><Button variant="default" onClick={onClose}>Close</Button></div>
      </form>
    </Modal>
  );
}

/** null: all that is left. */
function readLines({ creditable, currency }: Standing, isWhole: boolean, typed: Readonly<Record<number, string>>, locale: string): { lines: CreditLine[] | null; problems: Record<number, string> } {
  const problems: Record<number, string> = {};
  if (isWhole) return { lines: null, problems };
  const lines = creditable.flatMap(({ lineIndex, leftMinor }) => {
    const text = typed[lineIndex]?.trim() ?? '';
    if (text === '') return [];
    const read = readAmount(text, currency, locale);
    if (!read.isFine) problems[lineIndex] = read.message;
    else if (Math.abs(read.value) > Math.abs(leftMinor)) problems[lineIndex] = 'More than is left.';
    return read.isFine && read.value !== 0 ? [{ lineIndex, netMinor: read.value }] : [];
  });
  return { lines, problems };
}

function CreditLines({ standing, typed, problems, onType }: { standing: Standing; typed: Readonly<Record<number, string>>; problems: Readonly<Record<number, string>>; onType: (typed: Record<number, string>) => void }) {
  const { creditable, currency } = standing;
  return (
    <div className="allocations" role="group" aria-label="Lines to credit" tabIndex={0}>
      <table className="plain wrapping">
        <thead><tr><th scope="col">Line</th><th scope="col" className="num">Left, before tax</th><th scope="col" className="num">Credit, {currency.toUpperCase()}</th></tr></thead>
        <tbody>
          {creditable.map(({ lineIndex, description, leftMinor }) => (
            <tr key={lineIndex}>
              <th scope="row">{description}</th><td className="num"><MoneyText amount={leftMinor} currency={currency} hidesCurrency /></td>
              <td className="allocation-box"><TextInput aria-label={`Credit of ${description}`} autoComplete="off" disabled={leftMinor === 0} styles={{ input: { textAlign: 'right' } }} value={typed[lineIndex] ?? ''} error={problems[lineIndex] ?? null} onChange={(event) => onType({ ...typed, [lineIndex]: event.currentTarget.value })} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the credit note would say and where its money would go, by the backend's own calculation. */
function CreditPreview({ id, lines, settlement }: { id: string; lines: CreditLine[] | null; settlement: Settlement }) {
  const { queries } = useApi();
  const [asked] = useDebouncedValue(useMemo(() => ({ id, lines, settlement }), [id, lines, settlement]), 200);
  const preview = useQuery(queries.invoices.previewCredit.queryOptions({ input: asked, placeholderData: keepPreviousData, retry: false, gcTime: 0 }));
  if (preview.isError) return <ErrorNotice error={preview.error} />;
  const note = preview.data;
  if (!note) return <p className="muted">Working it out</p>;
  const rows: readonly (readonly [string, number, boolean])[] = [['Before tax', note.netMinor, true], ['Tax', note.taxMinor, true], ['Credit note', note.totalMinor, true], ['Withholding taken back', -note.withholdingMinor, note.withholdingMinor !== 0], ['Offset against what is due', note.offsetMinor, true], [settlement === 'refund' ? 'To be refunded' : 'Kept as credit', note.restMinor, settlement !== 'offset']];
  return (
    <table className="plain" aria-label="Preview of the credit note" aria-busy={preview.isFetching}>
      <tbody>{rows.filter(([, , isShown]) => isShown).map(([label, amount]) => <tr key={label} className={label === 'Credit note' ? 'sum' : ''}><th scope="row">{label}</th><td className="num"><MoneyText amount={amount} currency={note.currency} hidesCurrency={label !== 'Credit note'} /></td></tr>)}</tbody>
    </table>
  );
}
