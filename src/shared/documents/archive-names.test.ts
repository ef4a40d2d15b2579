import { expect, test } from 'vitest';
import { archiveNames } from './archive-names.ts';

test('a name that is taken is counted on, in whatever case, also past names that look counted', () => {
  const free = archiveNames();
  expect(['a.pdf', 'A.pdf', 'a-2.pdf', 'a.pdf', 'b', 'b', '.pdf', '.pdf'].map(free)).toEqual(['a.pdf', 'A-2.pdf', 'a-2-2.pdf', 'a-3.pdf', 'b', 'b-2', '.pdf', '.pdf-2']);
});
