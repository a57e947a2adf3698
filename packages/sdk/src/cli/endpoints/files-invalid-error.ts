import { InfermeshError } from '../../errors.js';

/** Files that were checked hold mistakes, which have been written out. */
export class FilesInvalidError extends InfermeshError {
  override readonly name = 'FilesInvalidError';

  constructor(count: number) {
    super(
      `${count} mistake${count === 1 ? '' : 's'}`,
      'Correct what the lines name. A server that runs keeps the version of a file that it has.',
    );
  }
}
