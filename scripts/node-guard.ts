/** Under another Node the native SQLite module crashes without a word. */
export function wrongNodeSentence(version: string): string | null {
  const major = Number(version.split('.')[0]);
  return major === 24 ? null : `Daybook needs Node 24; this is Node ${version}. Run it by an npm script (npm start, npm run demo): npm ci brought the right Node along.`;
}

/** @returns true when this Node is the wrong one, and has said so. */
export function sayWrongNode(): boolean {
  const sentence = wrongNodeSentence(process.versions.node);
  if (sentence !== null) console.error(sentence);
  return sentence !== null;
}
