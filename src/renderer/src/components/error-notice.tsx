import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { copyText } from '../lib/copy-text.ts';
import { describeError } from '../lib/described-error.ts';

/** What happened, what was not lost, the next step, and a code to copy. @param actions what mends it, where that is one click. */
export function ErrorNotice({ error, onRetry, actions }: { error: unknown; onRetry?: () => void; actions?: ReactNode }) {
  const described = describeError(error);
  return (
    <div className="notice" role="alert">
      <strong>{described.title}</strong>
      {described.detail ? <span>{described.detail}</span> : null}
      {described.kept ? <span className="quiet">{described.kept}</span> : null}
      {described.nextStep ? <span>{described.nextStep}</span> : null}
      <span className="code">
        <code>{described.code}</code>
        <button type="button" className="text-button" onClick={() => void copyText(described.code, 'Code')}>Copy code</button>
        {onRetry ? <Button size="compact-xs" variant="default" onClick={onRetry}>Try again</Button> : null}
      </span>
      {actions ? <div className="row-flex actions">{actions}</div> : null}
    </div>
  );
}
