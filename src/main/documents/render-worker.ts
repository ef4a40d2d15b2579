/**
 * Sets documents apart from the backend: a child process, or a worker thread where the runtime cannot fork itself (packaged Electron).
 * Speaks {@link RenderJob} in, {@link RenderReply} out; ends when its parent goes.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createPdfCompiler, type RenderRequest } from './typst-compiler.ts';

export interface RenderJob {
  readonly id: number;
  readonly request: RenderRequest;
}

export type RenderReply = { readonly id: number; readonly bytes: Uint8Array } | { readonly id: number; readonly message: string };

function resourcesFolder(): string {
  const given: unknown = parentPort ? workerData : process.argv[2];
  if (typeof given !== 'string') throw new Error('The render worker needs the resources folder.');
  return given;
}

const compiler = createPdfCompiler(resourcesFolder());

function answer({ id, request }: RenderJob): RenderReply {
  try {
    return { id, bytes: new Uint8Array(compiler.compile(request)) };
  } catch (error) {
    return { id, message: error instanceof Error ? error.message : 'unknown' };
  }
}

if (parentPort) {
  const port = parentPort;
  port.on('message', (job: RenderJob) => port.postMessage(answer(job)));
} else {
  process.on('message', (job: RenderJob) => process.send?.(answer(job)));
  process.on('disconnect', () => process.exit(0));
}
