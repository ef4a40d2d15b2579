/**
 * The elements of a list page as the text they came in. A page is read once: each element is cut out and parsed on its own, so that what is
 * stored as raw is what the gateway sent.
 */

/** The index behind the string that starts at `start` (which is its opening quote). */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError('A string of the page never ends.');
    let backslashes = 0;
    for (let before = end - 1; text.charCodeAt(before) === 92; before -= 1) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** The index behind the value (object, array, string or scalar) that starts at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === 34) return endOfString(text, start);
  if (first !== 123 && first !== 91) {
    let end = start;
    while (end < text.length && !',]}'.includes(text.charAt(end))) end += 1;
    return end;
  }
  let depth = 0;
  for (let index = start; index < text.length; ) {
    const code = text.charCodeAt(index);
    if (code === 34) {
      index = endOfString(text, index);
      continue;
    }
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
    index += 1;
  }
  throw new SyntaxError('The page ends in the middle of a value.');
}

function skipBlank(text: string, start: number): number {
  let index = start;
  while (index < text.length && text.charCodeAt(index) <= 32) index += 1;
  return index;
}

/**
 * Takes the texts of an array's elements. What is no array, or has a hole in it, is refused: guessing where it goes on could go on for ever.
 * @returns the index behind the array.
 */
function takeElements(text: string, start: number, elements: string[]): number {
  if (text.charAt(start) !== '[') throw new SyntaxError('The data of the page are not a list.');
  let element = skipBlank(text, start + 1);
  if (text.charAt(element) === ']') return element + 1;
  for (;;) {
    const end = endOfValue(text, element);
    if (end === element) throw new SyntaxError('An element of the page is missing.');
    elements.push(text.slice(element, end));
    const behind = skipBlank(text, end);
    if (text.charAt(behind) === ']') return behind + 1;
    if (text.charAt(behind) !== ',') throw new SyntaxError('Two elements of the page are not apart.');
    element = skipBlank(text, behind + 1);
  }
}

/** Anything else would be taken for the last page, and the rest never be asked for. */
function readBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new SyntaxError('The page does not say whether there is more.');
  return text === 'true';
}

export interface ListSlices {
  /** The text of each element of `data`. */
  readonly elements: readonly string[];
  readonly hasMore: boolean;
}

/**
 * Cuts a list page (`{"object":"list","data":[…],"has_more":…}`) into its elements.
 * @throws SyntaxError when the text is not a whole list page.
 */
export function sliceListPage(text: string): ListSlices {
  const elements: string[] = [];
  let hasMore: boolean | undefined;
  let hasData = false;
  let index = skipBlank(text, 0);
  if (text.charAt(index) !== '{') throw new SyntaxError('The page is not a JSON object.');
  index = skipBlank(text, index + 1);
  while (index < text.length && text.charAt(index) !== '}') {
    const nameEnd = endOfString(text, index);
    const name = text.slice(index + 1, nameEnd - 1);
    const valueStart = skipBlank(text, skipBlank(text, nameEnd) + 1);
    let valueEnd: number;
    if (name === 'data') {
      hasData = true;
      valueEnd = takeElements(text, valueStart, elements);
    } else valueEnd = endOfValue(text, valueStart);
    if (name === 'has_more') hasMore = readBoolean(text.slice(valueStart, valueEnd).trim());
    index = skipBlank(text, valueEnd);
    if (text.charAt(index) === ',') index = skipBlank(text, index + 1);
  }
  if (!hasData || hasMore === undefined) throw new SyntaxError('The page is not a list.');
  if (text.charAt(index) !== '}' || skipBlank(text, index + 1) !== text.length) throw new SyntaxError('The page does not end where its object ends.');
  return { elements, hasMore };
}
