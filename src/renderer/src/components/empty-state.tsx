import type { ReactNode } from 'react';

/** An empty screen teaches the next step. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {action ? <div className="row-flex">{action}</div> : null}
    </div>
  );
}
