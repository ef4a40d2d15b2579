/**
 * What a checked reading of a file said, kept as packed bytes until it is written: so that a file of usual size is read and checked once, and what is written is what was checked. What a
 * file says beyond a bound is not kept, and the file is read again. Pure.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CheckedSink } from './statement-checking.ts';
import type { StatementLine } from './statement-file.ts';

/** Several times what a statement of a hundred thousand lines is packed into. */
const mostBytes = 32 * 1024 * 1024;
/** So much is made into bytes at once. */
const pieceSigns = 128 * 1024;

/** A line's fields without their names, in one order. */
type Fields = readonly [StatementLine['amountMinor'], StatementLine['currency'], StatementLine['bookedOn'], StatementLine['valuedOn'], string | null, readonly string[], string | null, string | null, string, string | null, StatementLine['balanceAfterMinor'], number];
type Said = readonly ['begin', ...Parameters<CheckedSink['begin']>] | readonly ['line', identity: string, position: number, ...Fields] | readonly ['end', ...Parameters<CheckedSink['end']>];

function fieldsOf({ amountMinor, currency, bookedOn, valuedOn, entryReference, references, counterpartyName, counterpartyAccount, description, bankCode, balanceAfterMinor, fileLine }: StatementLine): Fields {
  return [amountMinor, currency, bookedOn, valuedOn, entryReference, references, counterpartyName, counterpartyAccount, description, bankCode, balanceAfterMinor, fileLine];
}

function lineOf([amountMinor, currency, bookedOn, valuedOn, entryReference, references, counterpartyName, counterpartyAccount, description, bankCode, balanceAfterMinor, fileLine]: Fields): StatementLine {
  return { amountMinor, currency, bookedOn, valuedOn, entryReference, references, counterpartyName, counterpartyAccount, description, bankCode, balanceAfterMinor, fileLine };
}

export interface StatementSpool {
  /** Keeps what it is told. */
  readonly sink: CheckedSink;
  /** Whether everything was kept. */
  isWhole(): boolean;
  /** Tells it again, in order, once: bit by bit, with a pause after each for whoever wants to stop it. What was told is given up. */
  replay(sink: CheckedSink): Generator<{ readonly done: number; readonly total: number }>;
}

/** @param bound packed bytes that may be kept. */
export function createStatementSpool(bound: number = mostBytes): StatementSpool {
  let pieces: Buffer[] = [];
  let text = '';
  let kept = 0;
  let isWhole = true;

  function keep(said: Said): void {
    if (!isWhole) return;
    text += `${JSON.stringify(said)}\n`;
    if (text.length >= pieceSigns) put();
  }

  function put(): void {
    const piece = deflateRawSync(text, { level: 1 });
    text = '';
    kept += piece.length;
    if (kept <= bound) pieces.push(piece);
    else {
      isWhole = false;
      pieces = [];
    }
  }

  return {
    sink: {
      begin: (...said) => keep(['begin', ...said]),
      line: (line, identity, position) => keep(['line', identity, position, ...fieldsOf(line)]),
      end: (...said) => keep(['end', ...said]),
    },
    isWhole: () => isWhole,
    *replay(sink) {
      put();
      const total = kept;
      let done = 0;
      for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
        for (const each of inflateRawSync(piece).toString().split('\n')) if (each !== '') tell(JSON.parse(each) as Said, sink);
        done += piece.length;
        yield { done, total };
      }
    },
  };
}

function tell(said: Said, sink: CheckedSink): void {
  switch (said[0]) {
    case 'begin':
      sink.begin(said[1], said[2], said[3]);
      return;
    case 'line': {
      const [, identity, position, ...fields] = said;
      sink.line(lineOf(fields), identity, position);
      return;
    }
    case 'end':
      sink.end(said[1]);
  }
}
