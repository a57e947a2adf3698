export { GroupCommit, type GroupCommitOptions } from './group-commit.js';
export { openDatabase, type Database, type DatabaseOptions, type Rows, type Sql } from './database.js';
export { isRowError, isUniqueViolation } from './database-error.js';
export { migrate } from './migrate.js';
export {
  startEmbeddedDatabase,
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
} from './embedded/start-embedded-database.js';
export type { Orm } from './orm.js';
export { apiKey, appUser, role, tenant, userRole } from './schema/auth.js';
export { endpoint } from './schema/endpoints.js';
export { idempotency, job, jobGarbage, jobOutput, jobStates, type JobState } from './schema/jobs.js';
