import type { JobEndpoint } from '@infermesh/aime-endpoints';
import type { OpenApiDocument, OpenApiOperation, OpenApiSchema } from '@infermesh/http';
import { inputJsonSchema, outputJsonSchema } from './input-json-schema.js';

/** OpenAPI 3.1 of one endpoint: what it takes and gives, made of its file. */
export function endpointDocument(endpoint: JobEndpoint, basePath: string): OpenApiDocument {
  const { name, title, description, version, methods } = endpoint;
  return {
    openapi: '3.1.1',
    info: { title, description, version: String(version ?? 0) },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths: {
      [`/${name}`]: methods.includes('POST') ? { post: submitOperation(endpoint) } : {},
      [`/${name}/progress`]: { get: pollOperation(name) },
      [`/${name}/cancel`]: { post: cancelOperation(name) },
    },
    components: {
      schemas: {
        Parameters: parametersSchema(endpoint),
        Result: resultSchema(endpoint),
        Submitted: submitted,
        Progress: progressSchema(endpoint),
        CancelBody: cancelBody,
        Refusal: refusal,
      },
      securitySchemes: {},
    },
  };
}

const text = { type: 'string' };
const epVersion = { type: ['integer', 'null'] };

const submitted: OpenApiSchema = {
  type: 'object',
  properties: { success: { const: true }, job_id: text, ep_version: epVersion },
  required: ['success', 'job_id', 'ep_version'],
};

const refusal: OpenApiSchema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: { anyOf: [text, { type: 'array', items: text }] },
    ep_version: epVersion,
  },
  required: ['success', 'error'],
};

const cancelBody: OpenApiSchema = {
  type: 'object',
  properties: { key: text, client_session_auth_key: text, job_id: text },
  required: ['job_id'],
};

function parametersSchema({ inputs }: JobEndpoint): OpenApiSchema {
  return {
    type: 'object',
    properties: {
      key: { ...text, description: 'the key; or a session in client_session_auth_key' },
      client_session_auth_key: text,
      wait_for_result: { type: 'boolean', default: true },
      ...Object.fromEntries(inputs.map((input) => [input.name, inputJsonSchema(input)])),
    },
    required: inputs.filter(({ required, autoConvert }) => required && !autoConvert).map(({ name }) => name),
    additionalProperties: false,
  };
}

function resultSchema({ outputs }: JobEndpoint): OpenApiSchema {
  return {
    type: 'object',
    properties: {
      success: { type: 'boolean' },
      job_id: text,
      ep_version: epVersion,
      error: { ...text, description: 'the job failed' },
      ...Object.fromEntries(outputs.map((output) => [output.name, outputJsonSchema(output)])),
    },
    required: ['success', 'job_id', 'ep_version'],
  };
}

function progressSchema({ progressOutputs }: JobEndpoint): OpenApiSchema {
  const data = Object.fromEntries(progressOutputs.map((output) => [output.name, outputJsonSchema(output)]));
  return {
    type: 'object',
    properties: {
      success: { const: true },
      job_id: text,
      ep_version: epVersion,
      job_state: { enum: ['queued', 'processing', 'done', 'canceled'] },
      job_result: refer('Result'),
      progress: {
        type: 'object',
        properties: {
          queue_position: { type: 'integer' },
          estimate: { type: 'number' },
          num_workers_online: { type: 'integer' },
          progress: { type: 'number' },
          progress_data: { type: 'object', properties: data },
        },
      },
    },
    required: ['success', 'job_id', 'ep_version', 'job_state'],
  };
}

function submitOperation({ title }: JobEndpoint): OpenApiOperation {
  return {
    operationId: 'Submit',
    summary: title,
    requestBody: { required: true, content: { 'application/json': { schema: refer('Parameters') } } },
    responses: {
      '200': answer('the result, or with wait_for_result: false the job', {
        anyOf: [refer('Result'), refer('Submitted')],
      }),
      '400': answer('every mistake of the parameters', refer('Refusal')),
      '401': answer('no key, or a wrong one', refer('Refusal')),
      '402': answer('the key does not open this endpoint', refer('Refusal')),
      '413': answer('the body is too large', refer('Refusal')),
      '429': answer('too many jobs wait', refer('Refusal')),
      '503': answer('the mesh cannot work, or the worker was lost', refer('Refusal')),
    },
    security: [],
  };
}

function pollOperation(name: string): OpenApiOperation {
  return {
    operationId: 'Poll',
    summary: `How a job of ${name} stands, and its result.`,
    parameters: [{ name: 'job_id', in: 'query', required: true, schema: text }],
    responses: {
      '200': answer('its state', refer('Progress')),
      '400': answer('the query has what no text may have', refer('Refusal')),
      '402': answer('no such job, or no longer', refer('Refusal')),
      '503': answer('the mesh cannot work', refer('Refusal')),
    },
    security: [],
  };
}

function cancelOperation(name: string): OpenApiOperation {
  return {
    operationId: 'Cancel',
    summary: `Cancels a job of ${name}.`,
    requestBody: { required: true, content: { 'application/json': { schema: refer('CancelBody') } } },
    responses: {
      '200': answer('it is, or is being, cancelled; or had ended', { type: 'object' }),
      '400': answer('the body is no such object', refer('Refusal')),
      '401': answer('no key, or a wrong one', refer('Refusal')),
      '402': answer('no such job of the caller', refer('Refusal')),
      '413': answer('the body is too large', refer('Refusal')),
      '503': answer('the mesh cannot work', refer('Refusal')),
    },
    security: [],
  };
}

function refer(name: string): OpenApiSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function answer(description: string, schema: OpenApiSchema): OpenApiOperation['responses'][string] {
  return { description, content: { 'application/json': { schema } } };
}
