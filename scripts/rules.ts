/**
 * `npm run rules`: who may import whom, checked with dependency-cruiser (.dependency-cruiser.cjs). It reads TypeScript through the compiler's JavaScript
 * API, which TypeScript 7 no longer has: it is given TypeScript 6 for that (docs/adr/0002).
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isAskedByCruiser = context.parentURL?.includes('/dependency-cruiser/') ?? false;
    return next(isAskedByCruiser && /^typescript(\/|$)/.test(specifier) ? specifier.replace('typescript', 'typescript6') : specifier, context);
  },
});

process.argv.push('--config', '.dependency-cruiser.cjs', 'src', 'sandbox');
await import(new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url).href);
