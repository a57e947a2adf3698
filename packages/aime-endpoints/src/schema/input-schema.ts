import { z } from 'zod';
import { audioAttributes, imageAttributes, videoAttributes } from './media-schema.js';

const common = {
  required: z.boolean().meta({ description: 'A request without the parameter is refused. Default false.' }).optional(),
  auto_convert: z.boolean().meta({ description: 'Convert what does not fit, if possible. Default false.' }).optional(),
  description: z.string().meta({ description: 'For the description of the endpoint.' }).optional(),
};

const limits = <Value extends z.ZodNumber>(value: Value) => ({
  min: value.meta({ description: 'Smallest allowed value.' }).optional(),
  minimum: value.meta({ description: 'The same as min.' }).optional(),
  max: value.meta({ description: 'Largest allowed value.' }).optional(),
  maximum: value.meta({ description: 'The same as max.' }).optional(),
  align: z.number().positive().meta({ description: 'Only multiples of it are allowed.' }).optional(),
});

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number or true or false' });

const integerInput = z.strictObject({
  type: z.enum(['integer', 'int']),
  default: z.int().optional(),
  ...common,
  ...limits(z.number()),
});
const floatInput = z.strictObject({
  type: z.literal('float'),
  default: z.number().optional(),
  ...common,
  ...limits(z.number()),
});
const stringInput = z.strictObject({
  type: z.enum(['string', 'str']),
  default: z.string().optional(),
  ...common,
  max_length: z.int().nonnegative().meta({ description: 'Most characters (Unicode code points).' }).optional(),
});
const booleanInput = z.strictObject({ type: z.enum(['boolean', 'bool']), default: z.boolean().optional(), ...common });
const selectionInput = z.strictObject({
  type: z.literal('selection'),
  default: scalar.optional(),
  ...common,
  supported: z.array(scalar).min(1).meta({ description: 'The values that are allowed.' }),
});
const jsonInput = z.strictObject({ type: z.literal('json'), default: z.json().optional(), ...common });

const media = { default: z.string().optional(), ...common };
const imageInput = z.strictObject({ type: z.literal('image'), ...media, ...imageAttributes });
const imageListInput = z.strictObject({
  type: z.literal('image_list'),
  ...common,
  default: z.array(z.string()).optional(),
  ...imageAttributes,
});
const audioInput = z.strictObject({ type: z.literal('audio'), ...media, ...audioAttributes });
const videoInput = z.strictObject({ type: z.literal('video'), ...media, ...videoAttributes });

const chatMedia = { auto_convert: z.boolean().optional() };
const chatContextInput = z.strictObject({
  type: z.literal('chat_context'),
  default: z.json().optional(),
  ...common,
  support: z
    .array(z.enum(['image', 'audio', 'video']))
    .meta({ description: 'Media that a message may hold. Default: text alone.' })
    .optional(),
  image: z.strictObject({ ...chatMedia, ...imageAttributes }).optional(),
  audio: z.strictObject({ ...chatMedia, ...audioAttributes }).optional(),
  video: z.strictObject({ ...chatMedia, ...videoAttributes }).optional(),
});
const textContextInput = z.strictObject({ type: z.literal('text_context'), default: z.string().optional(), ...common });

export const inputSchema = z.discriminatedUnion('type', [
  integerInput,
  floatInput,
  stringInput,
  booleanInput,
  selectionInput,
  jsonInput,
  imageInput,
  imageListInput,
  audioInput,
  videoInput,
  chatContextInput,
  textContextInput,
]);

export type InputToml = z.infer<typeof inputSchema>;
export type NumberInputToml = z.infer<typeof integerInput> | z.infer<typeof floatInput>;
export type SelectionInputToml = z.infer<typeof selectionInput>;
export type ChatContextInputToml = z.infer<typeof chatContextInput>;
