// A server in a process of its own, so that a test can kill it or measure it. Runs what was built.
import { startLocalS3 } from '@infermesh/local-s3';

const [folder, accessKeyId, secretAccessKey] = process.argv.slice(2);
const server = await startLocalS3({
  folder,
  credentials: [{ accessKeyId, secretAccessKey }],
  buckets: ['child-bucket'],
});
let highestBytes = 0;
setInterval(() => {
  highestBytes = Math.max(highestBytes, process.memoryUsage.rss());
}, 5).unref();

process.on('message', () => {
  process.send({ highestBytes });
  highestBytes = 0;
});
process.on('disconnect', () => process.exit());
process.send({ url: server.url });
