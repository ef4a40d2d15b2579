import { usePreferences } from '../lib/preferences.tsx';

/** A count in the person's locale. */
export function NumberText({ value }: { value: number }) {
  const { locale } = usePreferences();
  return <span className="nowrap">{new Intl.NumberFormat(locale).format(value).replace('-', '−')}</span>;
}
