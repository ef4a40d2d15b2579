import { Button, Popover, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { MoneyText } from '../../../components/money-text.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import { links } from '../../../lib/links.ts';
import type { DraftToFinalise } from '../draft-to-finalise.ts';
import { FinaliseDialog } from '../finalise-dialog.tsx';
import { ReasonDialog } from '../reason-dialog.tsx';
import { ActDialog } from './act-dialog.tsx';
import type { Standing } from './act-words.ts';
import { CreditDialog } from './credit-dialog.tsx';
import { ReceiptDialog } from './receipt-dialog.tsx';

type Opened = 'finalise' | 'pay' | 'credit' | 'send' | 'write-off' | 'uncollectible' | 'withholding' | 'void' | 'regenerate';

/** What may be done to the invoice now, and nothing else. */
export function InvoiceActions({ standing, draft }: { standing: Standing; draft: DraftToFinalise }) {
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [isMoreOpen, setMoreOpen] = useState(false);
  const { actions } = standing;
  const close = () => setOpened(null);
  const more: readonly (readonly [Opened, string])[] = [
    ...(actions.includes('withholding') ? [['withholding', 'Withholding certificate…'] as const] : []), ...(actions.includes('write-off') ? [['write-off', 'Write off the rest…'] as const] : []), ...(actions.includes('uncollectible') ? [['uncollectible', 'Mark uncollectible…'] as const] : []),
    ...(actions.includes('void') ? [['void', 'Void…'] as const, ['regenerate', 'Void and make anew…'] as const] : []),
  ];
  return (
    <>
      {actions.includes('edit') ? <Button title="Edit (E)" onClick={() => { void navigate(links.draft(standing.id)); }}>Edit</Button> : null}
      {actions.includes('finalise') ? <Button variant={actions.includes('edit') ? 'default' : 'filled'} onClick={() => setOpened('finalise')}>Finalise…</Button> : null}
      {actions.includes('pay') ? <Button onClick={() => setOpened('pay')}>Record payment…</Button> : null}
      {actions.includes('credit') ? <Button variant="default" onClick={() => setOpened('credit')}>Credit…</Button> : null}
      {actions.includes('send') ? <Button variant="default" onClick={() => setOpened('send')}>Mark as sent…</Button> : null}
      {more.length > 0 ? (
        <Popover opened={isMoreOpen} onChange={setMoreOpen} position="top-start" trapFocus returnFocus withinPortal shadow="md">
          <Popover.Target><Button variant="default" aria-expanded={isMoreOpen} onClick={() => setMoreOpen(!isMoreOpen)}>More</Button></Popover.Target>
          <Popover.Dropdown aria-label="More">
            <div className="stack more-acts">{more.map(([what, label]) => <button key={what} type="button" className="text-button" onClick={() => { setMoreOpen(false); setOpened(what); }}>{label}</button>)}</div>
          </Popover.Dropdown>
        </Popover>
      ) : null}
      {opened === 'finalise' ? <FinaliseDialog drafts={[draft]} onClose={close} /> : null}
      {opened === 'pay' ? <ReceiptDialog standing={standing} onClose={close} /> : null}
      {opened === 'credit' ? <CreditDialog standing={standing} onClose={close} /> : null}
      {opened !== null && opened in smallActs ? <SmallAct what={opened} standing={standing} onClose={close} /> : null}
      {opened === 'void' || opened === 'regenerate' ? <VoidDialog standing={standing} isMadeAnew={opened === 'regenerate'} onClose={close} onMade={(id, isDraft) => { void navigate(isDraft ? links.draft(id) : links.invoice(id)); }} /> : null}
    </>
  );
}

const smallActs: Readonly<Partial<Record<Opened, true>>> = { send: true, 'write-off': true, uncollectible: true, withholding: true };

/** Acts that need a day, an amount or a reason and no more. */
function SmallAct({ what, standing, onClose }: { what: Opened; standing: Standing; onClose: () => void }) {
  const { id, currency, dueMinor } = standing;
  const due = <MoneyText amount={dueMinor} currency={currency} />;
  switch (what) {
    case 'send':
      return <ActDialog title="Mark as sent" actLabel="Mark as sent" currency={currency} dayLabel="Sent on" run={(invoices, { commandId, on }) => invoices.markSent({ commandId, id, on })} onClose={onClose}><p>It was handed over or sent by other means than Daybook. No money moves.</p></ActDialog>;
    case 'write-off':
      return <ActDialog title="Write off the rest" actLabel="Write it off" currency={currency} amount={{ label: 'Amount', startMinor: dueMinor }} dayLabel="Dated" needsReason run={(invoices, { commandId, amountMinor, on, reason }) => invoices.writeOff({ commandId, id, amountMinor, on, reason })} onClose={onClose}><p>{due} is due. A small rest, such as bank charges, is given up<WriteOffLimit currency={currency} />.</p></ActDialog>;
    case 'uncollectible':
      return <ActDialog title="Mark uncollectible" actLabel="Mark uncollectible" currency={currency} dayLabel="Dated" needsReason run={(invoices, { commandId, on, reason }) => invoices.markUncollectible({ commandId, id, on, reason })} onClose={onClose}><p>{due} is given up as a bad debt, with its tax taken back. A payment that comes afterwards is a recovery.</p></ActDialog>;
    case 'withholding':
      return <ActDialog title="Withholding certificate" actLabel="Record the certificate" currency={currency} amount={{ label: 'Tax withheld', startMinor: 0 }} reference="Certificate" dayLabel="Dated" run={(invoices, { commandId, amountMinor, on, reference }) => invoices.recordWithholding({ commandId, id, amountMinor, certificate: reference, on })} onClose={onClose}><p>Proves the tax the customer kept back. What goes beyond what the invoice foresaw is taken off the {due} that is due.</p></ActDialog>;
    default:
      return null;
  }
}

/** The ledger's limit where it is known; a shared ledger tells it online only. */
function WriteOffLimit({ currency }: { currency: string }) {
  const { queries } = useApi();
  const limit = useQuery(queries.invoices.writeOffLimit.queryOptions({ input: {}, retry: false })).data;
  return limit ? <>, at most <MoneyText amount={limit.limitMinor} currency={currency} /></> : <> within the ledger’s limit</>;
}

function VoidDialog({ standing, isMadeAnew, onClose, onMade }: { standing: Standing; isMadeAnew: boolean; onClose: () => void; onMade: (id: string, isDraft: boolean) => void }) {
  const [isFinalised, setFinalised] = useState(false);
  const { id, number } = standing;
  if (!isMadeAnew) {
    return (
      <ReasonDialog title={`Void ${number ?? 'this invoice'}?`} actLabel="Void the invoice" keepLabel="Keep it" run={(invoices, command) => invoices.void({ ...command, id })} onClose={onClose}>
        <p>Its entry is reversed, with a link both ways; the number stays in the register. The month can be billed again.</p>
      </ReasonDialog>
    );
  }
  return (
    <ReasonDialog
      title={`Void ${number ?? 'this invoice'} and make it anew?`} actLabel="Void and make anew" keepLabel="Keep it" onClose={onClose}
      run={async (invoices, command) => { const made = await invoices.voidAndRegenerate({ ...command, id, finalise: isFinalised }); onMade(made.newId, made.number === null); }}
    >
      <p>Its entry is reversed and the number stays in the register. The new invoice is made with the terms and the usage of now, and each names the other.</p>
      <Switch size="xs" label="Finalise the new one at once" checked={isFinalised} onChange={(event) => setFinalised(event.currentTarget.checked)} />
    </ReasonDialog>
  );
}
