import type { WorkbenchDetail } from '../../../../shared/api/workbench.contract.ts';
import { shortId } from '../../components/entity-link.tsx';

export type DiscrepancyDetail = WorkbenchDetail;

const longestName = 72;

/** What a person calls the object in a list: a bank line by its words, anything else by its id, shortened. */
export const objectText = ({ objectId, objectName }: Pick<DiscrepancyDetail, 'objectId' | 'objectName'>): string => (objectName === objectId ? shortId(objectId) : objectName);

/** How a title calls it: an id is shortened, and of a bank line the first words; both stand whole in the panel. */
export function titleOf(discrepancy: Pick<DiscrepancyDetail, 'objectId' | 'objectName'>): string {
  const text = objectText(discrepancy);
  return text.length > longestName ? `${text.slice(0, longestName - 1).trimEnd()}…` : text;
}
