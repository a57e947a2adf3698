import { exerciseLongQueues } from './exercise-long-queues.js';
import { exerciseRecords } from './exercise-records.js';
import { exerciseWebhooks } from './exercise-webhooks.js';
import { startPglite } from './start-pglite.js';

exerciseRecords('PGlite', startPglite, false);
exerciseWebhooks('PGlite', startPglite);
exerciseLongQueues('PGlite', startPglite);
