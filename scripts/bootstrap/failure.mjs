/** Something the reader can act on: printed as it is, without a stack. */
export class Failure extends Error {}

/** Runs a script's main function; a failure is printed and becomes exit code 1. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
