import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { Box } from '../../../components/screen.tsx';
import { usePreferences } from '../../../lib/preferences.tsx';
import type { DraftDesk } from './draft-desk.ts';
import type { DraftView } from './draft-steps.ts';
import { readDayOrNone, writeDayOrNone } from './draft-typing.ts';
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
        <NotesBox notes={view.notes} onCommit={(notes) => desk.act([{ kind: 'set-details', notes }])} />
      </div>
    </Box>
  );
}

function NotesBox({ notes, onCommit }: { notes: string | null; onCommit: (notes: string | null) => void }) {
  const stands = notes ?? '';
  const [typed, setTyped] = useState(stands);
  const [stood, setStood] = useState(stands);
  if (stood !== stands) {
    setStood(stands);
    if (typed === stood) setTyped(stands);
  }
  const commit = () => {
    if (typed === stands) return;
    setStood(typed);
    onCommit(typed === '' ? null : typed);
  };
  return <Textarea className="whole-row" label="Notes" description="Printed below the lines" autosize minRows={2} maxRows={8} maxLength={5_000} value={typed} data-unsaved={typed === stands ? undefined : ''} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={commit} />;
}
