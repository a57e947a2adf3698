import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

const maxFactor = 16;
const maxSide = 32_768;

const unit = z.number().min(0).max(1);
const side = z.number().int().min(1).max(maxSide);

/** A1111's extras, dossier 9.4. Unknown keys are ignored. */
const extrasPayload = z.object({
  resize_mode: z.union([z.literal(0), z.literal(1)]).default(0),
  gfpgan_visibility: unit.default(0),
  codeformer_visibility: unit.default(0),
  upscaling_resize: z.number().positive().max(maxFactor).default(2),
  upscaling_resize_w: side.default(512),
  upscaling_resize_h: side.default(512),
  upscaling_crop: z.boolean().default(true),
  upscaler_1: z.string().max(200).default('None'),
  upscaler_2: z.string().max(200).default('None'),
  extras_upscaler_2_visibility: unit.default(0),
  image: z.string().min(1, 'must hold the image as Base64'),
});
export type ExtrasPayload = z.infer<typeof extrasPayload>;

/** @throws MeshError PAYLOAD_INVALID naming the field and what is allowed */
export function parseExtrasPayload(value: unknown): ExtrasPayload {
  const parsed = extrasPayload.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new MeshError(
      'PAYLOAD_INVALID',
      `payload field ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
    );
  }
  const payload = parsed.data;
  for (const field of ['gfpgan_visibility', 'codeformer_visibility'] as const) {
    if (payload[field] > 0)
      throw new MeshError('PAYLOAD_INVALID', `payload field ${field}: face restoration is not offered here, send 0`);
  }
  return payload;
}

const base64Text = /^[A-Za-z0-9+/\s]+={0,2}\s*$/u;

/** The bytes of a Base64 text, with or without `data:image/...;base64,` before it. @throws MeshError PAYLOAD_INVALID */
export function decodeBase64Image(text: string): Buffer {
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1;
  const encoded = text.slice(comma + 1);
  if (!base64Text.test(encoded)) throw new MeshError('PAYLOAD_INVALID', 'payload field image: is not Base64');
  return Buffer.from(encoded, 'base64');
}
