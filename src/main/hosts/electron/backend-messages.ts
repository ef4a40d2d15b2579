/**
 * What Electron's main process and the backend's process say to each other. Calls of the API never pass here: they have ports of their own.
 */
import type { ErrorOnTheWire } from '../../../shared/errors/errors.ts';
import type { SecretName, SecretValues } from '../../platform/secrets.ts';

export type ToBackend =
  | { readonly kind: 'start'; readonly dataFolder: string; readonly secrets: { readonly place: string; readonly values: SecretValues } }
  /** With one port: serve it. */
  | { readonly kind: 'serve' }
  | { readonly kind: 'secret-kept'; readonly id: string; readonly error: ErrorOnTheWire | null }
  | { readonly kind: 'close' };

export type FromBackend =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: ErrorOnTheWire }
  | { readonly kind: 'keep-secret'; readonly id: string; readonly name: SecretName; readonly value: string }
  | { readonly kind: 'closed' };
