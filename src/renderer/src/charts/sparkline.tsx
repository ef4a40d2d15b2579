/** The course of a figure in one stroke, from its own lowest to its highest; the figure and its change stand beside it as text. */
const width = 160;
const height = 18;

/** Points of a line that fills the box, as SVG writes them; a course without a change lies in the middle. */
export function sparklinePoints(values: readonly number[]): string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const step = (width - 4) / Math.max(1, values.length - 1);
  return values.map((value, index) => `${(2 + index * step).toFixed(1)},${(span === 0 ? height / 2 : height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`).join(' ');
}

/** Without at least two values there is no course. `null` values, where a ratio is not applicable, are left out. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const points = sparklinePoints(known);
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <polyline points={points} fill="none" stroke="var(--s1)" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
