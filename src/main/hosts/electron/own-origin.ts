/** The page's place: `daybook://app/…`, served from the built renderer. */
export const appScheme = 'daybook';
export const appOrigin = 'daybook://app';

/** Whether an address is a page of ours: exactly our scheme and host, no user, no port. */
export function isOwnUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === `${appScheme}:` && url.host === 'app' && url.username === '' && url.password === '';
}

/** What may be opened in the person's browser: the gateway's own pages, over https. */
const allowedHosts: ReadonlySet<string> = new Set(['dashboard.stripe.com', 'docs.stripe.com', 'support.stripe.com']);

export function mayOpenOutside(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === 'https:' && allowedHosts.has(url.host) && url.username === '' && url.password === '';
}
