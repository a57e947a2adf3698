import type { Database } from '@infermesh/database';
import type { ObjectStore } from '@infermesh/object-store';
import type { Outbound } from '@infermesh/outbound';
import type { Logger } from '@infermesh/telemetry';
import type { StoreSettings } from './settings.js';

/** What the work of the store is done with. */
export interface StoreParts {
  readonly database: Database;
  readonly objectStore: ObjectStore;
  readonly outbound: Outbound;
  readonly settings: StoreSettings;
  readonly logger: Logger;
}
