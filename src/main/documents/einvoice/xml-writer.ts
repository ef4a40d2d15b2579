/**
 * XML as text, from a tree of elements: every text is escaped, what XML 1.0 has no place for is left out, and the same tree gives the same bytes.
 */

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Text, or elements. */
  readonly content: string | readonly XmlNode[];
}

/** What may not stand in an XML 1.0 document in any form: control characters, halves of surrogate pairs, two non-characters. */
const forbidden = /(?![\t\n\r])[\p{Cc}--[\u007f-\u009f]]|[\ufffe\uffff]|\p{Cs}/gv;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;', '\n': '&#10;', '\t': '&#9;' };

/** What of a text an XML document can carry. */
export const xmlText = (text: string): string => text.replace(forbidden, '');

function escapeText(text: string): string {
  return xmlText(text).replace(/[&<>\r]/g, (found) => escapes[found] ?? '');
}

function escapeAttribute(text: string): string {
  return xmlText(text).replace(/[&<>"\r\n\t]/g, (found) => escapes[found] ?? '');
}

type Child = XmlNode | null | undefined | readonly (XmlNode | null | undefined)[];

/** An element of elements; null where none of them is there, as both syntaxes refuse empty elements. */
export function group(name: string, ...children: readonly Child[]): XmlNode | null {
  const content = children.flat().filter((child): child is XmlNode => child !== null && child !== undefined);
  return content.length === 0 ? null : { name, attributes: {}, content };
}

/** An element that may be empty. */
export function frame(name: string, ...children: readonly Child[]): XmlNode {
  return group(name, ...children) ?? { name, attributes: {}, content: [] };
}

/** An element with a text; null where there is no text. Attributes without a value are left out. */
export function leaf(name: string, text: string | null | undefined, attributes: Readonly<Record<string, string | null | undefined>> = {}): XmlNode | null {
  if (text === null || text === undefined || text === '') return null;
  return { name, attributes: Object.fromEntries(Object.entries(attributes).flatMap(([key, value]) => (value === null || value === undefined ? [] : [[key, value]]))), content: text };
}

function write(node: XmlNode, indent: string): string {
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`).join('');
  if (typeof node.content === 'string') return `${indent}<${node.name}${attributes}>${escapeText(node.content)}</${node.name}>\n`;
  if (node.content.length === 0) return `${indent}<${node.name}${attributes}/>\n`;
  return `${indent}<${node.name}${attributes}>\n${node.content.map((child) => write(child, `${indent}  `)).join('')}${indent}</${node.name}>\n`;
}

/** The document with its declaration, in UTF-8. */
export function writeXml(root: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}
