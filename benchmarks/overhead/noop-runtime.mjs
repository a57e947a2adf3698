// A runtime that does nothing: what is measured is the way there and back.
import { fileURLToPath } from 'node:url';

export default {
  kind: 'noop',
  entry: fileURLToPath(new URL('./noop-model-process.mjs', import.meta.url)),
  jobTypes: ['noop'],
};
