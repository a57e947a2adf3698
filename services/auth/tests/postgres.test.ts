import { startPostgresServer } from '../../../packages/database/tests/postgres-server.js';
import { exerciseAuth } from './exercise-auth.js';

exerciseAuth('PostgreSQL', startPostgresServer);
