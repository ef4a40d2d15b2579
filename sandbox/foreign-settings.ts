/**
 * PostgreSQL's programs and clients read their settings from the environment: PGSSLMODE, PGOPTIONS, PGDATESTYLE and some twenty more, which people keep in their
 * shells for servers of their own. Taken out of this process before a server of the sandbox's own is started or spoken to; its URLs say all there is to say.
 */
export function forgetForeignPostgresSettings(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) if (/^PG[A-Z]+$/.test(name)) delete env[name];
}
