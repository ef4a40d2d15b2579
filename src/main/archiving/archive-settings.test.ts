import { describe, expect, test } from 'vitest';
import { checkedPlace, destinationOf, type BucketPlace } from './archive-settings.ts';

const bucket: BucketPlace = { kind: 's3', endpoint: 'https://s3.eu-central-1.amazonaws.com', region: 'eu-central-1', bucket: 'meridian-invoices', prefix: '', accessKeyId: 'AKIA', addressing: 'host', allowsPlaintext: false };

describe('where documents are archived', () => {
  test('a place is kept tidied and named without what signs there', () => {
    expect(checkedPlace({ kind: 'folder', folder: '/mnt//archive/' })).toEqual({ kind: 'folder', folder: '/mnt/archive' });
    const place = checkedPlace({ ...bucket, endpoint: ' https://S3.example.com/ ', prefix: '/ar/2026/' });
    expect(place).toMatchObject({ endpoint: 'https://s3.example.com', prefix: 'ar/2026' });
    expect([destinationOf(place), destinationOf({ kind: 'folder', folder: '/mnt/archive' })]).toEqual(['s3:https://s3.example.com/meridian-invoices/ar/2026', 'folder:/mnt/archive']);
    expect(destinationOf(checkedPlace({ ...bucket, accessKeyId: 'OTHER', addressing: 'path' }))).toBe(destinationOf(bucket));
  });

  test.each<[string, Partial<BucketPlace>, string]>([
    ['an endpoint with a bucket in it', { endpoint: 'https://s3.example.com/bucket' }, 'archive-endpoint-invalid'], ['an endpoint with a login', { endpoint: 'https://a:b@s3.example.com' }, 'archive-endpoint-invalid'], ['a bucket before numbers', { endpoint: 'https://192.168.1.9:9000' }, 'archive-endpoint-invalid'], ['no address', { endpoint: 's3.example.com' }, 'archive-endpoint-invalid'],
    ['a readable line to another machine', { endpoint: 'http://s3.example.com' }, 'archive-plaintext-refused'], ['a bucket with capitals', { bucket: 'Invoices' }, 'archive-bucket-invalid'], ['a bucket that climbs', { bucket: 'a..b' }, 'archive-bucket-invalid'],
    ['a prefix that climbs', { prefix: 'ar/../other' }, 'archive-bucket-invalid'], ['a prefix with a query', { prefix: 'ar?x' }, 'archive-bucket-invalid'], ['a key of two lines', { accessKeyId: 'A\r\nB' }, 'archive-key-invalid'], ['no region', { region: '' }, 'archive-key-invalid'],
  ])('%s is refused', (_, changes, code) => {
    expect(() => checkedPlace({ ...bucket, ...changes })).toThrow(expect.objectContaining({ code }));
  });

  test('a line that may be readable is one to this machine, or one a person said so of; a folder is named whole', () => {
    for (const endpoint of ['http://localhost:9000', 'http://127.0.0.1:9000', 'http://[::1]:9000']) expect(() => checkedPlace({ ...bucket, endpoint, addressing: 'path' })).not.toThrow();
    expect(() => checkedPlace({ ...bucket, endpoint: 'http://s3.lan', allowsPlaintext: true })).not.toThrow();
    expect(() => checkedPlace({ kind: 'folder', folder: 'archive' })).toThrow(expect.objectContaining({ code: 'archive-folder-invalid' }));
  });
});
