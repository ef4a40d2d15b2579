/**
 * The built renderer as a closed list: a request is looked up in it and never becomes a path on the disk.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { StorageError } from '../../shared/errors/errors.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.bcmap': 'application/octet-stream',
  '.pfb': 'application/octet-stream',
};

export interface StaticFile {
  readonly contentType: string;
  read(): Buffer<ArrayBuffer>;
}

export interface StaticFiles {
  /**
   * The file of a URL's path; the page itself for a place inside the app such as `/ledger`; null for what is not there.
   * @param path as it stands in the URL, still percent-encoded.
   */
  find(path: string): StaticFile | null;
}

/** @throws StorageError `renderer-not-built` unless the folder holds `index.html`. */
export function listStaticFiles(folder: string): StaticFiles {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new StorageError('renderer-not-built', `The window’s pages are not in ${folder}.`, { data: { folder }, nextStep: 'Run: npm run build' });
  }
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const contentType = contentTypes[extname(entry.name).toLowerCase()];
    if (!entry.isFile() || !contentType) continue; // neither links out of the folder nor source maps
    const file = join(entry.parentPath, entry.name);
    const path = `/${file.slice(folder.length).split(/[\\/]/).filter(Boolean).join('/')}`;
    files.set(path, { contentType, read: () => readFileSync(file) as Buffer<ArrayBuffer> });
  }
  const page = files.get('/index.html') ?? null;
  return {
    find(path) {
      const found = files.get(path);
      if (found) return found;
      return isPlaceInTheApp(path) ? page : null;
    },
  };
}

/** A route of the renderer: words between slashes, nothing that looks like a file. */
function isPlaceInTheApp(path: string): boolean {
  return path === '/' || (/^(\/[A-Za-z0-9_~%:@-][A-Za-z0-9_.~%:@-]*)+\/?$/.test(path) && !/\.[A-Za-z0-9]{1,5}$/.test(path) && !path.startsWith('/assets/') && !/%(2e|2f|5c|00)/i.test(path));
}
