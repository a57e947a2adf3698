import { startPostgresServer } from '../../../packages/database/tests/postgres-server.js';
import { exerciseLongQueues } from './exercise-long-queues.js';
import { exerciseRecords } from './exercise-records.js';
import { exerciseWebhooks } from './exercise-webhooks.js';

exerciseRecords('PostgreSQL', startPostgresServer, true);
exerciseWebhooks('PostgreSQL', startPostgresServer);
exerciseLongQueues('PostgreSQL', startPostgresServer);
