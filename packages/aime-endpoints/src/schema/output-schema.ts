import { z } from 'zod';
import { audioAttributes, imageAttributes, videoAttributes } from './media-schema.js';

const common = {
  auto_convert: z.boolean().optional(),
  description: z.string().meta({ description: 'For the description of the endpoint.' }).optional(),
};

/** Outputs may name a format or a colour space by a bare word. */
function orWord<Rule extends z.ZodType>(rule: Rule): z.ZodOptional<z.ZodUnion<readonly [z.ZodString, Rule]>> {
  return z.union([z.string(), rule], { error: 'must be a text or a table' }).optional();
}

const image = {
  ...imageAttributes,
  format: orWord(imageAttributes.format.unwrap()),
  color_space: orWord(imageAttributes.color_space.unwrap()),
};
const audio = { ...audioAttributes, format: orWord(audioAttributes.format.unwrap()) };
const video = {
  ...videoAttributes,
  format: orWord(videoAttributes.format.unwrap()),
  color_space: orWord(videoAttributes.color_space.unwrap()),
};

const plainOutput = z.strictObject({
  type: z.enum(['string', 'str', 'integer', 'int', 'float', 'boolean', 'bool', 'json']),
  ...common,
});
const imageOutput = z.strictObject({ type: z.enum(['image', 'image_list']), ...common, ...image });
const audioOutput = z.strictObject({ type: z.literal('audio'), ...common, ...audio });
const videoOutput = z.strictObject({ type: z.literal('video'), ...common, ...video });

export const outputSchema = z.discriminatedUnion('type', [plainOutput, imageOutput, audioOutput, videoOutput]);

export type OutputToml = z.infer<typeof outputSchema>;
