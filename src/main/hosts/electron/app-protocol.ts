/**
 * `daybook://app/…`: the built renderer over a protocol of our own, with the same rules as over HTTP.
 */
import type { CustomScheme, Protocol } from 'electron';
import { securityHeaders } from '../content-security.ts';
import type { StaticFiles } from '../static-files.ts';
import { appScheme, isOwnUrl } from './own-origin.ts';

/** To be registered before the app is ready. No service workers, no CORS exceptions, no bypass of the CSP. */
export const appSchemePrivileges: CustomScheme = { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } };

export function serveAppProtocol(protocol: Pick<Protocol, 'handle'>, files: StaticFiles): void {
  const headers = securityHeaders([]);
  const refuse = (status: number) => new Response(null, { status, headers });
  protocol.handle(appScheme, (request) => {
    if (!isOwnUrl(request.url)) return refuse(403);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
    const file = files.find(new URL(request.url).pathname);
    if (!file) return refuse(404);
    return new Response(request.method === 'HEAD' ? null : file.read(), { headers: { ...headers, 'Content-Type': file.contentType } });
  });
}
