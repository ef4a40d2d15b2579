/** What kept the outside world from starting, for whoever asked for it: the cause in a sentence and the next step, where it is one of the usual ones. */
export function startFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const { code, path = 'the folder', dest } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException & { dest?: string };
  const sentence = sentences[code ?? '']?.(dest ?? path);
  if (sentence !== undefined) return sentence;
  // PostgreSQL's programs say it in their last words, after many that help nobody.
  if (/No space left on device|could not extend file/.test(message)) return 'The disk is full. Free some space, or choose another folder with --data.';
  return message;
}

const sentences: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: () => 'The disk is full. Free some space, or choose another folder with --data.',
  EDQUOT: () => 'Your share of the disk is used up. Free some space, or choose another folder with --data.',
  EACCES: notYours,
  EPERM: notYours,
  EROFS: (path) => `${path} lies on a disk that can only be read. Choose another folder with --data.`,
  EEXIST: noFolder,
  ENOTDIR: noFolder,
  EISDIR: (path) => `${path} is a folder where a file of the world should be. Choose another folder with --data.`,
  ENAMETOOLONG: (path) => `The path is too long for this system: ${path}. Choose another folder with --data.`,
};

function notYours(path: string): string {
  return `${path} belongs to somebody else or cannot be written by you. Start it as the user who made it, or choose another folder with --data.`;
}

function noFolder(path: string): string {
  return `${path} is a file where a folder of the world should be. Choose another folder with --data.`;
}
