// `npm run test:foreign`: the storage suite, and a whole mesh, on an S3 server that nobody here wrote.
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap/bootstrap.mjs';
import { build } from './bootstrap/build.mjs';
import { runMain } from './bootstrap/failure.mjs';
import { step } from './bootstrap/step.mjs';
import { runJest } from './run-jest.mjs';

const help = `npm run test:foreign [-- <options>]

Runs the suites *.foreign.test.ts on versitygw, found in PATH, or on what is named here.

  --versitygw <path>   this versitygw; also as the variable VERSITYGW
  --s3 <url>           a server that runs already; the suite makes a bucket of its own and leaves it behind.
                       S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and S3_REGION (us-east-1) hold its credential
  --help               this text

Without a server it says so and ends well. versitygw: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0`;

await runMain(async () => {
  const { values } = parseArgs({
    options: { s3: { type: 'string' }, versitygw: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  const variables = { ...runningServer(values.s3), ...versitygw(values.versitygw) };
  if (Object.keys(variables).length === 0) {
    console.log(`SKIPPED: no foreign S3 server is at hand, nothing was tested.\n\n${help}`);
    return 0;
  }
  Object.assign(process.env, variables);
  await bootstrap('test');
  await step('build', build);
  return runJest(['--testPathPatterns', String.raw`\.foreign\.test\.ts$`]);
});

function runningServer(url) {
  if (url === undefined) return {};
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey, S3_REGION: region } = process.env;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('--s3 needs the variables S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY as well');
  return {
    FOREIGN_S3_URL: url,
    FOREIGN_S3_ACCESS_KEY_ID: accessKeyId,
    FOREIGN_S3_SECRET_ACCESS_KEY: secretAccessKey,
    FOREIGN_S3_REGION: region ?? 'us-east-1',
  };
}

function versitygw(named = process.env.VERSITYGW) {
  if (named !== undefined) {
    if (!existsSync(named)) throw new Error(`there is no ${named}`);
    return { FOREIGN_S3_VERSITYGW: resolve(named) };
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'versitygw')).find((path) => existsSync(path));
  return found === undefined ? {} : { FOREIGN_S3_VERSITYGW: found };
}
