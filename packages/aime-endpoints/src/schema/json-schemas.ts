import { z } from 'zod';
import { endpointSchema } from './endpoint-schema.js';
import { serverSchema } from './server-schema.js';

/** The JSON Schema (draft 7, which editors of TOML understand) of an endpoint's file. */
export function endpointJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(endpointSchema, { target: 'draft-7', io: 'input', reused: 'ref' });
}

/** The JSON Schema (draft 7) of the server's file. */
export function serverJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(serverSchema, { target: 'draft-7', io: 'input', reused: 'ref' });
}
