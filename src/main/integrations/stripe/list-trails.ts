/**
 * Pages that follow each other. A server whose lists go in a circle would be asked for ever: each page begins behind the last object of the one before, and one
 * that ends with an object that ended an earlier page of the same walk leads there again.
 */
interface Trail {
  /** The last object of the newest page: the walk goes on behind it. */
  end: string;
  /** The last objects of all its pages; one id for a hundred objects. */
  readonly ends: Set<string>;
}

export interface ListTrails {
  /**
   * Notes a page that came. One that does not begin where the walk was begins a new walk: somebody asks anew, or goes on where an earlier run stopped.
   * @param listing what is listed, with its filters.
   * @throws SyntaxError when the page leads back to an earlier one.
   */
  follow(listing: string, startingAfter: string | undefined, page: { readonly objects: readonly { readonly id: string }[]; readonly hasMore: boolean }): void;
}

export function createListTrails(): ListTrails {
  const trails = new Map<string, Trail>();
  return {
    follow(listing, startingAfter, { objects, hasMore }) {
      const end = objects.at(-1)?.id;
      if (!hasMore || end === undefined) {
        trails.delete(listing);
        return;
      }
      const known = trails.get(listing);
      const trail = known && startingAfter === known.end ? known : { end, ends: new Set(startingAfter === undefined ? [] : [startingAfter]) };
      if (trail.ends.has(end)) throw new SyntaxError('The list goes in a circle.');
      trail.ends.add(end);
      trail.end = end;
      trails.set(listing, trail);
    },
  };
}
