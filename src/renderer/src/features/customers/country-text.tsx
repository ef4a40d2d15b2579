import { usePreferences } from '../../lib/preferences.tsx';

/** 'IE' → 'Ireland', in the person's language. */
export function CountryText({ code }: { code: string | null }) {
  const { locale } = usePreferences();
  if (code === null) return <span className="muted">—</span>;
  return <span title={code}>{/^[A-Z]{2}$/.test(code) ? new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code : code}</span>;
}
