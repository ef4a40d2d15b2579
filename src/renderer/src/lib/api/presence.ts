/**
 * Tells the browser host that somebody is there: the page asks for news by itself, so its questions say nothing of a person (eight idle hours end the session).
 */

/** The same words stand in the browser host's `browser-host.ts`. */
const presencePath = '/present';
/** A minute more or less does not matter to eight hours. */
const leastBetweenMs = 60_000;
const signs = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export interface PresenceOptions {
  /** What a person acts on. */
  readonly target: EventTarget;
  /** Milliseconds that never go back. */
  nowMs(): number;
  send(): Promise<unknown>;
}

/** Says at most once a minute that a person pressed, typed or scrolled. @returns what ends it. */
export function watchPresence({ target, nowMs, send }: PresenceOptions): () => void {
  let saidMs = Number.NEGATIVE_INFINITY;
  const onSign = (): void => {
    if (nowMs() - saidMs < leastBetweenMs) return;
    saidMs = nowMs();
    // A host that is not there is told by the connection.
    void send().catch(() => undefined);
  };
  for (const sign of signs) target.addEventListener(sign, onSign, { capture: true, passive: true });
  return () => {
    for (const sign of signs) target.removeEventListener(sign, onSign, { capture: true });
  };
}

/** Of this page to its own host. */
export function watchPagePresence(): () => void {
  return watchPresence({ target: window, nowMs: () => performance.now(), send: () => fetch(presencePath, { method: 'POST', credentials: 'same-origin' }) });
}
