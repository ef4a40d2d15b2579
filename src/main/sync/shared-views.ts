/**
 * Views of lists shared with everybody who works in the same shared database (interface.md: saved views per person and shared). They are read from this desk's copy,
 * offline too; sharing and taking back need the line, since the shared database says whose a name is.
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork } from '../database/handles.ts';
import type { SharedView, SharedViewsDoor, ViewToShare } from './shared-views.ports.ts';
import { listSharedViews, removeSharedView, saveSharedView } from './shared-views.repository.ts';

export interface SharedViews {
  /** Whether there is anybody to share with. */
  readonly canShare: boolean;
  list(): readonly SharedView[];
  /** Replaces a view of the same list and name. @throws ValidationError `shared-views-alone`; what {@link SharedViewsDoor} throws. */
  share(view: Omit<ViewToShare, 'id'>): Promise<SharedView>;
  /** @throws as `share`. */
  withdraw(id: string): Promise<void>;
}

export interface SharedViewsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly newId: () => string;
  /** Null where no shared database is connected. */
  readonly door: SharedViewsDoor | null;
}

export function createSharedViews({ readable, unitOfWork, newId, door }: SharedViewsDependencies): SharedViews {
  function opened(): SharedViewsDoor {
    if (door) return door;
    throw new ValidationError('shared-views-alone', 'No shared database is connected, so there is nobody to share a view with.', { nextStep: 'Keep the view for yourself, or connect the shared database in Settings.' });
  }
  return {
    canShare: door !== null,
    list: () => listSharedViews(readable),
    async share(view) {
      const shared = await opened().share({ ...view, id: newId() }, newId());
      unitOfWork.run('shared-views.share', (database) => saveSharedView(database, shared));
      return shared;
    },
    async withdraw(id) {
      await opened().withdraw(id, newId());
      unitOfWork.run('shared-views.withdraw', (database) => removeSharedView(database, id));
    },
  };
}
