import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

/** The range of the front end's own slider. */
const maxFactor = 8;
const maxSide = 32_768;
const maxImages = 99;

const unit = z.number().min(0).max(1);
const side = z.number().int().min(1).max(maxSide);
const base64 = z.string({ error: 'must hold an image as Base64' }).min(1, 'must hold an image as Base64');

/** A1111's extras, dossier 9.4. Unknown keys are ignored, and null stands for the default. */
const settings = z.object({
  resize_mode: z.union([z.literal(0), z.literal(1)], { error: 'must be 0 (by factor) or 1 (to a size)' }).default(0),
  gfpgan_visibility: unit.default(0),
  codeformer_visibility: unit.default(0),
  upscaling_resize: z.number().positive().max(maxFactor).default(2),
  upscaling_resize_w: side.default(512),
  upscaling_resize_h: side.default(512),
  upscaling_crop: z.boolean().default(true),
  upscaler_1: z.string().max(200).default('None'),
  upscaler_2: z.string().max(200).default('None'),
  extras_upscaler_2_visibility: unit.default(0),
});
export type ExtrasSettings = z.infer<typeof settings>;

const single = settings.extend({ image: base64 });
const batch = settings.extend({
  imageList: z
    .array(z.object({ data: base64 }), { error: 'must be a list of {data, name}' })
    .min(1)
    .max(maxImages),
});

export interface ExtrasPayload {
  readonly settings: ExtrasSettings;
  /** Base64, each with the name of the field it came from. */
  readonly images: readonly { readonly field: string; readonly text: string }[];
}

/** @throws MeshError PAYLOAD_INVALID naming the field and what is allowed */
export function parseExtrasPayload(value: unknown): ExtrasPayload {
  const parsed = parse(single, value);
  return { settings: withoutFaceRestoration(parsed), images: [{ field: 'image', text: parsed.image }] };
}

/** The same for extra-batch-images, with `imageList` in place of `image`. @throws MeshError PAYLOAD_INVALID */
export function parseExtrasBatchPayload(value: unknown): ExtrasPayload {
  const parsed = parse(batch, value);
  const images = parsed.imageList.map(({ data }, index) => ({ field: `imageList.${index}.data`, text: data }));
  return { settings: withoutFaceRestoration(parsed), images };
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(withoutNulls(value));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  if (field === '') throw new MeshError('PAYLOAD_INVALID', 'the payload must be a JSON object');
  throw new MeshError('PAYLOAD_INVALID', `payload field ${field}: ${issue?.message ?? 'not valid'}`, { field });
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

function withoutFaceRestoration<Settings extends ExtrasSettings>(settings: Settings): Settings {
  for (const field of ['gfpgan_visibility', 'codeformer_visibility'] as const) {
    if (settings[field] > 0) {
      const message = `payload field ${field}: face restoration is not offered here, send 0`;
      throw new MeshError('PAYLOAD_INVALID', message, { field });
    }
  }
  return settings;
}
