import { UsageError } from './errors.js';

const stage = '/prod';

export interface GatewayUrls {
  /** Where the inference routes stand, without a trailing slash: `http://127.0.0.1:8600/prod`. */
  readonly esd: string;
  /** Where the `/auth` routes stand: the same address without its stage. */
  readonly root: string;
  /** What `parseBaseUrl` reads as the same again. */
  readonly address: string;
}

/**
 * Reads the address of a gateway. An address without a path gets the stage `/prod`; one with a path is taken as it is, also
 * where the path is a slash alone: `http://127.0.0.1:8600/` has the routes at its root.
 *
 * @throws UsageError when it is no http or https URL, or carries a user name, a query or a fragment
 */
export function parseBaseUrl(text: string): GatewayUrls {
  const example = 'Give the address of the gateway, for example http://127.0.0.1:8600/prod.';
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError('the gateway address is not an http or https URL', example);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(
      'the gateway address may hold neither credentials nor a query',
      `${example} The API key is a setting of its own.`,
    );
  }
  const path = url.pathname.replace(/\/+$/u, '');
  const isAtRoot = path === '' && text.trim().endsWith('/');
  const esdPath = path === '' && !isAtRoot ? stage : path;
  const rootPath = esdPath.endsWith(stage) ? esdPath.slice(0, -stage.length) : esdPath;
  const esd = `${url.origin}${esdPath}`;
  return { esd, root: `${url.origin}${rootPath}`, address: isAtRoot ? `${esd}/` : esd };
}
