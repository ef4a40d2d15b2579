/**
 * Three builds: the processes of `out/main` (ESM), the preload (CommonJS, as a sandboxed window needs), the window's pages.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { entrySources } from './src/main/platform/entry-points.ts';

const root = import.meta.dirname;
const mainEntries = Object.entries({ index: 'index.ts', ...entrySources })
  .map(([name, source]) => [name, join(root, 'src/main', source)] as const)
  .filter(([, file]) => existsSync(file));

/** Every place of the app (`/ledger/entries/…`) is the same page, so its files are named from the root; electron-vite would name them from the page. */
const filesFromTheRoot: Plugin = { name: 'files-from-the-root', enforce: 'post', config: () => ({ base: '/' }) };

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      sourcemap: false,
      rolldownOptions: {
        input: Object.fromEntries(mainEntries),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rolldownOptions: {
        input: { index: join(root, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: join(root, 'src/renderer'),
    plugins: [react(), filesFromTheRoot],
    build: {
      outDir: join(root, 'out/renderer'),
      // The page's policy allows neither inline scripts nor preloading tricks that need them.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      sourcemap: false,
      rolldownOptions: { input: { index: join(root, 'src/renderer/index.html') } },
    },
  },
});
