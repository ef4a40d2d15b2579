import type { WorkbenchDetail } from '../../../../shared/api/workbench.contract.ts';

export type DiscrepancyDetail = WorkbenchDetail;
