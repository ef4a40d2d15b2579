/**
 * Whose turn it is to write, told between the threads of one process. A ledger has one writer at a time: what is long (a job's thread) takes long
 * transactions while nobody else writes, as a commit writes each page of the file that its transaction touched, and short ones as soon as somebody
 * does; and it never begins one while somebody waits. SQLite alone tells neither: whoever waits looks again now and then, and finds the next one begun.
 * See docs/adr/0036.
 */

/** How one connection takes its turns. */
export interface WriteTurn {
  /** Begins a transaction, or runs a single statement that writes. */
  begin<Result>(begin: () => Result): Result;
  /** How long a transaction of this connection may take now, its commit included: milliseconds. */
  patienceMs(): number;
}

/** A person's command never waits longer than 25 ms for a job (architecture.md §3); that leaves a little for what a machine does besides. */
export const shortestPatienceMs = 18;
/** Long enough that pages are written a third as often, short enough that the first command after a quiet while is not felt to wait. */
const longestPatienceMs = 100;
/** Nobody has written for so long: nobody is about to. */
const quietMs = 2_000;
/** A command that waits longer than this for the lock does not wait for this process. */
const longestGivingWayMs = 500;

const waitingIndex = 0;
const askedIndex = 1;

/** Memory for {@link commandTurn} and {@link bulkTurn} of the same ledger; it may cross to a worker. */
export function createWriteTurns(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

/** The turns of the connection that people's commands write on. */
export function commandTurn(memory: SharedArrayBuffer): WriteTurn {
  const turns = new Int32Array(memory);
  return {
    begin(begin) {
      Atomics.add(turns, askedIndex, 1);
      Atomics.add(turns, waitingIndex, 1);
      try {
        return begin();
      } finally {
        Atomics.sub(turns, waitingIndex, 1);
        Atomics.notify(turns, waitingIndex);
      }
    },
    patienceMs: () => shortestPatienceMs,
  };
}

/**
 * The turns of a job's connection: its thread stands still while it gives way, so it is not for the thread that answers people.
 * @param steadyNowMs milliseconds that never go back.
 */
export function bulkTurn(memory: SharedArrayBuffer, steadyNowMs: () => number = () => performance.now()): WriteTurn {
  const turns = new Int32Array(memory);
  let asked = Atomics.load(turns, askedIndex);
  let askedAtMs = Number.NEGATIVE_INFINITY;

  function giveWay(): void {
    const startedMs = steadyNowMs();
    for (let leftMs = longestGivingWayMs; leftMs > 0; leftMs = longestGivingWayMs - (steadyNowMs() - startedMs)) {
      const waiting = Atomics.load(turns, waitingIndex);
      if (waiting <= 0) return;
      Atomics.wait(turns, waitingIndex, waiting, leftMs);
    }
  }

  return {
    begin(begin) {
      giveWay();
      return begin();
    },
    patienceMs() {
      const now = Atomics.load(turns, askedIndex);
      if (now !== asked) {
        asked = now;
        askedAtMs = steadyNowMs();
      }
      return steadyNowMs() - askedAtMs < quietMs ? shortestPatienceMs : longestPatienceMs;
    },
  };
}
