/**
 * Judges objects by Stripe's own published material: the OpenAPI of 2023-08-16 for fields that have not moved since, and the sample objects
 * of the newest shape for key sets and types. Both are used where they lie; nothing of them is in this repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { type Json, isJson } from '../object-paths.ts';

/** The folder of published material, or null: by DAYBOOK_SHARED, else beside the repository. */
export function findSharedFolder(): string | null {
  const candidates = [process.env['DAYBOOK_SHARED'], resolve(import.meta.dirname, '..', '..', '..', '..', 'shared')];
  return candidates.find((folder): folder is string => folder !== undefined && existsSync(join(folder, 'data', 'stripe', 'openapi'))) ?? null;
}

interface Schema extends Json {
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Keys of the samples that Stripe leaves out unless expanded, or that only some objects have. */
const optionalKeys: Record<string, readonly string[]> = {
  charge: ['refunds'],
  invoice: ['subscription'],
  credit_note_line_item: ['invoice_line_item'],
};

const freeForm = new Set(['metadata', 'payment_method_options', 'payment_method_details', 'evidence', 'fraud_details', 'settings', 'capabilities', 'requirements', 'future_requirements', 'destination_details', 'last_payment_error']);

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

export class StripeShapes {
  readonly #samples: Record<string, Json>;
  readonly #schemas: Record<string, Schema>;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(sharedFolder: string) {
    const folder = join(sharedFolder, 'data', 'stripe', 'openapi');
    const read = (name: string): Json => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json;
    this.#samples = read('fixtures3.latest.json')['resources'] as Record<string, Json>;
    this.#schemas = (read('spec3.2023-08-16.json') as { components: { schemas: Record<string, Schema> } }).components.schemas;
    this.#ajv.addSchema({ $id: 'stripe', components: { schemas: Object.fromEntries(Object.entries(this.#schemas).map(([name, schema]) => [name, this.#convert(schema, name)])) } });
  }

  /** What is wrong with an object, one sentence a fault; [] when nothing is. */
  faultsOf(object: Json): string[] {
    const type = String(object['object']);
    return [...this.#compareWithSample(object, this.#samples[type] ?? {}, type, type), ...this.#validate(object, type)];
  }

  #validate(object: Json, type: string): string[] {
    if (this.#schemas[type] === undefined) return [];
    let validate = this.#validators.get(type);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `stripe#/components/schemas/${type}` });
      this.#validators.set(type, validate);
    }
    if (validate(object)) return [];
    return (validate.errors ?? []).map((error) => `${type}${error.instancePath}: ${error.message ?? error.keyword} (2023-08-16) ${JSON.stringify(error.params)}`);
  }

  /** OpenAPI 3.0 to JSON Schema: `nullable`, references, and of a whole object only the fields that still stand where they stood. */
  #convert(schema: unknown, name: string): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.#convert(part, ''));
    if (!isJson(schema)) return schema;
    const { nullable, ...rest } = schema;
    const converted: Json = {};
    for (const [key, value] of Object.entries(rest)) {
      if (key.startsWith('x-') || key === 'description' || key === 'format' || key === 'maxLength' || key === 'pattern') continue;
      if (key === 'enum' || key === 'required') converted[key] = value;
      else if (key === '$ref') converted[key] = String(value).replace('#/', 'stripe#/');
      else if (key === 'properties' && isJson(value)) converted[key] = Object.fromEntries(Object.entries(value).map(([field, part]) => [field, this.#convert(part, '')]));
      else converted[key] = this.#convert(value, '');
    }
    const sample = this.#samples[name];
    if (name !== '' && sample) this.#keepWhatStands(converted, name, sample);
    return nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted;
  }

  #keepWhatStands(schema: Json, name: string, sample: Json): void {
    const stands = (field: string): boolean => field in sample;
    const properties = isJson(schema['properties']) ? schema['properties'] : {};
    schema['properties'] = Object.fromEntries(Object.entries(properties).filter(([field]) => stands(field)));
    const optional = optionalKeys[name] ?? [];
    if (Array.isArray(schema['required'])) schema['required'] = (schema['required'] as string[]).filter((field) => stands(field) && !optional.includes(field));
  }

  /** Every key of the sample is there, no key that Stripe does not know, and the same type where both say something. */
  #compareWithSample(given: Json, sample: Json, type: string, path: string): string[] {
    const faults: string[] = [];
    const optional = optionalKeys[type] ?? [];
    for (const [key, expected] of Object.entries(sample)) {
      if (!(key in given)) {
        if (!optional.includes(key)) faults.push(`${path}.${key}: missing`);
        continue;
      }
      faults.push(...this.#compareValues(given[key], expected, type, `${path}.${key}`));
    }
    return faults;
  }

  #compareValues(given: unknown, expected: unknown, type: string, path: string): string[] {
    if (given === null || expected === null || given === undefined) return [];
    if (typeName(given) !== typeName(expected)) return [`${path}: ${typeName(given)} where the newest sample has ${typeName(expected)}`];
    const key = path.split('.').at(-1) ?? '';
    if (freeForm.has(key)) return [];
    if (Array.isArray(given) && Array.isArray(expected)) {
      const [first] = expected as unknown[];
      return isJson(first) ? given.flatMap((element) => (isJson(element) ? this.#compareNested(element, first, `${path}[]`) : [])) : [];
    }
    return isJson(given) && isJson(expected) ? this.#compareNested(given, expected, path, type) : [];
  }

  /** A nested object with a type of its own is judged by that type's sample; a plain hash by the sample's own keys. */
  #compareNested(given: Json, expected: Json, path: string, type = ''): string[] {
    const own = typeof given['object'] === 'string' ? this.#samples[given['object']] : undefined;
    if (own) return this.#compareWithSample(given, own, String(given['object']), `${path}<${String(given['object'])}>`);
    const isTagged = 'type' in expected && 'type' in given;
    const faults: string[] = [];
    for (const [key, value] of Object.entries(expected)) {
      if (key in given) faults.push(...this.#compareValues(given[key], value, type, `${path}.${key}`));
      else if (!isTagged) faults.push(`${path}.${key}: missing`);
    }
    return faults;
  }
}
