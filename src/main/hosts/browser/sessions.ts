/**
 * Who may come in: start tokens that work once and for a minute, and the sessions they become (architecture.md §12, Browser host).
 * Only hashes are held, so a look into memory or a dump gives no key.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

export const startTokenLifeMs = 60_000;
export const sessionIdleMs = 8 * 60 * 60 * 1000;
/** More than these at once are nobody's honest use; the oldest go. */
const mostStartTokens = 64;
const mostSessions = 64;

export interface SessionKeys {
  /** Value of the cookie: shows that a request comes from the browser that redeemed the token. */
  readonly cookie: string;
  /** Said in the socket's first message: cookies are shared by all ports of a host, this is not. */
  readonly secret: string;
}

export interface Session {
  /** Whether the socket's first message carried this session's secret. */
  hasSecret(secret: string): boolean;
  /** Somebody is there: the eight idle hours begin anew. */
  touch(): void;
  isAlive(): boolean;
}

export interface Sessions {
  /** A token of 256 bits, good for one redemption within 60 seconds. */
  createStartToken(): string;
  /** A new session for a token, null when it is unknown, used or too old. */
  redeem(token: string): SessionKeys | null;
  /** The living session of a cookie, null when there is none. */
  find(cookie: string): Session | null;
}

export interface SessionsOptions {
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

interface HeldSession {
  readonly secretHash: Buffer;
  lastUsedMs: number;
}

export function createSessions({ nowMs, randomBytes }: SessionsOptions): Sessions {
  const startTokens = new Map<string, number>();
  const sessions = new Map<string, HeldSession>();
  const newKey = () => randomBytes(32).toString('base64url');
  const isFresh = (held: HeldSession) => nowMs() - held.lastUsedMs < sessionIdleMs;

  return {
    createStartToken() {
      const token = newKey();
      startTokens.set(hashOf(token).toString('hex'), nowMs() + startTokenLifeMs);
      dropOldest(startTokens, mostStartTokens);
      return token;
    },
    redeem(token) {
      const key = hashOf(token).toString('hex');
      const endsMs = startTokens.get(key);
      startTokens.delete(key);
      if (endsMs === undefined || nowMs() >= endsMs) return null;
      const keys = { cookie: newKey(), secret: newKey() };
      sessions.set(hashOf(keys.cookie).toString('hex'), { secretHash: hashOf(keys.secret), lastUsedMs: nowMs() });
      dropOldest(sessions, mostSessions);
      return keys;
    },
    find(cookie) {
      const key = hashOf(cookie).toString('hex');
      const held = sessions.get(key);
      if (!held) return null;
      if (!isFresh(held)) {
        sessions.delete(key);
        return null;
      }
      return {
        hasSecret: (secret) => timingSafeEqual(hashOf(secret), held.secretHash),
        touch() {
          if (isFresh(held)) held.lastUsedMs = nowMs();
        },
        isAlive: () => sessions.get(key) === held && isFresh(held),
      };
    },
  };
}

/** What is looked up by its hash is compared in no time that tells anything of the value. */
function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
