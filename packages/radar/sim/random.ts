// Taken out of the loops: a look at a global costs more than the arithmetic where a test runner wraps the globals.
const { imul } = Math;

/**
 * Pseudo-random 32-bit integers: the same seed and stream give the same numbers on every machine.
 *
 * Source: D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021: xoshiro128**, its state filled
 * by a mixed counter.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param stream tells apart sequences of one seed, such as those of different frames */
  constructor(seed: number, stream = 0) {
    let counter = mix(mix(seed | 0) + stream);
    const next = (): number => {
      counter = (counter + 0x9e3779b9) | 0;
      return mix(counter);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1; // never all zeros
  }

  /** A signed 32-bit integer. */
  int32(): number {
    const b = this.#b;
    const product = imul(b, 5);
    const result = imul((product << 7) | (product >>> 25), 9);
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b = b ^ this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Above 0, below 1. */
  uniform(): number {
    return ((this.int32() >>> 0) + 0.5) / 2 ** 32;
  }
}

/** A bijection on 32-bit integers that scatters neighbours (C. Wellons, "Prospecting for hash functions", 2018). */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
