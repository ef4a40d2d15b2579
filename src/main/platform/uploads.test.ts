import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeTemporaryFolder } from '../testing/temporary-folder.ts';
import { createUploads } from './uploads.ts';

const id = '0198b6f0-0000-7000-8000-000000000001';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const refusedAs = (code: string): Error => expect.objectContaining({ code }) as Error;

it('puts parts together, each once, and is gone when it was taken', () => {
  using place = makeTemporaryFolder();
  const uploads = createUploads(place.path);
  expect(uploads.append(id, 0, bytes('Date,'))).toBe(5);
  expect(uploads.append(id, 5, bytes('USD,ü'))).toBe(11);
  expect(uploads.append(id, 5, bytes('USD,ü'))).toBe(11); // a reply was lost
  expect(statSync(join(place.path, 'uploads', id)).mode & 0o777).toBe(0o600);
  expect(() => uploads.append(id, 20, bytes('x'))).toThrow(refusedAs('upload-broken'));
  expect(uploads.take(id)).toBe('Date,USD,ü');
  expect(() => uploads.take(id)).toThrow(refusedAs('upload-missing'));
});

it('takes no other names, no more than 32 MB, and forgets what nobody took', () => {
  using place = makeTemporaryFolder();
  const uploads = createUploads(place.path);
  for (const name of ['../owner.json', '', 'x']) expect(() => uploads.append(name, 0, bytes('x'))).toThrow(refusedAs('upload-missing'));
  uploads.append(id, 0, Buffer.alloc(32 * 1024 * 1024));
  expect(() => uploads.append(id, 32 * 1024 * 1024, bytes('x'))).toThrow(refusedAs('upload-too-large'));
  expect(readdirSync(join(place.path, 'uploads'))).toEqual([]);
  uploads.append(id, 0, bytes('x'));
  utimesSync(join(place.path, 'uploads', id), 0, 0);
  uploads.append(id.replace(/1$/, '2'), 0, bytes('x'));
  expect(readdirSync(join(place.path, 'uploads'))).toEqual([id.replace(/1$/, '2')]);
});

it('forgets what nobody took without another file coming: at a start, and when it is told to', () => {
  using place = makeTemporaryFolder();
  const left = (): string[] => readdirSync(join(place.path, 'uploads'));
  const first = createUploads(place.path);
  const leave = (): void => {
    first.append(id, 0, bytes('x'));
    utimesSync(join(place.path, 'uploads', id), 0, 0);
  };
  leave();
  createUploads(place.path);
  expect(left()).toEqual([]);
  leave();
  first.forgetOld();
  expect(left()).toEqual([]);
});
