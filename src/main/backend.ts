/**
 * The backend's entry: builds everything by the composition root and serves the API. In Electron this file is a utility process; other hosts call `startBackend`.
 */
import { startBackendWith, type RunningBackend, type StartBackendOptions } from './backend-serving.ts';
import { composeBackend } from './composition-root.ts';
import { serveUtilityProcess, type ParentPortLike } from './hosts/electron/serve-utility-process.ts';

export type { RunningBackend, StartBackendOptions } from './backend-serving.ts';

/** @throws what `startBackendWith` throws. */
export function startBackend(options: StartBackendOptions): Promise<RunningBackend> {
  return startBackendWith(composeBackend, options);
}

/** Only a process that Electron forked has a parent port. */
const parent = 'parentPort' in process ? (process.parentPort as ParentPortLike | undefined) : undefined;
if (parent) serveUtilityProcess({ parent, env: process.env, startBackend, exit: (code) => process.exit(code) });
