'use strict';
/**
 * Preloaded before every npm script: the right Node, the packages, and what was compiled before. In words that any Node understands: an older one cannot read the scripts themselves, and crashes without a word in the native
 * SQLite module. Before `npm ci` neither the right Node nor the packages are there.
 */
const { existsSync } = require('fs');
const { join } = require('path');

/** @returns what is wrong with this Node, null when nothing is. The range is the one of package.json's engines. */
function wrongNodeSentence(version) {
  const [major, minor] = version.split('.').map(Number);
  return major === 24 && minor >= 9 ? null : `Daybook needs Node 24.9 or a later 24; this is Node ${version}. Run npm ci, which brings the right one along, then run it as an npm script (npm start, npm run demo).`;
}

/** @returns what to do where the packages are not installed, null where they are. */
function missingPackagesSentence(root) {
  return existsSync(join(root, 'node_modules', 'better-sqlite3', 'package.json')) ? null : 'Daybook’s packages are not installed. Run npm ci first.';
}

const sentence = missingPackagesSentence(join(__dirname, '..')) || wrongNodeSentence(process.versions.node);
if (sentence !== null) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

// Half of what a short process takes is reading the source: what was compiled once is kept beside the packages, for it and for the threads and processes it starts.
if (!process.env['NODE_COMPILE_CACHE']) process.env['NODE_COMPILE_CACHE'] = join(__dirname, '..', 'node_modules', '.cache', 'daybook-compiled');
require('module').enableCompileCache(process.env['NODE_COMPILE_CACHE']);

module.exports = { missingPackagesSentence, wrongNodeSentence };
