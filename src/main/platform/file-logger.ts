/**
 * The log: JSON lines in `logs/daybook-<day>.log` of the data folder, secrets taken out, one file a UTC day, old days deleted.
 */
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../shared/calendar/clock.ts';
import { dataSubfolder } from './data-folder.ts';
import { redact, type LogFields, type Logger } from './logger.ts';
import { systemClock } from './system-clock.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const levelRank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface FileLoggerOptions {
  readonly dataFolder: string;
  /** What is written on each line beside the event, such as the process's part. */
  readonly fields?: LogFields;
  readonly level?: LogLevel;
  readonly keepDays?: number;
  /** The log tells when things happened on this machine, so it keeps the machine's time even where the ledger's clock is fixed. */
  readonly clock?: Clock;
}

/** A log that cannot be written never stops the work it tells of. */
export function createFileLogger({ dataFolder, fields = {}, level = 'info', keepDays = 14, clock = systemClock }: FileLoggerOptions): Logger {
  const folder = dataSubfolder(dataFolder, 'logs');
  let today = '';

  function write(lineLevel: LogLevel, event: string, lineFields: LogFields = {}): void {
    if (levelRank[lineLevel] < levelRank[level]) return;
    const at = new Date(clock.now()).toISOString();
    try {
      const day = at.slice(0, 10);
      const line = JSON.stringify({ at, level: lineLevel, event, ...withoutSecrets({ ...fields, ...lineFields }) }, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
      appendFileSync(join(folder, `daybook-${day}.log`), `${line}\n`, { mode: 0o600 });
      if (day !== today) deleteOldLogs(folder, keepDays);
      today = day;
    } catch {
      // A full disk or a deleted folder is met again, and said, by the work itself.
    }
  }

  return {
    debug: (event, lineFields) => write('debug', event, lineFields),
    info: (event, lineFields) => write('info', event, lineFields),
    warn: (event, lineFields) => write('warn', event, lineFields),
    error: (event, lineFields) => write('error', event, lineFields),
  };
}

function withoutSecrets(fields: LogFields): object {
  return redact(fields) as object;
}

function deleteOldLogs(folder: string, keepDays: number): void {
  const logs = readdirSync(folder).filter((name) => /^daybook-\d{4}-\d{2}-\d{2}\.log$/.test(name)).sort();
  for (const name of logs.slice(0, Math.max(0, logs.length - keepDays))) rmSync(join(folder, name), { force: true });
}
