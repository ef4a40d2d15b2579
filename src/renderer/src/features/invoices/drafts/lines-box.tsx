import { useQuery } from '@tanstack/react-query';
import { Box } from '../../../components/screen.tsx';
import { useApi } from '../../../lib/api/api-context.tsx';
import type { DeskState, DraftDesk } from './draft-desk.ts';
import { LineRow } from './line-row.tsx';
import { hasUnsaved } from './totals-box.tsx';
import { NewLineRow } from './new-line-row.tsx';

/** The lines of a draft, each cell edited where it stands. */
export function LinesBox({ desk, state }: { desk: DraftDesk; state: DeskState }) {
  const { queries } = useApi();
  const { view, held } = state;
  // Rates of tax are a choice more, not what editing waits for.
  const rates = useQuery(queries.invoices.taxRates.queryOptions({ input: view.issueDate === null ? {} : { on: view.issueDate }, staleTime: Number.POSITIVE_INFINITY })).data ?? [];
  const move = (lineId: string, delta: 1 | -1) => {
    const ids = view.lines.map((line) => line.id);
    const from = ids.indexOf(lineId);
    const to = from + delta;
    if (from === -1 || to < 0 || to >= ids.length) return;
    const focused = document.activeElement;
    desk.act([{ kind: 'order-lines', lineIds: ids.with(from, ids[to] ?? '').with(to, lineId) }]);
    // Moving a row takes the keyboard away from what is in it.
    requestAnimationFrame(() => { if (focused instanceof HTMLElement && focused.isConnected) focused.focus(); });
  };
  return (
    <Box title="Lines" note={<>{view.currency.toUpperCase()}, prices {view.priceMode === 'inclusive' ? 'with' : 'without'} tax</>}>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Lines of the draft">
        <table className="plain draft-lines">
          <thead>
            <tr><th scope="col"><span className="visually-hidden">Order</span></th><th scope="col">What</th><th scope="col" className="num">Quantity</th><th scope="col" className="num">Price</th><th scope="col" className="num">Discount</th><th scope="col">Tax</th><th scope="col" className="num">Amount</th><th scope="col"><span className="visually-hidden">What to do</span></th></tr>
          </thead>
          <tbody>
            {view.lines.map((line, index) => <LineRow key={line.id} draft={view} line={line} index={index} desk={desk} isHeld={line.id in held} isSaved={!hasUnsaved(state)} rates={rates} onMove={move} />)}
            <NewLineRow desk={desk} currency={view.currency} />
          </tbody>
        </table>
      </div>
    </Box>
  );
}
