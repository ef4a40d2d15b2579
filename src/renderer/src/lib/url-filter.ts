/** Filters live in the address, so that Back, bookmarks and colleagues see the same list. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { localDate } from '../../../shared/calendar/local-date.ts';

type FilterPatch<Name extends string> = Partial<Record<Name, string | null>>;

/**
 * The named query parameters and a function that changes some of them (null removes one). Typing replaces the history entry; a choice adds one.
 */
export function useUrlFilter<Name extends string>(names: readonly Name[]): [Partial<Record<Name, string>>, (patch: FilterPatch<Name>, how?: { replace?: boolean }) => void] {
  const [parameters, setParameters] = useSearchParams();
  const signature = names.map((name) => parameters.get(name) ?? '').join('\u0000');
  const filter = useMemo(() => {
    const values: Partial<Record<Name, string>> = {};
    const parts = signature.split('\u0000');
    names.forEach((name, index) => {
      const value = parts[index];
      if (value) values[name] = value;
    });
    return values;
    // The names of a screen never change while it is shown.
  }, [signature]);
  const change = useCallback((patch: FilterPatch<Name>, how: { replace?: boolean } = {}) => {
    setParameters((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries(patch) as [string, string | null | undefined][]) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return next;
    }, { replace: how.replace ?? false, preventScrollReset: true });
  }, [setParameters]);
  return [filter, change];
}

/** A parameter as one of the values allowed, else nothing: an address typed by hand never breaks a screen. */
export function oneOf<const Value extends string>(allowed: readonly Value[], text: string | undefined): Value | undefined {
  return allowed.find((value) => value === text);
}

/** A parameter as a day of the calendar that is not after `last`, else nothing. */
export function dayUpTo(last: string, text: string | undefined): string | undefined {
  if (text === undefined || text > last) return undefined;
  try {
    return localDate(text);
  } catch {
    return undefined;
  }
}

/** Leaves out what is undefined: what is not asked for is not sent. */
export function definedOnly<Value extends object>(value: Value): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && each !== '')) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> };
}
