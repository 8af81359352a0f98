// Owns: whether a text is what `status --json` is said to print.
// Leaves: what that is (test/schemas/status.schema.json, which the README shows).
import { readFileSync } from 'node:fs';
import { type Schema, Validator } from '@cfworker/json-schema';

export const STATUS_SCHEMA: Schema = JSON.parse(
  readFileSync(new URL('../schemas/status.schema.json', import.meta.url), 'utf8'),
);

/** What is wrong with it: of what is said, and, as programs may meet more in time, of what is not. */
export function faultsOf(text: string): string[] {
  const told: unknown = JSON.parse(text);
  return [STATUS_SCHEMA, withoutMore(STATUS_SCHEMA)].flatMap((schema) =>
    new Validator(schema, '2020-12').validate(told).errors.map((each) => `${each.instanceLocation}: ${each.error}`),
  );
}

/** Each object has no properties but those that are named; the outermost has them below `then` and `else`. */
function withoutMore(schema: unknown, isOutermost = true): Schema {
  if (Array.isArray(schema)) return schema.map((each) => withoutMore(each, false)) as unknown as Schema;
  if (typeof schema !== 'object' || schema === null) return schema as unknown as Schema;
  const parts = Object.entries(schema).map(([key, part]) => [key, key === 'if' ? part : withoutMore(part, false)]);
  const whole = Object.fromEntries(parts);
  const isObject = !isOutermost && 'properties' in schema && typeof schema.properties === 'object';
  return isObject ? { ...whole, additionalProperties: false } : whole;
}
