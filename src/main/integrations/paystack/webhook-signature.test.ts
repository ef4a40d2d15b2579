import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkPaystackSignature } from './webhook-signature.ts';

const key = 'sk_test_new';
const body = '{"event":"charge.success","data":{"id":302961,"domain":"live","amount":10000}}';
const sign = (secretKey = key, text: string | Buffer = body): string => createHmac('sha512', secretKey).update(text).digest('hex');
const check = (header: string | undefined, secretKeys: readonly string[] = [key], text: string | Buffer = body) => checkPaystackSignature({ body: Buffer.from(text), header, secretKeys });

describe('a Paystack signature', () => {
  test.each([
    ['as Paystack writes it', sign(), [key], 'genuine'],
    ['in capitals', sign().toUpperCase(), [key], 'genuine'],
    ['of the old key while the new one is rolled in', sign('sk_test_old'), [key, 'sk_test_old'], 'genuine'],
    ['of the old key afterwards', sign('sk_test_old'), [key], 'signature-mismatch'],
    ['of another body', sign(key, `${body}\n`), [key], 'signature-mismatch'],
    ['by SHA-256', createHmac('sha256', key).update(body).digest('hex'), [key], 'signature-malformed'],
    ['too long', `${sign()}00`, [key], 'signature-malformed'],
    ['twice in one header', `${sign()}, ${sign()}`, [key], 'signature-malformed'],
    ['not there', undefined, [key], 'signature-missing'],
    ['empty', '', [key], 'signature-missing'],
    ['where no key is known', sign(), [], 'signature-mismatch'],
  ] as const)('%s', (_, header, keys, verdict) => expect(check(header, keys)).toBe(verdict));

  test('is of the bytes, not of what they say', () => {
    const spaced = JSON.stringify(JSON.parse(body), null, 2);
    expect(check(sign(), [key], spaced)).toBe('signature-mismatch');
    expect(check(sign(key, spaced), [key], spaced)).toBe('genuine');
  });

  // Computed with another tool: printf '%s' '{"event":"x"}' | openssl dgst -sha512 -hmac sk_test_vector
  test('is the one other tools compute', () => {
    const expected = '4530c1e34b4b24d23f3273af306f342b45ba7b6b7734a74145f78bf3bcebc43e26a00b42bae4f7ed453be5ac3be424141d42c89aafe2a3fcc1ae2db676bacff3';
    expect(check(expected, ['sk_test_vector'], '{"event":"x"}')).toBe('genuine');
  });
});
