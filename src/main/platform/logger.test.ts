import { describe, expect, test } from 'vitest';
import { redact, redactText } from './logger.ts';

describe('a text for the log', () => {
  test.each([
    ['sk_live_51AbC_dEf-123 was used', 'sk_live_… was used'],
    ['rk_test_51AbC', 'rk_test_…'],
    ['sk_org_live_abc', 'sk_org_live_…'],
    ['whsec_ab+c/d=', 'whsec_…'],
    ['postgres://amara:hunter2@db.example/daybook', 'postgres://amara:…@db.example/daybook'],
    ['postgres://:hunter2@db.example/daybook', 'postgres://:…@db.example/daybook'],
    ['postgres://amara:hun@ter:2@db.example/daybook', 'postgres://amara:…@db.example/daybook'],
    ['postgres://db.example/daybook?user=amara&password=hunter2&sslmode=require', 'postgres://db.example/daybook?user=amara&password=…&sslmode=require'],
    ['host=db password=hunter2 user=amara', 'host=db password=… user=amara'],
    ['Authorization: Bearer abc.d~e+f/g=', 'Authorization: Bearer …'],
    ['Basic c2tfdGVzdF94Og==', 'Basic …'],
    ['http://127.0.0.1:4000/start#AbC-d_e', 'http://127.0.0.1:4000/start#…'],
    ['API-202610-dp_pk_ABC of Titlesure, mail ap@titlesure.example', 'API-202610-dp_pk_ABC of Titlesure, mail ap@titlesure.example'],
  ])('%s', (text, written) => expect(redactText(text)).toBe(written));
});

describe('fields for the log', () => {
  test('that are named like secrets go whole, whatever they hold', () => {
    expect(redact({ apiKey: 'abc', cookie: ['a', 'b'], password: { value: 'x' }, hasStripeKey: true, keyCount: 3, note: 'kept' })).toEqual({ apiKey: '…', cookie: '…', password: '…', hasStripeKey: true, keyCount: 3, note: 'kept' });
  });

  test('that lie too deep to be looked through are left out', () => {
    const deep = { a: { b: { c: { d: { e: { f: { g: { h: 'sk_live_hidden', i: 'hunter2' } } } } } } } };
    expect(JSON.stringify(redact(deep))).not.toMatch(/hidden|hunter2/);
  });

  test('of errors keep what happened, without the secret in it', () => {
    const written = JSON.stringify(redact({ error: new Error('connect postgres://u:hunter2@h failed', { cause: new Error('key rk_live_hidden') }) }));
    expect(written).toContain('postgres://u:…@h failed');
    expect(written).not.toMatch(/hidden|hunter2/);
  });
});
