// A worker that does no work. What it does instead is its first job type.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [behaviour] = (process.env.WORKER_JOB_TYPES ?? '').split(',');
writeFileSync(
  join(process.env.WORKER_FOLDER, `${process.env.WORKER_ID}.json`),
  JSON.stringify({ ...process.env, pid: process.pid }),
);

const deaf = behaviour === 'deaf';
process.on('SIGTERM', () => {
  if (!deaf) process.exit(0);
});
process.on('disconnect', () => process.exit(0));

switch (behaviour) {
  case 'crash-at-start':
    process.exit(3);
    break;
  case 'never-ready':
    break;
  case 'leave-channel':
    process.removeAllListeners('disconnect');
    process.send({ type: 'ready' }, () => process.disconnect());
    break;
  case 'unknown-message':
    process.send({ type: 'unknown' });
    process.send({ type: 'ready' });
    break;
  case 'warm':
    process.send({ type: 'alive', warmCheckpoints: ['of-all', process.env.WORKER_ID] });
    process.send({ type: 'ready' });
    break;
  default:
    process.send({ type: 'ready' });
    setInterval(() => process.connected && process.send({ type: 'alive' }), 50);
}
setTimeout(() => undefined, 2_000_000_000);
