import { afterAll, test } from 'vitest';
import { makeTemporaryFolder } from '../src/main/testing/temporary-folder.ts';
import { expectWholeMonth } from './testing/whole-month.ts';

const folder = makeTemporaryFolder();
afterAll(() => folder[Symbol.dispose]());

test.each([2, 3])('the medium company, seed %i: every figure equals the manifest', (seed) => expectWholeMonth({ data: folder.path, size: 'medium', seed }));
