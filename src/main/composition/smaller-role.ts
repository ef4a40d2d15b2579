/** What becomes of work that a desk has for the shared database when its person's role shrank meanwhile. */
import { PermissionError } from '../../shared/errors/errors.ts';

/**
 * What the role may no longer send stays on this desk, and the sync goes on with what it may read: else nothing new would come any more, to any desk of a smaller role.
 * @returns null where the shared database did not permit it. @throws everything else that `send` throws.
 */
export async function unlessForbidden<Result>(send: () => Promise<Result>): Promise<Result | null> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof PermissionError && error.code === 'postgres-not-permitted') return null;
    throw error;
  }
}
