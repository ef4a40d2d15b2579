import { Box } from '../../../components/screen.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { DraftDesk } from './draft-desk.ts';
import type { DraftView } from './draft-steps.ts';
import { readDayOrNone, writeDayOrNone } from './draft-typing.ts';
import { TypedArea } from './typed-area.tsx';
import { TypedCell } from './typed-cell.tsx';

/** Days, the customer's order number and the notes that are printed. */
export function DetailsBox({ desk, view }: { desk: DraftDesk; view: DraftView }) {
  const { locale } = usePreferences();
  const day = (label: string, name: 'issueDate' | 'dueDate', description: string) => (
    <TypedCell label={label} isLabelled description={description} value={view[name]} read={(typed) => readDayOrNone(typed, locale)} write={(value) => writeDayOrNone(value, locale)} onCommit={(value) => desk.act([{ kind: 'set-details', [name]: value }])} />
  );
  return (
    <Box title="Details">
      <div className="section term-grid">
        {day('Date of issue', 'issueDate', 'Empty: the day it is finalised')}
        {day('Due on', 'dueDate', `Empty: ${view.paymentTermsDays} days after issue`)}
        <TypedCell label="Purchase order number" isLabelled description="Of the customer, printed" value={view.purchaseOrderNumber ?? ''} read={(typed) => (typed.trim().length > 100 ? { isFine: false, message: 'A hundred letters at most.' } : { isFine: true, value: typed.trim() })} write={(value) => value} onCommit={(value) => desk.act([{ kind: 'set-details', purchaseOrderNumber: value === '' ? null : value }])} />
        <TypedArea label="Notes" description="Printed below the lines" maxLength={5_000} value={view.notes ?? ''} onCommit={(notes) => desk.act([{ kind: 'set-details', notes: notes === '' ? null : notes }])} />
      </div>
    </Box>
  );
}
