import type { ListenAddress } from './variables.js';

/**
 * Two doors at one address and prefix would answer each other's requests. For `refine` of a whole configuration.
 *
 * @returns what is wrong, naming both variables; undefined when every address is one variable's own
 */
export function findSharedAddress(byVariable: Readonly<Record<string, readonly ListenAddress[]>>): string | undefined {
  const owners = new Map<string, string>();
  for (const [variable, addresses] of Object.entries(byVariable)) {
    for (const { host, port, prefix } of addresses) {
      const place = `${host}:${String(port)}${prefix}`;
      const owner = owners.get(place);
      if (owner !== undefined && owner !== variable)
        return `${owner} and ${variable} both name ${place}: give one of them another prefix or port`;
      owners.set(place, variable);
    }
  }
  return undefined;
}
