import { z } from 'zod';
import { MeshError } from '@infermesh/errors';

const fieldTypes = ['string', 'integer', 'float', 'boolean', 'json', 'image', 'image_list', 'audio', 'video'] as const;
const field = z.strictObject({
  type: z.enum(fieldTypes),
  /** Of a payload's field: the runtime does nothing without it. Of a result's: always there. */
  required: z.boolean().default(false),
});

const description = z.strictObject({
  payload: z.record(z.string(), field),
  result: z.record(z.string(), field),
});

/** What a runtime takes and gives, so that a mapping can be checked before its first job. */
export type RuntimeDescription = z.infer<typeof description>;
export type RuntimeField = z.infer<typeof field>;
export type RuntimeFieldType = RuntimeField['type'];

/** Descriptions by the name that `[WORKER] runtime` gives. */
export type RuntimeDescriptions = ReadonlyMap<string, RuntimeDescription>;

/**
 * Reads `{"<runtime>": {"payload": {"<field>": {"type": "...", "required": true}}, "result": {...}}}`.
 *
 * @throws MeshError CONFIG_INVALID when it is something else
 */
export function parseRuntimeDescriptions(value: unknown): RuntimeDescriptions {
  const parsed = z.record(z.string(), description).safeParse(value);
  if (!parsed.success) throw new MeshError('CONFIG_INVALID', `the runtimes: ${z.prettifyError(parsed.error)}`);
  return new Map(Object.entries(parsed.data));
}
