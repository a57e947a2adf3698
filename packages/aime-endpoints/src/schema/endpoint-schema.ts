import { z } from 'zod';
import { inputSchema } from './input-schema.js';
import { outputSchema } from './output-schema.js';
import { staticSchema } from './static-schema.js';

const seconds = z.number().positive();

/** A name of a parameter, a variable or a field. */
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/u, {
  error: 'must be a name of letters, digits, _ and -, at most 64, that begins with a letter or _',
});

export const queueKeys = {
  max_queue_length: z.int().positive().meta({ description: 'Most jobs that may wait.' }).optional(),
  max_time_in_queue: seconds.meta({ description: 'Seconds that a job may wait for a worker.' }).optional(),
  job_inactivity_timeout: seconds
    .meta({ description: 'Seconds that a worker may keep silent about a job.' })
    .optional(),
  result_lifetime: seconds.meta({ description: 'Seconds that a result can be fetched.' }).optional(),
};

const endpointSection = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/u, {
      error:
        'must be letters, digits, _, - and ., at most 64, and begin with a letter or digit: it is a part of the URL',
    })
    .meta({ description: 'The name in the URL: POST /<name>.' }),
  title: z.string().meta({ description: 'Full title. Default: the name.' }).optional(),
  description: z.string().meta({ description: 'Full description. Default: the title.' }).optional(),
  methods: z
    .array(z.enum(['GET', 'POST']))
    .min(1)
    .meta({ description: 'HTTP methods. Default both.' })
    .optional(),
  version: z.int().meta({ description: 'Version number, told to clients as ep_version.' }).optional(),
  category: z.string().optional(),
  demo_url: z.string().optional(),
  ...queueKeys,
  provide_worker_meta_data: z.boolean().meta({ description: 'No effect here; see [CLIENTS].' }).optional(),
  input_metering: z.unknown().meta({ description: 'No effect.' }).optional(),
  output_metering: z.unknown().meta({ description: 'No effect.' }).optional(),
});

const workerSection = z.strictObject({
  job_type: z.string().min(1).max(200).meta({ description: 'Type of the jobs; endpoints of one type share a queue.' }),
  auth_key: z.string().min(1).meta({ description: 'The key that workers must show.' }).optional(),
  request_timeout: seconds.meta({ description: 'Seconds until a waiting worker is told no_job.' }).optional(),
  job_timeout: seconds.meta({ description: 'The older name of request_timeout.' }).optional(),
  runtime: z.string().min(1).meta({ description: 'The mesh’s own runtime that does the jobs.' }).optional(),
  PAYLOAD: z
    .record(name, z.json())
    .meta({ description: 'Fields of the runtime’s payload: "$input" is an input, anything else a constant.' })
    .optional(),
  RESULT: z
    .record(name, z.string())
    .meta({ description: 'Where each output comes from: a field of the result ("a.b"), or an input ("$input").' })
    .optional(),
});

export const clientLoginKeys = {
  authentication: z.enum(['None', 'User']).meta({ description: 'What a login must name.' }).optional(),
  authorization: z.enum(['None', 'Key']).meta({ description: 'What a login must prove.' }).optional(),
};

const clientsSection = z.strictObject({
  ...clientLoginKeys,
  authentification: clientLoginKeys.authentication,
  authorization_keys: z
    .record(z.string(), z.string().min(1))
    .meta({ description: 'User names and their keys. Replaces the table of the server.' })
    .optional(),
  provide_worker_meta_data: z.boolean().meta({ description: 'Tell clients the worker’s name and version.' }).optional(),
  client_request_limit: z
    .int()
    .nonnegative()
    .meta({ description: 'Most requests of one session; 0 is no limit.' })
    .optional(),
});

const outputs = z.record(name, outputSchema);

const sessionVariable = z.strictObject({ type: z.string().optional(), default: z.json().optional() });

/** The file of one endpoint. */
export const endpointSchema = z
  .strictObject({
    ENDPOINT: endpointSection,
    WORKER: workerSection,
    CLIENTS: clientsSection.optional(),
    INPUTS: z.record(name, inputSchema).optional(),
    OUTPUTS: outputs.optional(),
    PROGRESS: z.strictObject({ OUTPUTS: outputs.optional() }).optional(),
    STATIC: staticSchema.optional(),
    SESSION: z.strictObject({ VARS: z.record(name, sessionVariable).optional() }).optional(),
    JINJA: z.unknown().meta({ description: 'No effect: templates are not rendered.' }).optional(),
    HTML: z.unknown().meta({ description: 'No effect.' }).optional(),
  })
  .meta({ title: 'infermesh job endpoint', description: 'The file of one AIME job endpoint.' });

export type EndpointToml = z.infer<typeof endpointSchema>;
export type WorkerToml = z.infer<typeof workerSection>;
