import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { checkStripeSignature, signatureToleranceSeconds } from './webhook-signature.ts';

const published = [process.env['DAYBOOK_SHARED'], ...['../../../../../shared', '../../../../../../shared'].map((path) => resolve(import.meta.dirname, path))]
  .filter((folder) => folder !== undefined)
  .map((folder) => join(folder, 'data/stripe/signature-vector.body.json'))
  .find((file) => existsSync(file));

const secret = 'whsec_new';
const body = '{\n  "id": "evt_1", "note": "\u20a6 \u201cquoted\u201d"\n}';
const nowSeconds = 1_763_473_540;
const v1 = (key = secret, seconds: number | string = nowSeconds, text = body): string => createHmac('sha256', key).update(`${seconds}.${text}`).digest('hex');
const check = (header: string | undefined, change: Partial<Parameters<typeof checkStripeSignature>[0]> = {}) => checkStripeSignature({ body: Buffer.from(body), header, secrets: [secret], nowSeconds, ...change });

describe('a Stripe signature', () => {
  test.each([
    ['as Stripe writes it', `t=${nowSeconds},v1=${v1()}`],
    ['with spaces', ` t=${nowSeconds}, v1=${v1()} `],
    ['beside another scheme', `t=${nowSeconds},v1=${v1()},v0=${'a'.repeat(64)}`],
    ['behind one of another secret', `t=${nowSeconds},v1=${v1('whsec_old')},v1=${v1()}`],
    ['before one of another secret', `t=${nowSeconds},v1=${v1()},v1=${v1('whsec_old')}`],
    ['beside one that is none', `t=${nowSeconds},v1=short,v1=${v1()}`],
  ])('is genuine %s', (_, header) => expect(check(header)).toBe('genuine'));

  test.each([
    ['no header', undefined, 'signature-missing'],
    ['an empty header', '  ', 'signature-missing'],
    ['no time', `v1=${v1()}`, 'signature-malformed'],
    ['two times', `t=${nowSeconds},t=${nowSeconds},v1=${v1()}`, 'signature-malformed'],
    ['a time that is none', `t=now,v1=${v1(secret, 'now')}`, 'signature-malformed'],
    ['a negative time', `t=-5,v1=${v1(secret, '-5')}`, 'signature-malformed'],
    ['no signature', `t=${nowSeconds}`, 'signature-malformed'],
    ['a part without a value', `t=${nowSeconds},v1`, 'signature-malformed'],
    ['only the scheme of test events', `t=${nowSeconds},v0=${v1()}`, 'signature-malformed'],
    ['one digit too few', `t=${nowSeconds},v1=${v1().slice(1)}`, 'signature-malformed'],
    ['another secret', `t=${nowSeconds},v1=${v1('whsec_other')}`, 'signature-mismatch'],
    ['the empty secret', `t=${nowSeconds},v1=${v1('')}`, 'signature-mismatch'],
    ['another time than the one signed', `t=${nowSeconds - 1},v1=${v1()}`, 'signature-mismatch'],
    ['the same time written otherwise', `t=0${nowSeconds},v1=${v1()}`, 'signature-mismatch'],
    ['another body', `t=${nowSeconds},v1=${v1(secret, nowSeconds, `${body} `)}`, 'signature-mismatch'],
  ])('is refused with %s', (_, header, verdict) => expect(check(header)).toBe(verdict));

  test.each([
    ['as old as may be', -signatureToleranceSeconds, 'genuine'],
    ['a second older', -signatureToleranceSeconds - 1, 'signature-outside-tolerance'],
    ['ahead of us by as much', signatureToleranceSeconds, 'genuine'],
    ['a second further ahead', signatureToleranceSeconds + 1, 'signature-outside-tolerance'],
  ])('%s', (_, offset, verdict) => {
    const seconds = nowSeconds + offset;
    expect(check(`t=${seconds},v1=${v1(secret, seconds)}`)).toBe(verdict);
  });

  test('during a rotation holds with either secret, and afterwards no longer with the old one', () => {
    const [ofOld, ofNew, ofBoth] = [`t=${nowSeconds},v1=${v1('whsec_old')}`, `t=${nowSeconds},v1=${v1()}`, `t=${nowSeconds},v1=${v1('whsec_old')},v1=${v1()}`];
    for (const header of [ofOld, ofNew, ofBoth]) expect(check(header, { secrets: [secret, 'whsec_old'] })).toBe('genuine');
    expect(check(ofOld)).toBe('signature-mismatch');
    expect(check(ofBoth)).toBe('genuine');
    expect(check(ofNew, { secrets: [] })).toBe('signature-mismatch');
  });

  test('is the one Stripe’s own library makes, and ours is one it accepts', () => {
    const text = '{"id":"evt_test_webhook","object":"event"}';
    const header = Stripe.webhooks.generateTestHeaderString({ payload: text, secret: 'whsec_test_secret', timestamp: 1_533_204_620 });
    expect(checkStripeSignature({ body: Buffer.from(text), header, secrets: ['whsec_test_secret'], nowSeconds: 1_533_204_700 })).toBe('genuine');
    expect(Stripe.webhooks.constructEvent(body, `t=${nowSeconds},v1=${v1()}`, secret, Number.POSITIVE_INFINITY)).toMatchObject({ id: 'evt_1' });
  });

  test.skipIf(published === undefined)('is the one another project published (skipped unless the material lies beside the repository or DAYBOOK_SHARED names it)', () => {
    const header = 't=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7';
    const vector = { body: readFileSync(published ?? ''), header, secrets: ['webhook_secret'] };
    expect(checkStripeSignature({ ...vector, nowSeconds: 1_533_204_630 })).toBe('genuine');
    expect(checkStripeSignature({ ...vector, nowSeconds: 1_533_205_000 })).toBe('signature-outside-tolerance');
  });

  test('of bytes that are no text is checked all the same', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    const header = `t=${nowSeconds},v1=${createHmac('sha256', secret).update(`${nowSeconds}.`).update(bytes).digest('hex')}`;
    expect(check(header, { body: bytes })).toBe('genuine');
  });
});
