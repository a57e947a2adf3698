/** The way to a value: names of tables and keys, and indices of arrays. */
export type KeyPath = readonly (string | number)[];

const maxLength = 80;

/** A path as TOML writes it: `STATIC."/slug".file`, `INPUTS.size.supported[0]`. */
export function keyText(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const short = part.length > maxLength ? `${part.slice(0, maxLength)}...` : part;
    const name = /^[A-Za-z0-9_.-]+$/u.test(short) && !part.includes('.') ? short : JSON.stringify(short);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
