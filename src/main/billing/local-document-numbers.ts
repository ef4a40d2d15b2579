/** Document numbers of a desk of its own: the local twin gives them, and is always reached. */
import type { UnitOfWork } from '../database/handles.ts';
import { newId } from '../platform/ids.ts';
import type { DocumentNumbers } from './document-numbers.ports.ts';
import type { LocalNumberAuthority } from './local-number-authority.ts';

export interface LocalDocumentNumbersDependencies {
  readonly unitOfWork: UnitOfWork;
  readonly authority: LocalNumberAuthority;
  /** Asked before each act. @throws once this desk joins a shared ledger: a number given here would be given a second time there. Left out: it stays alone. */
  readonly assertAlone?: () => void;
}

export function createLocalDocumentNumbers({ unitOfWork, authority, assertAlone = () => {} }: LocalDocumentNumbersDependencies): DocumentNumbers {
  const allocateHere: DocumentNumbers['allocateHere'] = (database, request) => {
    assertAlone();
    return authority.number(database, request);
  };
  return {
    kind: 'local',
    allocate: async (request) => unitOfWork.run('numbers.allocate', (database) => allocateHere(database, request)),
    allocateHere,
    find: authority.find,
    onlineOrHere: async (_documentId, _online, here) => here(),
    async lease(request) {
      assertAlone();
      return authority.lease({ ...request, requestId: newId() });
    },
    async return({ blockId, reason }) {
      assertAlone();
      const { block, backToSeries, gaps } = await authority.return({ blockId, reason, isCertain: true, uses: [], requestId: newId() });
      return { block, backToSeries, gaps };
    },
    reportUses: async () => ({ recorded: 0, refused: 0 }),
    overview: async () => ({ kind: 'local', isOnline: true, ...(await authority.standing()), openUses: [] }),
    gaps: (filter) => authority.gaps(filter),
  };
}
