/** Who may decide on an approval, by the role apart, as the shared database says it too (migrations/postgres/0037; domain.md §5, four eyes). */

/** SQL: whether :user may. Who asked for it, or chose values of it in any of its conflicts, may not. @param approval the alias of `change_approvals`. */
export const isDecidableByUser = (approval: string): string =>
  `${approval}.state = 'requested' AND ${approval}.requested_by <> :user AND coalesce(${approval}.chosen_by, '') <> :user
   AND NOT EXISTS (SELECT 1 FROM change_conflicts AS chosen WHERE chosen.change_id = ${approval}.change_id AND chosen.state = 'resolved' AND chosen.resolved_by = :user)`;
