const words: Readonly<Record<string, string>> = { flat: 'Flat fee', per_deed: 'Per deed', hybrid: 'Flat and per deed', per_request: 'Per 1,000 requests' };

/** A model nobody knows is shown by its own name, never hidden. */
export function pricingWord(model: string | null): string {
  return model === null ? 'No contract' : words[model] ?? `Unknown: ${model}`;
}
