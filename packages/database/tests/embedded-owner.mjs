// A process that starts the embedded database and keeps it: `embedded-owner.mjs <built package face> <folder>`.
// It tells its parent `{url, pid}`, or `{code, message}` when the start is refused.
const [face, folder] = process.argv.slice(2);
const { startEmbeddedDatabase } = await import(face);
const silent = () => undefined;
const logger = { debug: silent, warn: silent, error: silent };

try {
  const { url, pid } = await startEmbeddedDatabase({ folder, logger });
  process.send({ url, pid });
} catch ({ code, message }) {
  process.send({ code, message }, () => process.disconnect());
}
