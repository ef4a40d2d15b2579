import { NativeSelect } from '@mantine/core';
import type { TaxTreatment } from '../../../../../shared/invoicing/invoice-totals.ts';
import { Box } from '../../../components/screen.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { DeskState, DraftDesk } from './draft-desk.ts';
import type { Step } from './draft-steps.ts';
import { readRate, writeRate } from './draft-typing.ts';
import { ReasonForm, reasonBoxId } from './reason-form.tsx';
import { treatmentWords } from './tax-choices.ts';
import { TypedCell } from './typed-cell.tsx';

type TaxChange = Omit<Extract<Step, { kind: 'set-tax' }>, 'kind' | 'reason'>;
const vatIdWords = { missing: 'The customer has no VAT id.', invalid: 'The customer’s VAT id does not hold: its form or its check digits are wrong.', unverified: 'The customer’s VAT id holds by form and check digits; nobody asked the tax authority.' } as const;

/** How the invoice is taxed, where a line says nothing else. */
export function TaxBox({ desk, state }: { desk: DraftDesk; state: DeskState }) {
  const { locale } = usePreferences();
  const { view, held } = state;
  const { tax } = view;
  const hasRated = view.lines.some((line) => line.rated !== null);
  const change = (what: TaxChange) => {
    const step: Step = { kind: 'set-tax', ...what };
    if (hasRated) desk.hold(step);
    else desk.act([step]);
  };
  const rateTo = (treatment: TaxTreatment) => (treatment === 'standard' ? tax.basisPoints : 0);
  const reason = tax.exemptionReason ?? '';
  return (
    <Box title="Tax" note={tax.jurisdiction ? `by the rules of ${tax.jurisdiction}` : undefined}>
      <div className="section term-grid">
        <NativeSelect label="Treatment" value={tax.treatment} data={Object.entries(treatmentWords).map(([value, label]) => ({ value, label }))} onChange={(event) => { const treatment = event.currentTarget.value as TaxTreatment; change({ tax: { treatment, basisPoints: rateTo(treatment) } }); }} />
        {tax.treatment === 'standard' ? <TypedCell label="Rate" isLabelled align="end" value={tax.basisPoints} read={(typed) => readRate(typed, locale)} write={(value) => writeRate(value, locale)} onCommit={(basisPoints) => change({ tax: { treatment: 'standard', basisPoints } })} /> : null}
        {tax.treatment === 'standard' ? null : <TypedCell label="Why no tax is charged" isLabelled placeholder="Printed on the invoice" value={reason} read={(typed) => (typed.trim().length > 500 ? { isFine: false, message: 'Five hundred letters at most.' } : { isFine: true, value: typed.trim() })} write={(value) => value} onCommit={(value) => change({ exemptionReason: value === '' ? null : value })} />}
        <NativeSelect label="Prices" value={view.priceMode} data={[{ value: 'exclusive', label: 'Without tax' }, { value: 'inclusive', label: 'With tax in them' }]} onChange={(event) => change({ priceMode: event.currentTarget.value as 'exclusive' | 'inclusive' })} />
        <NativeSelect label="Tax is rounded" value={view.taxRounding} data={[{ value: 'per-invoice', label: 'Once per invoice and rate' }, { value: 'per-line', label: 'Once per line' }]} onChange={(event) => change({ taxRounding: event.currentTarget.value as 'per-invoice' | 'per-line' })} />
        <TypedCell label="Withholding" isLabelled align="end" value={view.withholdingBasisPoints} read={(typed) => readRate(typed, locale)} write={(value) => writeRate(value, locale)} onCommit={(withholdingBasisPoints) => change({ withholdingBasisPoints })} />
        {tax.vatIdState ? <p className={`whole-row small ${tax.vatIdState === 'invalid' ? 'bad' : 'quiet'}`}>{vatIdWords[tax.vatIdState]}</p> : null}
        {held['set-tax'] ? <div className="whole-row"><ReasonForm id={reasonBoxId('set-tax')} what="Why is it taxed otherwise than rated?" before="" onGiven={(given) => desk.giveReason('set-tax', given)} onTakenBack={() => desk.letGo('set-tax')} /></div> : null}
      </div>
    </Box>
  );
}
