/**
 * Reads XML in pieces, with as much memory as one element needs. What could make a small file large or reach outside of it is not read at all: no document type, so no
 * entities but the five of XML and characters by number; depth, names and texts have limits. Pure.
 */
import { clip, refuseFile } from './statement-file.ts';

export interface XmlHandler {
  /** @param name without its namespace prefix. @param attributes as written; {@link attributeOf} reads one. */
  open(name: string, attributes: string): void;
  /** The text of the element that is open, in one or more parts. */
  text(text: string): void;
  close(name: string): void;
}

export interface XmlReader {
  write(text: string): void;
  /** @throws ValidationError `bank-file-truncated` when something is still open. */
  finish(): void;
  /** Where the reader is, from 1. */
  fileLine(): number;
}

const mostDepth = 64;
const mostNames = 1_000;
/** Longer than any field of a statement may be; also what is kept while a tag has no end yet. */
const mostTag = 65_536;
const namePattern = /^(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)$/;
/** A tag without attributes, and what stood behind it the last time: entries are alike, so that nearly every tag is known before it is cut out. */
interface Tag {
  /** Without its prefix. */
  readonly name: string;
  readonly opener: string;
  readonly closer: string;
  afterOpening: Tag | undefined;
  afterClosing: Tag | undefined;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function createXmlReader(handler: XmlHandler): XmlReader {
  const open: Tag[] = [];
  /** As written, with a prefix or not: a statement has some two hundred. */
  const tags = new Map<string, Tag>();
  /** What was opened or closed last. */
  let last: Tag | undefined;
  let wasOpened = false;
  let rest = '';
  let at = 0;
  let hasRoot = false;
  /** The file's line at the place in `rest` up to which breaks were counted. */
  let line = 1;
  let countedTo = 0;

  function fileLine(): number {
    line += countBreaks(rest, countedTo, at);
    countedTo = at;
    return line;
  }
  const refuse = (code: string, reason: string) => refuseFile(code, reason, fileLine());

  function decode(text: string): string {
    if (!text.includes('&')) return text;
    return text.replaceAll(/&([^;]{0,12});?/g, (whole, name: string) => {
      const known = entities[name];
      if (known !== undefined && whole.endsWith(';')) return known;
      const number = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name);
      const point = number ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] === undefined ? 10 : 16) : Number.NaN;
      if (!whole.endsWith(';') || !(point > 0 && point <= 0x10ffff)) throw refuse('bank-file-malformed', `“${clip(whole)}” is no entity that is read.`);
      return String.fromCodePoint(point);
    });
  }

  function takeText(text: string): void {
    if (text === '') return;
    if (open.length === 0) {
      if (text.trim() !== '') throw refuse('bank-file-malformed', 'There is text outside of the document.');
      return;
    }
    if (text.length > mostTag) throw refuse('bank-file-malformed', 'A text is longer than any field of a statement may be.');
    handler.text(decode(text));
  }

  function takeTag(tag: string): void {
    if (tag.startsWith('/')) {
      closeElement(tagOf(tag.slice(1).trimEnd()).name);
      return;
    }
    const isEmpty = tag.endsWith('/');
    const body = isEmpty ? tag.slice(0, -1) : tag;
    const blank = tags.has(body) ? -1 : body.search(/\s/);
    const opened = tagOf(blank < 0 ? body : body.slice(0, blank));
    openElement(opened, blank < 0 ? '' : body.slice(blank));
    if (isEmpty) closeElement(opened.name);
  }

  function closeElement(name: string): void {
    const closed = open.pop();
    if (closed === undefined || name !== closed.name) throw refuse('bank-file-malformed', closed === undefined ? `</${clip(name)}> closes nothing.` : `</${clip(name)}> stands where </${closed.name}> must.`);
    last = closed;
    wasOpened = false;
    handler.close(name);
  }

  function openElement(opened: Tag, attributes: string): void {
    if (open.length === 0 && hasRoot) throw refuse('bank-file-malformed', 'There is a second document in the file.');
    if (open.length >= mostDepth) throw refuse('bank-file-too-deep', `Elements lie more than ${mostDepth} deep in each other; no statement does.`);
    hasRoot = true;
    open.push(opened);
    if (last !== undefined) last[wasOpened ? 'afterOpening' : 'afterClosing'] = opened;
    last = opened;
    wasOpened = true;
    handler.open(opened.name, attributes);
  }

  function tagOf(written: string): Tag {
    const known = tags.get(written);
    if (known !== undefined) return known;
    const name = namePattern.exec(written)?.[1];
    if (name === undefined) throw refuse('bank-file-malformed', `“<${clip(written)}” is no element.`);
    const tag: Tag = { name, opener: `<${written}>`, closer: `</${written}>`, afterOpening: undefined, afterClosing: undefined };
    if (tags.size < mostNames) tags.set(written, tag);
    return tag;
  }

  /** Reads one thing that begins with `<`. @returns where it ends, or -1 while its end has not come. */
  function takeMarkup(start: number): number {
    const next = rest.charCodeAt(start + 1);
    if (next !== 33 && next !== 63) return takeElement(start); // neither ! nor ?
    if (rest.startsWith('<!--', start)) return after('-->', start + 4);
    if (rest.startsWith('<![CDATA[', start)) {
      const end = after(']]>', start + 9);
      if (end >= 0 && open.length > 0) handler.text(rest.slice(start + 9, end - 3));
      return end;
    }
    if (rest.startsWith('<?', start)) return after('?>', start + 2);
    if (rest.startsWith('<!', start)) {
      if ('<!--'.startsWith(rest.slice(start)) || '<![CDATA['.startsWith(rest.slice(start))) return -1;
      throw refuse('bank-file-doctype', 'A document type is declared. Statements have none, and what it declares is not read.');
    }
    return takeElement(start);
  }

  function takeElement(start: number): number {
    // Half of the tags close what was opened last, written as it was opened.
    const standing = open.at(-1);
    if (standing !== undefined && rest.startsWith(standing.closer, start)) {
      closeElement(standing.name);
      return start + standing.closer.length;
    }
    const expected = wasOpened ? last?.afterOpening : last?.afterClosing;
    if (expected !== undefined && rest.startsWith(expected.opener, start)) {
      openElement(expected, '');
      return start + expected.opener.length;
    }
    const first = rest.indexOf('>', start + 1);
    if (first < 0) return -1;
    // Nearly every other tag is one that was read before, without attributes.
    const tag = rest.slice(start + 1, first);
    const opened = tags.get(tag);
    if (opened !== undefined) {
      openElement(opened, '');
      return first + 1;
    }
    const end = endOfTag(rest, start + 1, first);
    if (end >= 0) takeTag(end === first ? tag : rest.slice(start + 1, end));
    return end < 0 ? -1 : end + 1;
  }

  const after = (mark: string, from: number): number => {
    const found = rest.indexOf(mark, from);
    return found < 0 ? -1 : found + mark.length;
  };

  function drop(): void {
    fileLine();
    rest = rest.slice(at);
    at = 0;
    countedTo = 0;
  }

  return {
    fileLine,
    write(text) {
      rest = rest === '' ? text : rest + text;
      while (at < rest.length) {
        const start = rest.indexOf('<', at);
        // Text is taken whole, as an entity may lie across two pieces.
        if (start < 0) break;
        takeText(rest.slice(at, start));
        at = start;
        const end = takeMarkup(start);
        if (end < 0) break;
        at = end;
      }
      drop();
      if (rest.length > mostTag) throw refuse('bank-file-malformed', 'A text or a tag is longer than any field of a statement may be.');
    },
    finish() {
      if (rest.trim() !== '' || open.length > 0) throw refuseFile('bank-file-truncated', `The file ends inside of ${open.length > 0 ? `<${open.at(-1)?.name ?? ''}>` : 'a tag'}.`, fileLine());
      if (!hasRoot) throw refuseFile('bank-file-empty', 'There is nothing in the file.');
    },
  };
}

/** Where a tag's `>` is; one inside of quotes is none. @param first the first one there is. */
function endOfTag(text: string, from: number, first: number): number {
  let end = first;
  const tag = text.slice(from, first);
  if (!tag.includes('"') && !tag.includes("'")) return end;
  let mark = '';
  for (end = from; end < text.length; end += 1) {
    const sign = text[end] ?? '';
    if (mark !== '') mark = sign === mark ? '' : mark;
    else if (sign === '>') return end;
    else if (sign === '"' || sign === "'") mark = sign;
  }
  return -1;
}

function countBreaks(text: string, from: number, end: number): number {
  let count = 0;
  for (let found = text.indexOf('\n', from); found >= 0 && found < end; found = text.indexOf('\n', found + 1)) count += 1;
  return count;
}

const attributePatterns = new Map<string, RegExp>();

/** Undefined when the tag does not carry it. */
export function attributeOf(attributes: string, name: string): string | undefined {
  let pattern = attributePatterns.get(name);
  if (!pattern) attributePatterns.set(name, (pattern = new RegExp(`(?:^|\\s)(?:[\\w.-]+:)?${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`)));
  const match = pattern.exec(attributes);
  return match?.[1] ?? match?.[2];
}
