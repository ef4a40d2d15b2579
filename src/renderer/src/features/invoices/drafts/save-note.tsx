import { Button } from '@mantine/core';
import { ErrorNotice } from '../../../components/error-notice.tsx';
import type { DeskState, DraftDesk } from './draft-desk.ts';

const words = { saved: 'Saved', waiting: 'Typed, not saved yet', saving: 'Saving', offline: 'Offline, kept here', refused: 'Not saved', clash: 'Changed at another desk' } as const;
const tones = { saved: 'ok', waiting: 'info', saving: 'info', offline: 'attention', refused: 'problem', clash: 'problem' } as const;

/** Whether what is on the screen is saved. */
export function SaveWord({ state }: { state: DeskState }) {
  const waiting = Object.keys(state.held).length;
  return (
    <span className="row-flex" role="status" aria-label="Saving">
      <span className={`badge ${tones[state.save]}`} data-save={state.save}>{words[state.save]}</span>
      {waiting > 0 ? <span className="small quiet">{waiting === 1 ? 'One change waits for its reason' : `${waiting} changes wait for their reasons`}</span> : null}
    </span>
  );
}

/** What stands between the screen and the register, with the ways out. */
export function SaveTrouble({ desk, state }: { desk: DraftDesk; state: DeskState }) {
  const { save, clash, unsaved, view, wasRebased } = state;
  const steps = `${unsaved.length} ${unsaved.length === 1 ? 'change' : 'changes'}`;
  if (save === 'offline') return <div className="notice attention" role="status"><strong>Nobody answers</strong><span>{steps} are kept in this window, also when it is closed, and are saved as soon as the backend answers again.</span><span className="row-flex"><Button size="compact-xs" variant="default" onClick={() => void desk.flush()}>Try now</Button></span></div>;
  if (save === 'refused') return <div style={{ display: 'grid', gap: 8 }}><ErrorNotice error={state.error} onRetry={() => void desk.flush()} /><p className="row-flex"><span className="quiet">{steps} of yours are not saved and stay in sight.</span><button type="button" className="text-button" onClick={() => desk.takeSaved()}>Give them up and show what is saved</button></p></div>;
  if (save === 'clash' && clash) {
    const named = clash.subjects.map((subject) => view.lines.find((line) => line.id === subject)?.description ?? subjectWords[subject] ?? 'A line that is gone');
    return (
      <div className="notice" role="alert">
        <strong>Another desk changed the same</strong>
        <span>{named.length > 0 ? named.join(', ') : 'Something you changed is not there any more'}. Nothing you typed is lost; decide which is to stand.</span>
        <span className="row-flex"><Button size="compact-xs" onClick={() => desk.keepMine()}>Put mine on top</Button><Button size="compact-xs" variant="default" onClick={() => desk.takeSaved()}>Take theirs</Button></span>
      </div>
    );
  }
  return wasRebased ? <p className="in-words" role="status">The draft was changed elsewhere meanwhile. What you typed was put on top of it.</p> : null;
}

const subjectWords: Readonly<Record<string, string>> = { 'set-discount': 'The discount on the whole', 'set-details': 'Days, order number or notes', 'set-tax': 'The tax', 'set-customer': 'The customer’s details' };
