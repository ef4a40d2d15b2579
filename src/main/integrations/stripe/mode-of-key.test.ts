import { describe, expect, it } from 'vitest';
import { modeOfKey } from './stripe-client.ts';

describe('the mode of a key', () => {
  it.each([['rk_test_51Abc', 'test'], ['sk_test_51Abc', 'test'], [' rk_live_51Abc\n', 'live'], ['sk_live_a', 'live']])('%j is of %s mode', (key, mode) => {
    expect(modeOfKey(key)).toBe(mode);
  });

  it.each(['pk_test_51Abc', 'whsec_51Abc', 'rk_test_', 'rk_test_with spaces', 'rk_test_\u202e51Abc', 'rk_test_51Abc\u200b', 'rk_test_51Äbc', 'rk_test_51\u0000Abc', 'rk_other_51Abc', 'RK_TEST_51Abc', '<img src=x>'])('%j is no key, and said to be none before anything is sent', (key) => {
    expect(() => modeOfKey(key)).toThrow(expect.objectContaining({ code: 'stripe-key-invalid' }));
  });

  it.each([undefined, '', ' \n'])('%j is none yet', (key) => {
    expect(() => modeOfKey(key)).toThrow(expect.objectContaining({ code: 'stripe-key-missing' }));
  });
});
