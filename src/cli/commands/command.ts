import type { DaybookClient } from '../../shared/api/contract.ts';
import type { RunView } from '../job-waiting.ts';
import type { Output } from '../output.ts';

/** Fine · findings or failure · usage. */
export type ExitCode = 0 | 1 | 2;

/** What every command is given: the same contract the window uses, and where to print. */
export interface CommandContext {
  readonly client: DaybookClient;
  readonly output: Output;
  /** The reporting time zone, for times shown to a person. */
  readonly timeZone: string;
  /** Runs a job to its end, with its progress on the error stream. */
  runJob(job: string, request?: { period?: string; options?: Record<string, string | boolean | number> }): Promise<RunView>;
}

export type CommandAction = (context: CommandContext) => Promise<ExitCode>;
