import { expect, it } from '@jest/globals';
import type { JobEndpoint } from '@infermesh/aime-endpoints';
import type { AimeClient } from './client-gate.js';
import { RequestCounts } from './request-counts.js';

const endpoint = (name: string, requestLimit: number | null): JobEndpoint =>
  ({ name, clients: { requestLimit } }) as unknown as JobEndpoint;
const client = (keyId: string, sessionId: string | null = null): AimeClient =>
  ({ keyId, sessionId }) as unknown as AimeClient;

it('counts the requests of each session, else of each key, at each endpoint', () => {
  const counts = new RequestCounts();
  const limited = endpoint('a', 2);
  for (const who of [client('k'), client('k', 's1'), client('k', 's2'), client('other')]) {
    counts.admit(limited, who);
    counts.admit(limited, who);
    expect(() => {
      counts.admit(limited, who);
    }).toThrow(/a client of a may make 2/u);
    counts.admit(endpoint('b', 1), who);
    counts.admit(endpoint('free', null), who);
  }
});
