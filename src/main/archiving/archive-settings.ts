/**
 * Where this desk keeps issued documents a second time. The secret key of a bucket lies in the secret store and belongs to the endpoint, bucket and key id it was entered for: another place gets it only
 * when it is entered again.
 */
import { isIP } from 'node:net';
import { isAbsolute, normalize } from 'node:path';
import { z } from 'zod';
import { StateError, ValidationError } from '../../shared/errors/errors.ts';
import type { SettingsPort } from './archiving.ports.ts';

export interface FolderPlace {
  readonly kind: 'folder';
  /** Absolute; it exists. */
  readonly folder: string;
}

export interface BucketPlace {
  readonly kind: 's3';
  /** `https://s3.eu-central-1.amazonaws.com`: without the bucket. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before each name; '' for none. */
  readonly prefix: string;
  readonly accessKeyId: string;
  /** `path`: the bucket is the first part of the path; `host`: it stands before the host's name. */
  readonly addressing: 'path' | 'host';
  /** Said by a person: the line to this endpoint may be readable on its way. */
  readonly allowsPlaintext: boolean;
}

export type ArchivePlace = FolderPlace | BucketPlace;

const storedPlace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), folder: z.string() }),
  z.object({ kind: z.literal('s3'), endpoint: z.string(), region: z.string(), bucket: z.string(), prefix: z.string(), accessKeyId: z.string(), addressing: z.enum(['path', 'host']), allowsPlaintext: z.boolean() }),
]);
const storedPause = z.object({ until: z.number(), failures: z.number().int(), code: z.string(), message: z.string() });
export type ArchivePause = z.infer<typeof storedPause>;

const placeName = 'archive_place';
const secretForName = 'archive_secret_for';
const pauseName = 'archive_pause';
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The rules for names of buckets that every S3 keeps. */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixShape = /^([A-Za-z0-9._-]+\/)*[A-Za-z0-9._-]+$/;

/** @throws ValidationError `archive-folder-invalid`, `archive-endpoint-invalid`, `archive-plaintext-refused`, `archive-bucket-invalid`, `archive-key-invalid`. */
export function checkedPlace(place: ArchivePlace): ArchivePlace {
  if (place.kind === 'folder') {
    if (!isAbsolute(place.folder) || place.folder.includes('\0')) throw new ValidationError('archive-folder-invalid', 'The folder of the archive is named by its whole path.', { nextStep: 'Enter a path from the root, such as /mnt/archive/invoices.' });
    return { kind: 'folder', folder: normalize(place.folder).replace(/(?<=.)[/\\]+$/, '') };
  }
  const endpoint = endpointOf(place.endpoint);
  if (endpoint.protocol === 'http:' && !loopback.test(endpoint.hostname) && !place.allowsPlaintext) {
    throw new ValidationError('archive-plaintext-refused', 'Without TLS, every invoice could be read on its way to this endpoint.', { nextStep: 'Use https://; or, on a network you trust, say that the line may be readable.' });
  }
  if (place.addressing === 'host' && isIP(endpoint.hostname.replace(/^\[|\]$/g, '')) !== 0) throw new ValidationError('archive-endpoint-invalid', 'The bucket cannot stand before the host’s name where the host is an address of numbers.', { nextStep: 'Enter the endpoint’s name, or let the bucket be the first part of the path.' });
  const isBucket = bucketName.test(place.bucket) && !place.bucket.includes('..');
  const prefix = place.prefix.replace(/^\/+|\/+$/g, '');
  if (!isBucket || (prefix !== '' && (!prefixShape.test(prefix) || prefix.length > 200 || prefix.split('/').some((part) => /^\.+$/.test(part))))) {
    throw new ValidationError('archive-bucket-invalid', 'This is not the name of a bucket, or not a prefix for names in it.', { nextStep: 'Buckets have small letters, digits, dots and dashes; a prefix has letters, digits, dots, dashes and underscores between slashes.' });
  }
  if (!/^[\x21-\x7e]{1,200}$/.test(place.accessKeyId) || !/^[A-Za-z0-9-]{1,60}$/.test(place.region)) throw new ValidationError('archive-key-invalid', 'The access key id or the region cannot be right.', { nextStep: 'Copy them from where the key was made; many stores take the region us-east-1.' });
  return { ...place, endpoint: endpoint.origin, prefix };
}

function endpointOf(text: string): URL {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ValidationError('archive-endpoint-invalid', 'This is not the address of an S3 endpoint.', { nextStep: 'Enter it without the bucket, such as https://s3.eu-central-1.amazonaws.com.' });
  }
  return url;
}

/** Names the place a document lies in; who signs there, and how, is no part of it. */
export function destinationOf(place: ArchivePlace): string {
  return place.kind === 'folder' ? `folder:${place.folder}` : `s3:${place.endpoint}/${place.bucket}${place.prefix === '' ? '' : `/${place.prefix}`}`;
}

/** What the secret key was entered for. */
const doorOf = ({ endpoint, bucket, accessKeyId }: BucketPlace): string => JSON.stringify([endpoint, bucket, accessKeyId]);

export interface ArchiveSettings {
  /** null: nothing is archived by this desk. */
  read(): ArchivePlace | null;
  /** null ends archiving; what lies there stays. @throws as {@link checkedPlace}. */
  save(place: ArchivePlace | null): void;
  isSecretFor(place: BucketPlace): boolean;
  noteSecretFor(place: BucketPlace): void;
  /** While this desk leaves the place alone. */
  pause(): ArchivePause | null;
  setPause(pause: ArchivePause | null): void;
}

export function createArchiveSettings(preferences: SettingsPort): ArchiveSettings {
  return {
    read: () => storedPlace.safeParse(parsed(preferences.get(placeName))).data ?? null,
    save: (place) => preferences.keep({ [placeName]: place ? JSON.stringify(checkedPlace(place)) : '', [pauseName]: '' }),
    isSecretFor: (place) => preferences.get(secretForName) === doorOf(place),
    noteSecretFor: (place) => preferences.keep({ [secretForName]: doorOf(place), [pauseName]: '' }),
    pause: () => storedPause.safeParse(parsed(preferences.get(pauseName))).data ?? null,
    setPause: (pause) => preferences.keep({ [pauseName]: pause ? JSON.stringify(pause) : '' }),
  };
}

/** @throws StateError `archive-not-set-up`. */
export function mustBeSetUp(settings: Pick<ArchiveSettings, 'read'>): ArchivePlace {
  const place = settings.read();
  if (!place) throw new StateError('archive-not-set-up', 'No archive is set up on this desk.', { nextStep: 'Choose a folder or a bucket in Settings, Archive.' });
  return place;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text || 'null');
  } catch {
    return null;
  }
}
