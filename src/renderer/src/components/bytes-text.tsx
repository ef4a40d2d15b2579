import { usePreferences } from '../lib/preferences.tsx';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** The size of a file as a person reads it; the exact bytes in the tooltip. */
export function BytesText({ value }: { value: number }) {
  const { locale } = usePreferences();
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) { size /= 1000; unit += 1; }
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit: units[unit] ?? 'byte', unitDisplay: unit === 0 ? 'long' : 'short', maximumFractionDigits: size < 10 && unit > 0 ? 1 : 0 });
  return <span className="nowrap" title={`${new Intl.NumberFormat(locale).format(value)} bytes`}>{format.format(size)}</span>;
}
