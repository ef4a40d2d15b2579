/**
 * Names of files in one archive, each once: two invoices whose numbers differ only in letters that no file name keeps, or in case, stay two files on every disk.
 * @returns a function from the name that is wanted to the one that is free: `a.pdf`, then `a-2.pdf`.
 */
export function archiveNames(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    const dot = wanted.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
    let name = wanted;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${stem}-${count}${ending}`;
    taken.add(name.toLowerCase());
    return name;
  };
}
