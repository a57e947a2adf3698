import type { InputDefinition, OutputDefinition } from '@infermesh/aime-endpoints';
import type { OpenApiSchema } from '@infermesh/http';

const dataUrl = { type: 'string', description: 'a data URL: data:<type>;base64,<body>' };

/** What a parameter may be, as JSON Schema. Limits to which a value is converted are told, and not asked for. */
export function inputJsonSchema(input: InputDefinition): OpenApiSchema {
  const { description, defaultValue } = input;
  const texts = [description, input.autoConvert ? 'what does not fit is converted' : null].filter(
    (text) => text !== null,
  );
  return {
    ...typeOf(input),
    ...(texts.length === 0 ? {} : { description: texts.join('; ') }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
  };
}

function typeOf(input: InputDefinition): OpenApiSchema {
  switch (input.kind) {
    case 'integer':
    case 'float':
      return numberSchema(input);
    case 'string':
      if (input.autoConvert) return {};
      return { type: 'string', ...(input.maxLength === null ? {} : { maxLength: input.maxLength }) };
    case 'boolean':
      return input.autoConvert ? {} : { type: 'boolean' };
    case 'selection':
      return input.autoConvert ? { examples: [...input.supported] } : { enum: [...input.supported] };
    case 'image_list':
      return { type: input.autoConvert ? ['array', 'string'] : 'array', items: dataUrl, maxItems: 64 };
    case 'image':
    case 'audio':
    case 'video':
      return dataUrl;
    case 'text_context':
      return { type: 'string' };
    case 'json':
    case 'chat_context':
      return {}; // as JSON text, or as it is
  }
}

function numberSchema(input: Extract<InputDefinition, { kind: 'integer' | 'float' }>): OpenApiSchema {
  const { min, max, align, kind, autoConvert } = input;
  if (autoConvert) return {};
  return {
    type: kind === 'integer' ? 'integer' : 'number',
    ...(min === null ? {} : { minimum: min }),
    ...(max === null ? {} : { maximum: max }),
    ...(align === null || align <= 0 ? {} : { multipleOf: align }),
  };
}

const outputTypes = { string: 'string', integer: 'integer', float: 'number', boolean: 'boolean' } as const;

/** What an output may be. Null passes as any type. */
export function outputJsonSchema({ kind, description }: OutputDefinition): OpenApiSchema {
  const about = description === null ? {} : { description };
  switch (kind) {
    case 'json':
      return about;
    case 'image':
    case 'audio':
    case 'video':
      return { ...about, type: ['string', 'null'] };
    case 'image_list':
      return { ...about, type: ['array', 'null'], items: { type: 'string' } };
    default:
      return { ...about, type: [outputTypes[kind], 'null'] };
  }
}
