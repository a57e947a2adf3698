import { MeshError } from '@infermesh/errors';
import { z } from 'zod';

export interface RedisNode {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

interface Deployment {
  readonly login: RedisLogin;
  /** TLS to every node, sentinels included. */
  readonly tls: boolean;
  /** At least one. The others are found through it, but it may be away just now. */
  readonly nodes: readonly RedisNode[];
}

/** Where the queues are kept: one server, whoever is master now as sentinels tell, or a cluster. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | (Deployment & { readonly kind: 'sentinel'; readonly masterName: string; readonly sentinelLogin: RedisLogin })
  | (Deployment & { readonly kind: 'cluster' });

const deploymentForm =
  /^(?<scheme>rediss?)\+(?<kind>sentinel|cluster):\/\/(?:(?<username>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?(?<nodes>[^@/?]+)(?:\/(?<path>[^/?]*))?(?:\?(?<query>.*))?$/u;
const nodeForm = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/u;
const usualPort = { sentinel: 26_379, cluster: 6379 } as const;

/** Never holds the URL itself: it has a password. */
function refused(why: string): MeshError {
  return new MeshError('CONFIG_INVALID', `this is not the URL of a Redis: ${why}`);
}

function parseNode(text: string, kind: keyof typeof usualPort): RedisNode {
  const { v6, name, port: portText } = nodeForm.exec(text)?.groups ?? {};
  const host = v6 ?? name;
  const port = Number(portText ?? usualPort[kind]);
  if (host === undefined || port < 1 || port > 65_535) throw refused('its nodes are not host:port,host:port');
  return { host, port };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : 'it has a broken escape');
  }
}

/** Without what is empty. */
function loginOf(username: string | undefined, password: string | undefined): RedisLogin {
  return {
    ...(username === undefined || username === '' ? {} : { username: decode(username) }),
    ...(password === undefined || password === '' ? {} : { password: decode(password) }),
  };
}

function parseSentinelLogin(query: string): RedisLogin {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== 'sentinelUsername' && name !== 'sentinelPassword') throw refused('it has an unknown parameter');
  }
  const username = parameters.get('sentinelUsername');
  const password = parameters.get('sentinelPassword');
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}

function parseServer(url: string): RedisAddress {
  if (!URL.canParse(url)) throw refused('it cannot be parsed');
  const { protocol, hostname } = new URL(url);
  if ((protocol !== 'redis:' && protocol !== 'rediss:') || hostname === '')
    throw refused('it begins with none of redis://, redis+sentinel:// and redis+cluster://');
  return { kind: 'server', url };
}

/**
 * Reads
 * - `redis://user:password@host:port/db`: one server;
 * - `redis+sentinel://user:password@host:port,host:port/masterName?sentinelUsername=..&sentinelPassword=..`: the hosts are
 *   sentinels (default port 26379), user and password belong to the servers;
 * - `redis+cluster://user:password@host:port,host:port`: nodes of a cluster (default port 6379).
 *
 * `rediss` in place of `redis` means TLS. User and password are percent-encoded.
 *
 * @throws MeshError CONFIG_INVALID
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = deploymentForm.exec(url)?.groups;
  if (parts === undefined) return parseServer(url);
  const { scheme, username, password, nodes = '', path = '', query = '' } = parts;
  const kind = parts['kind'] === 'sentinel' ? 'sentinel' : 'cluster';
  const deployment: Deployment = {
    login: loginOf(username, password),
    tls: scheme === 'rediss',
    nodes: nodes.split(',').map((node) => parseNode(node, kind)),
  };
  if (kind === 'sentinel') {
    if (path === '') throw refused('the name of the master is missing: redis+sentinel://host:port/name');
    return { kind, ...deployment, masterName: decode(path), sentinelLogin: parseSentinelLogin(query) };
  }
  if (path !== '' || query !== '') throw refused('a cluster has neither databases nor parameters');
  return { kind, ...deployment };
}

/** The same deployment with another user and password. @throws MeshError CONFIG_INVALID */
export function withRedisUser(url: string, username: string, password: string): string {
  parseRedisUrl(url);
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
  return url.replace(/^([a-z+]+:\/\/)(?:[^@/?]*@)?/u, (_, scheme: string) => scheme + login);
}

/** A variable that holds the URL of a Redis, in one of the forms of `parseRedisUrl`. */
export const redisUrl = z.string().superRefine((text, context) => {
  try {
    parseRedisUrl(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is not the URL of a Redis' });
  }
});
