/** chart.js with only the parts used, and the desk's own look. */
import { BarController, BarElement, CategoryScale, Chart, LinearScale, LineController, LineElement, PointElement, Tooltip } from 'chart.js';
import { useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { useMemo } from 'react';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, LineController, LineElement, PointElement, Tooltip);
Chart.defaults.font.family = "'Inter Variable', Inter, 'Segoe UI', system-ui, sans-serif";
Chart.defaults.font.size = 11;

const names = ['panel', 'ink', 'ink2', 'ink3', 'line', 'grid', 's1', 's1-soft', 's2', 's3', 's4', 's5', 's6'] as const;
export type ChartColours = Readonly<Record<(typeof names)[number], string>>;

/** The palette of the theme in force, as values a canvas understands. */
export function useChartColours(): ChartColours {
  const scheme = useComputedColorScheme('light');
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim() || (scheme === 'dark' ? '#fff' : '#000')])) as ChartColours;
  }, [scheme]);
}

/** Milliseconds of a chart’s change; none where the person asked for stillness. */
export function useChartMotion(): number {
  return useReducedMotion() ? 0 : 160;
}
