/**
 * A file of mode 0600 that opens the app: command lines can be read by everybody on a machine, this file only by its user.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { newId } from '../../platform/ids.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { startTokenLifeMs } from './sessions.ts';

export interface StartFile {
  readonly path: string;
  /** A file: address without any secret in it, fit for a command line. */
  readonly url: string;
  remove(): void;
}

/** Writes the file; it goes when the token in it is worth nothing any more. */
export function writeStartFile(folder: string, startUrl: string): StartFile {
  const path = join(folder, `start-${newId()}.html`);
  writePrivateFile(path, pageThatOpens(startUrl));
  const timer = setTimeout(() => rmSync(path, { force: true }), startTokenLifeMs);
  timer.unref();
  return {
    path,
    url: pathToFileURL(path).href,
    remove() {
      clearTimeout(timer);
      rmSync(path, { force: true });
    },
  };
}

/** Start files of a process that was killed; their tokens died with it. */
export function removeOldStartFiles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (/^start-[0-9a-f-]+\.html$/.test(name)) rmSync(join(folder, name), { force: true });
}

/** The address is ours: scheme, digits, base64url. It needs no escaping, and gets it all the same. */
function pageThatOpens(startUrl: string): string {
  const literal = JSON.stringify(startUrl).replaceAll('<', '\\u003c');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Daybook</title><script>location.replace(${literal});</script></head><body><p>Opening Daybook…</p></body></html>\n`;
}
