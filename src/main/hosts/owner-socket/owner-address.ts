/**
 * Where the owner of a data folder can be talked to: a local socket, and a file of mode 0600 that names it and holds the word to say there.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** The shortest limit of the systems (macOS: 104 bytes with the closing zero). */
const longestSocketPath = 103;

const noteSchema = z.object({ address: z.string().min(1), secret: z.string().min(32) });
export type OwnerNote = z.infer<typeof noteSchema>;

export function ownerNoteFile(dataFolder: string): string {
  return join(dataFolder, 'owner-socket.json');
}

/** What the owner wrote down, null when nothing is there. */
export function readOwnerNote(dataFolder: string): OwnerNote | null {
  try {
    const parsed = noteSchema.safeParse(JSON.parse(readFileSync(ownerNoteFile(dataFolder), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * A named pipe on Windows, else a socket in the data folder. Socket paths are short by the systems' limits: a data folder that lies deep gets its socket in a
 * private folder of the temporary files.
 */
export function ownerSocketAddress(dataFolder: string, platform: NodeJS.Platform = process.platform): string {
  const mark = createHash('sha256').update(dataFolder).digest('hex').slice(0, 24);
  if (platform === 'win32') return `\\\\.\\pipe\\daybook-${mark}`;
  const inside = join(dataFolder, 'owner.sock');
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside;
  return join(privateTemporaryFolder(), `${mark}.sock`);
}

function privateTemporaryFolder(): string {
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `daybook-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = statSync(folder);
  if (found.uid !== user || (found.mode & 0o077) !== 0) throw new Error(`${folder} does not belong to this user alone.`);
  return folder;
}
