import type { ReactNode } from 'react';
import { Link } from 'react-router';

/** Shortens a vendor's id in its middle: ch_3Nq…7Kd. The whole of it is in the tooltip and in copies. */
export function shortId(id: string): string {
  return id.length > 18 ? `${id.slice(0, 9)}…${id.slice(-4)}` : id;
}

export interface EntityLinkProps {
  to: string;
  /** Shown when there are no children; shortened. */
  id?: string;
  children?: ReactNode;
  /** Inside a grid the arrow keys reach it, Tab passes by. */
  isInGrid?: boolean;
}

/** A way to a record. */
export function EntityLink({ to, id, children, isInGrid = false }: EntityLinkProps) {
  return (
    <Link to={to} title={id} {...(isInGrid ? { tabIndex: -1, 'data-cell-action': '' } : {})} onClick={(event) => event.stopPropagation()}>
      {children ?? shortId(id ?? to)}
    </Link>
  );
}
