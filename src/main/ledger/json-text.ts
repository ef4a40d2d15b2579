/**
 * JSON written by hand where it is hashed: byte for byte what `JSON.stringify` gives. Pure.
 */

/** Printable ASCII without quotation mark and backslash: what needs no escape, and most texts of an entry are. */
const plain = /^[ !#-[\]-~]*$/;

export const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));

export const quotedOrNull = (text: string | null): string => (text === null ? 'null' : quoted(text));
