/** How deep JSON goes, asked before it is read: whatever walks a value by calling itself ends where a file goes deep enough. Pure. */

/** An export has its records four deep, with an address or tiers in them. */
const deepest = 40;

/** Whether lists and objects of the text lie in each other more than 40 deep; what stands in quotation marks does not count. */
export function isNestedTooDeep(json: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let place = 0; place < json.length; place += 1) {
    const sign = json[place];
    if (isQuoted && sign === '\\') place += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (sign === '[' || sign === '{') && (depth += 1) > deepest) return true;
    else if (!isQuoted && (sign === ']' || sign === '}')) depth -= 1;
  }
  return false;
}
