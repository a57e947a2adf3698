import { startPostgresServer } from '../../../packages/database/tests/postgres-server.js';
import { exerciseRecords } from './exercise-records.js';

exerciseRecords('PostgreSQL', startPostgresServer, true);
