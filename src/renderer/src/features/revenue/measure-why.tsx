import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { screenFigureSchema } from '../../../../shared/api/revenue-screens.contract.ts';
import { WhyButton } from '../../components/why-popover.tsx';
import { useApi } from '../../lib/api/api-context.tsx';
import { measureNames } from '../../../../shared/revenue/measure-names.ts';
import type { MeasureFigure } from './measure-words.ts';
import type { MeasureView } from './use-standpoint.ts';

interface MeasureWhyProps {
  figure: MeasureFigure;
  from: string;
  to: string;
  view: MeasureView;
  /** Left out: the figure's own name. */
  label?: string;
  onList?: (() => void) | undefined;
  children?: ReactNode;
}

/** “Why” of a figure of months, under what is looked at. */
export function MeasureWhy({ figure, from, to, view, label, onList, children }: MeasureWhyProps) {
  const { client, queries } = useApi();
  const input = { figure, from, to, ...view };
  return <WhyButton questionKey={queries.revenueMeasures.why.queryKey({ input })} ask={() => client.revenueMeasures.why(input)} label={label ?? measureNames[figure]} onList={onList}>{children}</WhyButton>;
}

/** “Why” of a figure that is no measure of its own: a share, a cell of the cohort table, deferred revenue. */
export function ScreenWhy({ figure: input, label, onList, children }: { figure: z.input<typeof screenFigureSchema>; label: string; onList?: (() => void) | undefined; children?: ReactNode }) {
  const { client, queries } = useApi();
  return <WhyButton questionKey={queries.revenueScreens.why.queryKey({ input })} ask={() => client.revenueScreens.why(input)} label={label} onList={onList}>{children}</WhyButton>;
}
