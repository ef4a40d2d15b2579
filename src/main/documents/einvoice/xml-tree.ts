/**
 * XML of strangers as a small tree, read safely: a document type is refused before anything in it is looked at, so no entity is ever defined, expanded or
 * fetched; size, depth and the number of elements are limited. Names are kept with their namespace, prefixes are not.
 */
import sax from 'sax';
import { ValidationError } from '../../../shared/errors/errors.ts';

export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, joined. */
  readonly text: string;
}

/** An invoice of 500 lines is about 1 MB; files of others may embed documents. */
export const largestXmlBytes = 20 * 1024 * 1024;
const deepest = 64;
const mostElements = 500_000;

/** Without `strictEntities` sax would know those of HTML as well; its types have not heard of it. */
const strictOptions: sax.SAXOptions & { readonly strictEntities: boolean } = { xmlns: true, position: true, strictEntities: true };

interface OpenElement {
  namespace: string;
  name: string;
  attributes: Map<string, string>;
  children: XmlElement[];
  text: string;
}

function malformed(reason: string, line: number): ValidationError {
  return new ValidationError('einvoice-malformed', `The XML cannot be read: ${reason} (line ${line}).`, { data: { line, reason }, nextStep: 'Ask the sender for the file again.' });
}

/** @throws ValidationError `einvoice-malformed`, `einvoice-too-large`. */
export function readXml(bytes: Uint8Array): XmlElement {
  if (bytes.byteLength > largestXmlBytes) throw new ValidationError('einvoice-too-large', 'The XML is larger than any invoice.', { data: { bytes: bytes.byteLength, atMost: largestXmlBytes } });
  const parser = sax.parser(true, strictOptions);
  const line = (): number => parser.line + 1;
  const open: OpenElement[] = [];
  let root: XmlElement | null = null;
  let elements = 0;

  parser.onerror = (error) => {
    throw malformed((error.message.split('\n')[0] ?? '').replace(/[^\x20-\x7e]/g, '?').replace(/\.$/, ''), line());
  };
  parser.ondoctype = () => {
    throw malformed('it declares a document type, which an invoice has no need of', line());
  };
  parser.onopentag = (tag) => {
    elements += 1;
    if (elements > mostElements) throw malformed('it has more elements than any invoice', line());
    if (open.length >= deepest) throw malformed('its elements are nested too deeply', line());
    const qualified = tag as sax.QualifiedTag;
    const attributes = new Map(Object.values(qualified.attributes).map((attribute) => [attribute.local, attribute.value]));
    const element: OpenElement = { namespace: qualified.uri, name: qualified.local, attributes, children: [], text: '' };
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else if (root) throw malformed('it has a second root', line());
    else root = element;
    open.push(element);
  };
  const addText = (text: string): void => {
    const current = open.at(-1);
    if (current) current.text += text;
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onclosetag = () => void open.pop();
  parser.write(decode(bytes)).close();
  if (!root) throw malformed('it is empty', 1);
  return root;
}

/** UTF-8, which both syntaxes demand; a byte order mark is allowed. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('its characters are not UTF-8', 1);
  }
}

// ── Looking things up ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every element at the end of a path of local names; the syntaxes use each name in one namespace only. */
export function elementsAt(from: XmlElement | null | undefined, ...path: readonly string[]): XmlElement[] {
  let found: readonly XmlElement[] = from ? [from] : [];
  for (const name of path) found = found.flatMap((element) => element.children.filter((child) => child.name === name));
  return [...found];
}

export function elementAt(from: XmlElement | null | undefined, ...path: readonly string[]): XmlElement | null {
  return elementsAt(from, ...path)[0] ?? null;
}

/** The text of an element, its ends trimmed; null where there is no element, or nothing but space in it. */
export function textOf(element: XmlElement | null | undefined): string | null {
  const text = element?.text.trim() ?? '';
  return text === '' ? null : text;
}

export function textAt(from: XmlElement | null | undefined, ...path: readonly string[]): string | null {
  return textOf(elementAt(from, ...path));
}

export function attributeOf(element: XmlElement | null | undefined, name: string): string | null {
  const value = element?.attributes.get(name)?.trim() ?? '';
  return value === '' ? null : value;
}
