import { ErrorNotice } from '../../../components/error-notice.tsx';
import { copyText } from '../../../lib/copy-text.ts';
import { describeError } from '../../../lib/described-error.ts';

/** Decisions are made in the shared database alone: unlike an edit one made offline is not kept and sent later, and nobody may believe so. */
export function DecisionError({ error }: { error: unknown }) {
  const { code } = describeError(error);
  if (code !== 'postgres-unreachable') return <ErrorNotice error={error} />;
  return (
    <div className="notice" role="alert">
      <strong>Not done: the shared database does not answer</strong>
      <span className="quiet">What you chose and wrote stays here. Unlike an edit, a decision is not sent later by itself.</span>
      <span>Decide again once this desk is online.</span>
      <span className="code"><code>{code}</code><button type="button" className="text-button" onClick={() => void copyText(code, 'Code')}>Copy code</button></span>
    </div>
  );
}
