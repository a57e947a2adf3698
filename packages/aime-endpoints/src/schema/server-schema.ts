import { z } from 'zod';
import { clientLoginKeys, queueKeys } from './endpoint-schema.js';
import { staticSchema } from './static-schema.js';

const seconds = z.number().positive();
const bytes = z.int().positive();

const sanicSection = z
  .looseObject({
    request_max_size: bytes.meta({ description: 'Most bytes of a request’s body.' }).optional(),
    request_timeout: seconds.meta({ description: 'Seconds that a request may take to arrive.' }).optional(),
    response_timeout: seconds.meta({ description: 'Seconds that a waiting client is held.' }).optional(),
    keep_alive: z.boolean().optional(),
    keep_alive_timeout: seconds.meta({ description: 'Seconds that an idle connection is held.' }).optional(),
    proxies_count: z.int().nonnegative().meta({ description: 'Proxies whose X-Forwarded-For is believed.' }).optional(),
    access_log: z.boolean().optional(),
  })
  .meta({ description: 'Settings of the HTTP server. Others than these have no effect.' });

const allowed = z.strictObject({
  allowed: z.array(z.union([z.string(), z.number()], { error: 'must be a text or a number' })).min(1),
});

const model = z.strictObject({
  endpoint: z.string().optional(),
  created_at: z.string().optional(),
  owned_by: z.string().optional(),
  default_system_prompt: z.string().optional(),
  legacy_context_format: z.boolean().optional(),
});

/** The file of the server: what holds for every endpoint that does not say otherwise. */
export const serverSchema = z
  .strictObject({
    SERVER: z
      .strictObject({
        host: z.string().min(1).optional(),
        port: z.int().min(0).max(65_535).optional(),
        endpoint_configs: z
          .string()
          .min(1)
          .meta({ description: 'A folder, a file, or files with commas between them.' })
          .optional(),
      })
      .optional(),
    SANIC: sanicSection.optional(),
    ADMIN: z.looseObject({}).meta({ description: 'No effect.' }).optional(),
    CLIENTS: z
      .strictObject({
        default_authentication: clientLoginKeys.authentication,
        default_authentification: clientLoginKeys.authentication,
        default_authorization: clientLoginKeys.authorization,
        default_authorization_keys: z.record(z.string(), z.string().min(1)).optional(),
        default_provide_worker_meta_data: z.boolean().optional(),
        default_client_request_limit: z.int().nonnegative().optional(),
      })
      .optional(),
    WORKERS: z
      .strictObject({
        default_auth_key: z.string().min(1).optional(),
        default_request_timeout: seconds.optional(),
        default_job_timeout: seconds.optional(),
      })
      .optional(),
    ENDPOINTS: z
      .strictObject({
        default_max_queue_length: queueKeys.max_queue_length,
        default_max_time_in_queue: queueKeys.max_time_in_queue,
        default_job_inactivity_timeout: queueKeys.job_inactivity_timeout,
        default_result_lifetime: queueKeys.result_lifetime,
      })
      .optional(),
    INPUTS: z
      .partialRecord(z.enum(['image', 'audio', 'video']), z.record(z.string(), allowed))
      .meta({ description: 'What media may be at all: image.format = { allowed = [...] }.' })
      .optional(),
    OPENAI: z
      .strictObject({
        enable_v1_api: z.boolean().optional(),
        enable_chat_completions: z.boolean().optional(),
        fallback_model: z.string().optional(),
        MODELS: z.record(z.string(), model).optional(),
      })
      .optional(),
    STATIC: staticSchema.optional(),
    JINJA: z.unknown().meta({ description: 'No effect: templates are not rendered.' }).optional(),
  })
  .meta({ title: 'infermesh AIME server', description: 'What holds for every AIME job endpoint.' });

export type ServerToml = z.infer<typeof serverSchema>;
