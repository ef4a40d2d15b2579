import { describe, expect, test } from 'vitest';
import { settingsContract } from './system.contract.ts';

const input = settingsContract.setPersonal['~orpc'].inputSchema;
const commandId = '0198c0de-0000-7000-8000-000000000001';

describe('the language of the screens', () => {
  test.each(['en-US', 'de-DE', 'ar-EG-u-nu-arab'])('%s is taken', (locale) => expect(input?.safeParse({ commandId, locale }).success).toBe(true));
  test.each(['"><script>', '', 'nonsense nonsense', 'x'.repeat(40), '../../etc'])('%j is refused: no amount could be written by it', (locale) => expect(input?.safeParse({ commandId, locale }).success).toBe(false));
});
