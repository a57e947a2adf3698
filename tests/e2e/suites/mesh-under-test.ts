import type { JobQueue } from '@infermesh/job-queue';
import type { EsdClient } from '../../harness/esd-client.js';
import type { ToyClient } from '../../harness/toy-client.js';

/** What the suites need of a mesh, however its services are spread over processes. */
export interface MeshUnderTest {
  /** As the administrator. */
  readonly client: EsdClient;
  /** Of the ESD API, with its prefix. */
  readonly url: string;
  readonly authUrl: string;
  readonly adminKey: string;
  /** Calls as the gateway makes them. */
  readonly jobQueue: JobQueue;
  /** As the administrator, of a mesh with the toy dialect and an endpoint `toys`. */
  readonly toys: ToyClient;
}
