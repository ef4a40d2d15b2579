/**
 * A command sent twice is the same command (architecture.md §3): a double click or a retry gets the first answer. Commands run one at a time.
 */
import { createHash } from 'node:crypto';
import { ConflictError } from '../../shared/errors/errors.ts';
import type { Clock } from '../../shared/calendar/clock.ts';
import { sql, type WritableDatabase } from './handles.ts';

interface LoggedCommand {
  readonly procedure: string;
  readonly input_hash: string;
  readonly result: string;
}

const findCommand = sql('command-log.find', 'SELECT procedure, input_hash, result FROM command_log WHERE command_id = ?');
const keepCommand = sql('command-log.keep', 'INSERT INTO command_log (command_id, procedure, input_hash, result, completed_at) VALUES (?, ?, ?, ?, ?)');

export interface CommandLog {
  /**
   * Runs the work unless this command was completed before; then its stored answer is returned.
   * @throws ConflictError `command-reused` when the same id came with other input.
   */
  once<Input extends { commandId: string }, Result>(procedure: string, input: Input, work: () => Result | Promise<Result>): Promise<Result>;
}

export function createCommandLog(database: WritableDatabase, clock: Clock): CommandLog {
  let queue: Promise<unknown> = Promise.resolve();

  async function runOnce<Input extends { commandId: string }, Result>(procedure: string, input: Input, work: () => Result | Promise<Result>): Promise<Result> {
    const inputHash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
    const logged = database.get<LoggedCommand>(findCommand, [input.commandId]);
    if (logged) {
      if (logged.procedure !== procedure || logged.input_hash !== inputHash) {
        throw new ConflictError('command-reused', 'The same command id was sent with other input.', { nextStep: 'Start the action again.' });
      }
      return JSON.parse(logged.result) as Result;
    }
    const result = await work();
    database.run(keepCommand, [input.commandId, procedure, inputHash, JSON.stringify(result), clock.now()]);
    return result;
  }

  return {
    once(procedure, input, work) {
      const turn = queue.then(() => runOnce(procedure, input, work));
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
}
