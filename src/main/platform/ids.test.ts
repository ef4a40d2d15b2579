import { v5 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { idFromKey } from './ids.ts';

const daybookNamespace = '5d9a3c1e-7c0b-5b0e-9f0d-2f6a5b7c8d11';

describe('the id of a key', () => {
  it.each(['', 'a', 'stripe/acct_1/test/balance_transaction/txn_1/payment', 'Zürich/日本/😀', 'x'.repeat(1_365), 'x'.repeat(1_366), '€'.repeat(5_000)])('is the UUIDv5 of %.20s', (key) => {
    expect(idFromKey(key)).toBe(v5(key, daybookNamespace));
  });
  it('stays what it was: other desks have made the same one', () => {
    expect(idFromKey('stripe/acct_1/test/charge/ch_1/payment')).toBe('89b10fd6-8e00-5c8f-b481-14cc83ee004b');
  });
});
