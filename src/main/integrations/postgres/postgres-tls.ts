/**
 * How a line to the shared database is protected (architecture.md §12). Beyond this machine it is TLS with the server's certificate and name verified, whatever weaker
 * mode the address asks for; without TLS only where the settings say so in so many words.
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ValidationError } from '../../../shared/errors/errors.ts';

export interface PostgresTarget {
  /** Without the parameters that speak of TLS: they are taken from `ssl` alone. */
  readonly connectionString: string;
  /** false: no TLS. */
  readonly ssl: ConnectionOptions | false;
}

const modes = ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof modes)[number];
const tlsParameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'ssl', 'uselibpqcompat', 'sslnegotiation'] as const;

/** A name that cannot be anybody else's: this machine, or a socket in its file system. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === '' || bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare) || bare.startsWith('/') || bare.startsWith('%2F');
}

/**
 * @param url `postgres://…`; a secret. `sslmode`, `sslrootcert`, `sslcert` and `sslkey` are read from it.
 * @param allowsPlaintext the settings allow a line without TLS to another machine.
 * @throws ValidationError `postgres-url-invalid`, `postgres-tls-required` for a line to another machine that would not be private, `postgres-certificate-unreadable` when a
 *   file that the address names cannot be read.
 */
export function targetOf(url: string, allowsPlaintext: boolean): PostgresTarget {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ValidationError('postgres-url-invalid', 'The address of the shared database cannot be read.', { nextStep: 'It looks like postgres://user:password@host:5432/database.' });
  }
  const address = new URL(url);
  const asked = address.searchParams.get('sslmode');
  const mode = modes.find((known) => known === asked);
  if (asked !== null && !mode) throw new ValidationError('postgres-url-invalid', `The address of the shared database asks for an sslmode that does not exist (${asked}).`, { nextStep: `It is one of ${modes.join(', ')}.` });
  const ssl = isLoopback(hostOf(address)) ? loopbackTls(mode ?? 'disable', address) : remoteTls(mode ?? 'verify-full', address, allowsPlaintext);
  for (const parameter of tlsParameters) address.searchParams.delete(parameter);
  return { connectionString: address.toString(), ssl };
}

/** As the driver finds it, so that no other machine is dialled than the one that was judged: the last `host` of the query, else the address's own, else the environment's. */
function hostOf(address: URL): string {
  return address.searchParams.getAll('host').at(-1) || address.hostname || (process.env['PGHOST'] ?? '');
}

function loopbackTls(mode: Mode, address: URL): ConnectionOptions | false {
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return false;
  return { ...certificatesOf(address), rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full' || address.searchParams.has('sslrootcert'), ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }) };
}

function remoteTls(mode: Mode, address: URL, allowsPlaintext: boolean): ConnectionOptions | false {
  if (mode === 'disable' || mode === 'no-verify') {
    if (!allowsPlaintext) {
      throw new ValidationError('postgres-tls-required', `The address of the shared database asks for a line to another machine that others could read or answer in its place (sslmode=${mode}). Nothing was sent.`, {
        nextStep: 'Leave sslmode out and name the server’s authority with sslrootcert; or, on a network you trust, set "postgresPlaintext": "allowed" in config.json.',
      });
    }
    return mode === 'disable' ? false : { ...certificatesOf(address), rejectUnauthorized: false };
  }
  // `require` and weaker would take any certificate: they mean the whole check here. `verify-ca` is for a server reached by a name its certificate does not have.
  return { ...certificatesOf(address), rejectUnauthorized: true, ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}) };
}

function certificatesOf(address: URL): ConnectionOptions {
  const read = (parameter: string): string | undefined => {
    const file = address.searchParams.get(parameter);
    if (!file || file === 'system') return undefined;
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new ValidationError('postgres-certificate-unreadable', `The file that ${parameter} names in the address of the shared database cannot be read.`, { cause, data: { parameter }, nextStep: 'Check its path and that it belongs to you.' });
    }
  };
  const [ca, cert, key] = [read('sslrootcert'), read('sslcert'), read('sslkey')];
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }), minVersion: 'TLSv1.2' };
}
