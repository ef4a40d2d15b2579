import type { WorkbenchDetail } from '../../../../shared/api/workbench.contract.ts';
import { shortId } from '../../components/entity-link.tsx';

export type DiscrepancyDetail = WorkbenchDetail;

const longestName = 72;

/** How a title calls it: an id is shortened, and of a bank line the first words; both stand whole in the panel. */
export function titleOf({ objectId, objectName }: Pick<DiscrepancyDetail, 'objectId' | 'objectName'>): string {
  if (objectName === objectId) return shortId(objectId);
  return objectName.length > longestName ? `${objectName.slice(0, longestName - 1).trimEnd()}…` : objectName;
}
