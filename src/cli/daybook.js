#!/usr/bin/env node
// The guard before everything else: under an older Node the native SQLite module crashes without a word.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major !== 24 || minor < 9) {
  process.stderr.write(
    `Daybook needs Node 24.9 or a later 24; this is Node ${process.versions.node}.\n` +
      'In a checkout, run it as "npm run cli -- …": npm ci brought the right Node along. Elsewhere, install Node 24 from nodejs.org.\n',
  );
  process.exit(2);
}
// Half of what a short command takes is reading the source: what was compiled once is kept beside the packages, in a folder only who installed them writes.
const { join } = await import('node:path');
const { enableCompileCache } = await import('node:module');
const compiled = join(import.meta.dirname, '../../node_modules/.cache/daybook-compiled');
enableCompileCache(compiled);
process.env.NODE_COMPILE_CACHE ??= compiled; // for the threads of jobs and the process of PDFs, which read most of it again
const { endWhenOutputEnds, runCli } = await import('./main.ts');
endWhenOutputEnds();
process.exitCode = await runCli(process.argv.slice(2));
