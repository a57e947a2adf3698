import type { Database } from '@infermesh/database';

const finalStates = `('succeeded', 'failed', 'cancelled', 'expired')`;

/** The database itself writes down, outside the code under test, what ends a job and what changes one that has ended. */
const statements = [
  `CREATE TABLE fault_audit (job_id uuid NOT NULL, what text NOT NULL, state text NOT NULL, epoch int NOT NULL)`,
  `CREATE INDEX ON fault_audit (job_id)`,
  `CREATE FUNCTION fault_audit() RETURNS trigger LANGUAGE plpgsql AS $body$
   BEGIN
     IF OLD.state IN ${finalStates} THEN
       IF NEW.state <> OLD.state OR NEW.epoch <> OLD.epoch OR NEW.result IS DISTINCT FROM OLD.result THEN
         INSERT INTO fault_audit VALUES (NEW.id, 'changed after its end', NEW.state, NEW.epoch);
       END IF;
     ELSIF NEW.state IN ${finalStates} THEN
       INSERT INTO fault_audit VALUES (NEW.id, 'ended', NEW.state, NEW.epoch);
     END IF;
     RETURN NULL;
   END $body$`,
  `CREATE TRIGGER fault_audit AFTER UPDATE ON job FOR EACH ROW EXECUTE FUNCTION fault_audit()`,
];

export async function installAudit(database: Database): Promise<void> {
  for (const statement of statements) await database.query(statement);
}
