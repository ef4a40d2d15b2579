/**
 * Settings of one start: flags, then environment, then `config.json` in the data folder, then what is said here.
 * Secrets come from the environment or the secret store, never from flags or from config.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import type { Instant } from '../../shared/calendar/time-zone.ts';
import { ValidationError } from '../../shared/errors/errors.ts';
import { isCurrencyCode } from '../../shared/money/currency.ts';
import type { SecretName, SecretStore } from './secrets.ts';

export interface Config {
  /** Where Stripe is. */
  readonly stripeApiBase: string;
  /** From `DAYBOOK_STRIPE_KEY`; null: ask the secret store. Read it through `secretInForce`. */
  readonly stripeKey: string | null;
  /** From `DAYBOOK_POSTGRES_URL`; null: ask the secret store. Read it through `secretInForce`. */
  readonly postgresUrl: string | null;
  /** From `DAYBOOK_SMTP_PASSWORD`; null: ask the secret store. Read it through `smtpPasswordInForce`. */
  readonly smtpPassword: string | null;
  /** Of the archive's bucket, from `DAYBOOK_S3_SECRET_KEY`; null: ask the secret store. Read it through `s3SecretInForce`. */
  readonly s3SecretKey: string | null;
  /** A fixed moment for the clock; null: the machine's clock. */
  readonly now: Instant | null;
  /** Given to a new ledger at its creation; a ledger that exists keeps its own (domain.md §1). */
  readonly reportingTimeZone: string;
  /** Given to a new ledger at its creation; ISO 4217, lower case. */
  readonly functionalCurrency: string;
  /** How much of Stripe's allowed rate is left to others. */
  readonly requestHeadroomPercent: number;
  /** `off` only where the other side has no limits: the sandbox. */
  readonly stripeLimiter: 'on' | 'off';
  /** `allowed` only on a network that is trusted: a line without TLS to a shared database on another machine. */
  readonly postgresPlaintext: 'refused' | 'allowed';
  /** Who acts when no shared database says it. */
  readonly user: string;
}

export type ConfigFlags = Partial<Pick<Config, 'stripeApiBase' | 'reportingTimeZone' | 'functionalCurrency' | 'requestHeadroomPercent' | 'stripeLimiter'>> & { readonly now?: string };

export interface LoadConfigOptions {
  readonly dataFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: ConfigFlags;
}

const configFileName = 'config.json';

const httpUrl = z.url({ protocol: /^https?$/, error: 'is not an http(s) address' }).refine((text) => isSafeBase(text), 'must be https, or http on this machine only, without user, password, query or fragment');
const timeZone = z.string().refine(isTimeZone, 'is not a time zone such as Europe/Berlin');
const currency = z.string().refine(isCurrencyCode, 'is not an ISO 4217 currency in lower case');
const moment = z.iso.datetime({ offset: true, error: 'is not an instant such as 2026-11-01T06:00:00Z' }).transform((text) => Date.parse(text));
const headroom = z.coerce.number().int().min(0).max(90);
const limiter = z.enum(['on', 'off']);
const plaintext = z.enum(['refused', 'allowed']);

const configFileSchema = z.strictObject({
  stripeApiBase: httpUrl.optional(),
  now: moment.optional(),
  reportingTimeZone: timeZone.optional(),
  functionalCurrency: currency.optional(),
  requestHeadroomPercent: headroom.optional(),
  stripeLimiter: limiter.optional(),
  postgresPlaintext: plaintext.optional(),
  user: z.string().min(1).max(200).optional(),
});
type ConfigFile = z.infer<typeof configFileSchema>;

const givenSchema = configFileSchema.extend({
  stripeKey: z.string().min(8, 'is too short to be a key').optional(),
  postgresUrl: z.url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// address' }).optional(),
  smtpPassword: z.string().min(1).max(1_000).optional(),
  s3SecretKey: z.string().min(1).max(1_000).optional(),
});

const environmentNames = {
  stripeApiBase: 'DAYBOOK_STRIPE_API_BASE',
  stripeKey: 'DAYBOOK_STRIPE_KEY',
  postgresUrl: 'DAYBOOK_POSTGRES_URL',
  smtpPassword: 'DAYBOOK_SMTP_PASSWORD',
  s3SecretKey: 'DAYBOOK_S3_SECRET_KEY',
  now: 'DAYBOOK_NOW',
  stripeLimiter: 'DAYBOOK_STRIPE_LIMITER',
  postgresPlaintext: 'DAYBOOK_POSTGRES_PLAINTEXT',
} as const;

/**
 * The settings in force.
 * @throws ValidationError `config-invalid` naming the place (variable or file) and the field, `usage-invalid` naming the flag; never the value.
 */
export function loadConfig({ dataFolder, env, flags = {} }: LoadConfigOptions): Config {
  const fromFile = readConfigFile(join(dataFolder, configFileName));
  const fromEnvironment = Object.fromEntries(
    Object.entries(environmentNames).flatMap(([field, name]) => (env[name] ? [[field, env[name]]] : [])),
  );
  const given = { ...fromFile, ...check(fromEnvironment, (field) => environmentNames[field as keyof typeof environmentNames]), ...check(flags, (field) => `--${toKebabCase(field)}`, 'usage-invalid') };
  return {
    stripeApiBase: given.stripeApiBase ?? 'https://api.stripe.com',
    stripeKey: given.stripeKey ?? null,
    postgresUrl: given.postgresUrl ?? null,
    smtpPassword: given.smtpPassword ?? null,
    s3SecretKey: given.s3SecretKey ?? null,
    now: given.now ?? null,
    reportingTimeZone: given.reportingTimeZone ?? 'UTC',
    functionalCurrency: given.functionalCurrency ?? 'usd',
    requestHeadroomPercent: given.requestHeadroomPercent ?? 50,
    stripeLimiter: given.stripeLimiter ?? 'on',
    postgresPlaintext: given.postgresPlaintext ?? 'refused',
    user: given.user ?? env['USER'] ?? env['USERNAME'] ?? 'local user',
  };
}

/** The secret in force: the environment's before the store's; null when neither has it. */
export function secretInForce(name: Exclude<SecretName, 'smtp-password' | 's3-secret-key'>, config: Pick<Config, 'stripeKey' | 'postgresUrl'>, secrets: SecretStore): string | null {
  return (name === 'stripe-key' ? config.stripeKey : config.postgresUrl) ?? secrets.get(name);
}

function readConfigFile(file: string): ConfigFile {
  if (!existsSync(file)) return {};
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ValidationError('config-invalid', `${file} is not JSON.`, { cause, data: { place: file }, nextStep: 'Correct the file or delete it.' });
  }
  const parsed = configFileSchema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error, (field) => `${field || 'the whole'} in ${file}`);
  return parsed.data;
}

function check(values: unknown, placeOf: (field: string) => string, code: SettingCode = 'config-invalid'): z.infer<typeof givenSchema> {
  const parsed = givenSchema.safeParse(values);
  if (!parsed.success) throw invalid(parsed.error, placeOf, code);
  return parsed.data;
}

type SettingCode = 'config-invalid' | 'usage-invalid';

function invalid(error: z.ZodError, placeOf: (field: string) => string, code: SettingCode = 'config-invalid'): ValidationError {
  const issue = error.issues[0];
  const unknownField = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const place = placeOf(unknownField ?? String(issue?.path[0] ?? ''));
  const what = unknownField ? 'is not a setting Daybook knows' : issue?.code === 'custom' || issue?.message.startsWith('is ') ? issue.message : `is not right (${issue?.message ?? 'unknown'})`;
  return new ValidationError(code, `A setting cannot be used: ${place} ${what}.`, { data: { place }, nextStep: 'Correct it and start again.' });
}

function isSafeBase(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || url.search || url.hash) return false;
  return url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}

function isTimeZone(name: string): boolean {
  try {
    return new TimeZone(name).name === name;
  } catch {
    return false;
  }
}

function toKebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
