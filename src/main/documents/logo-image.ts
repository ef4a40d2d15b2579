/** How large an image is by its own head, before anything unpacks it: a few kilobytes may stand for gigabytes. Pure. */
import { crc32 } from 'node:zlib';

export interface ImageSize {
  /** In dots. */
  readonly width: number;
  readonly height: number;
}

/** @returns null where the bytes are no whole image of the kind: wrong at the start, cut off, or changed on the way as far as its own checksums tell. */
export function imageSizeOf(bytes: Buffer, mediaType: 'image/png' | 'image/jpeg'): ImageSize | null {
  return mediaType === 'image/png' ? sizeOfPng(bytes) : sizeOfJpeg(bytes);
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Chunks up to the last one, each under its checksum (PNG, third edition, §5). */
function sizeOfPng(bytes: Buffer): ImageSize | null {
  if (!bytes.subarray(0, 8).equals(pngSignature)) return null;
  let size: ImageSize | null = null;
  let hasData = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return null;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IHDR' && end - at >= 16) size = { width: bytes.readUInt32BE(at + 8), height: bytes.readUInt32BE(at + 12) };
    if (type === 'IDAT') hasData = true;
    if (type === 'IEND') return hasData && size && size.width > 0 && size.height > 0 ? size : null;
    at = end + 4;
  }
  return null;
}

/** Segments up to the one that begins a frame, which names its size (ITU-T T.81, B.2.2). */
function sizeOfJpeg(bytes: Buffer): ImageSize | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    // C4, C8 and CC lie between the frames and are none.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
      return width > 0 && height > 0 ? { width, height } : null;
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}
