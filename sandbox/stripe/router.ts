/** Finds the route of a request by its path's segments. */
import type { Route } from './changes.ts';

export interface RouteMatch {
  route: Route;
  ids: string[];
}

/** Routes by method, then number of segments: few are left to compare. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => RouteMatch | null {
  const table = new Map<string, { route: Route; segments: string[] }[]>();
  for (const route of routes) {
    const segments = route.pattern.split('/').slice(1);
    const key = `${route.method} ${segments.length}`;
    table.set(key, [...(table.get(key) ?? []), { route, segments }]);
  }
  return (method, path) => {
    const given = path.split('/').slice(1);
    for (const { route, segments } of table.get(`${method} ${given.length}`) ?? []) {
      const ids: string[] = [];
      const isMatch = segments.every((segment, at) => {
        const value = given[at] ?? '';
        if (!segment.startsWith(':')) return segment === value;
        const id = decode(value);
        ids.push(id);
        return id !== '';
      });
      if (isMatch) return { route, ids };
    }
    return null;
  };
}

/** What is no percent-encoding stands for itself: no object has such an id, and the answer says so. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
