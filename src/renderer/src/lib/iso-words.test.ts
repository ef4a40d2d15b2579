import { expect, it } from 'vitest';
import { withLocalDates } from './iso-words.ts';

it.each([
  ['The recognition of 2023-12 has not run.', 'The recognition of Dec 2023 has not run.'],
  ['2026-10 ends with the day before 2026-11-01.', 'Oct 2026 ends with the day before Nov 1, 2026.'],
  ['ch_1 · 2026-11-18', 'ch_1 · Nov 18, 2026'],
  ['INV-2026-0001 and CN-2026-12', 'INV-2026-0001 and CN-2026-12'],
  ['API-202610-dp_pk_ABC', 'API-202610-dp_pk_ABC'],
  ['0004-2026-10-31x', '0004-2026-10-31x'],
])('reads “%s” as “%s”', (text, shown) => {
  expect(withLocalDates(text, 'en-US')).toBe(shown);
});
