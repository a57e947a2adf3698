import { beforeEach, describe, expect, it } from '@jest/globals';
import { parseEndpoint } from '@infermesh/aime-endpoints';
import { MeshError } from '@infermesh/errors';
import type { KeyVerifier } from '../../../key-verifier.js';
import { EndpointCatalogue, type CataloguedEndpoint } from '../endpoints/endpoint-catalogue.js';
import { ClientGate } from './client-gate.js';

const pepper = 'p'.repeat(32);

/** Of an installation without keys. */
const noKeys = {
  verifyDigest: () => Promise.reject(new MeshError('UNAUTHENTICATED', 'no such key')),
} as unknown as KeyVerifier;

const rules = {
  keys: 'authorization_keys = { ada = "key-of-ada" }',
  open: 'authentication = "None"\nauthorization = "None"',
  named: 'authentication = "User"\nauthorization = "None"',
  strict: 'authentification = "User"\nauthorization = "Key"\nauthorization_keys = { ada = "key-of-ada" }',
  other: 'authorization_keys = { eve = "key-of-eve" }',
};

let catalogue: EndpointCatalogue;

function serve(files: Readonly<Record<string, string>>): void {
  const loaded = Object.entries(files).map(([name, clients]) => {
    const text = `[ENDPOINT]\nname = "${name}"\n[WORKER]\njob_type = "t"\n[CLIENTS]\n${clients}\n`;
    const { endpoint, problems } = parseEndpoint(text, `${name}.toml`);
    if (endpoint === null) throw new Error(JSON.stringify(problems));
    return [name, endpoint] as const;
  });
  catalogue.replace({ endpoints: new Map(loaded), problems: [], revision: 1 });
}

const gate = (allowOpen = false): ClientGate => new ClientGate({ catalogue, keys: noKeys, pepper, allowOpen });
const at = (name: string): CataloguedEndpoint => catalogue.get(name);
const by = (key: string | null, sessionAuthKey: string | null = null) => ({ key, sessionAuthKey });
const refusal = (code: string): unknown => expect.objectContaining({ code });

beforeEach(() => {
  catalogue = new EndpointCatalogue(pepper);
  serve(rules);
});

describe('ClientGate', () => {
  it('opens an endpoint to the keys of its file, each user a tenant of its own, and to no other', async () => {
    const ada = await gate().admit(at('keys'), by('key-of-ada'));
    expect(ada).toMatchObject({ keyId: 'keys/ada', owner: 'ada', sessionId: null });
    expect((await gate().admit(at('strict'), by('key-of-ada'))).tenantId).not.toBe(ada.tenantId);
    await expect(gate().admit(at('keys'), by('key-of-eve'))).rejects.toEqual(refusal('FORBIDDEN'));
    await expect(gate().admit(at('keys'), by('nobody'))).rejects.toEqual(refusal('UNAUTHENTICATED'));
    await expect(gate().admit(at('keys'), by(null))).rejects.toEqual(refusal('UNAUTHENTICATED'));
  });

  it('knows a session at another gateway, for as long as its key is one', async () => {
    const session = await gate().login(at('keys'), { user: null, key: 'key-of-ada' });
    expect(await gate().admit(at('keys'), by(null, session))).toMatchObject({ owner: 'ada' });
    await expect(gate().admit(at('other'), by(null, session))).rejects.toEqual(refusal('FORBIDDEN'));
    await expect(gate().admit(at('keys'), by(null, `${session}x`))).rejects.toEqual(refusal('UNAUTHENTICATED'));
    serve({ keys: rules.other });
    await expect(gate().admit(at('keys'), by(null, session))).rejects.toEqual(refusal('UNAUTHENTICATED'));
  });

  it('lets nobody in without a key, or by a bare name, unless the operator agrees', async () => {
    for (const name of ['open', 'named', 'keys', 'strict']) {
      await expect(gate().login(at(name), { user: 'ada', key: null })).rejects.toEqual(refusal('UNAUTHENTICATED'));
      await expect(gate().admit(at(name), by(null))).rejects.toEqual(refusal('UNAUTHENTICATED'));
    }
  });

  it('lets in whom file and operator agree on, and at no other endpoint', async () => {
    const opened = gate(true);
    expect(await opened.admit(at('open'), by(null))).toMatchObject({ owner: 'open', sessionId: null });
    await expect(opened.admit(at('named'), by(null))).rejects.toEqual(refusal('UNAUTHENTICATED'));
    await expect(opened.login(at('named'), { user: '', key: null })).rejects.toEqual(refusal('UNAUTHENTICATED'));
    const session = await opened.login(at('named'), { user: 'ada', key: null });
    const named = await opened.admit(at('named'), by(null, session));
    expect(named.owner).toBe(named.sessionId);
    for (const name of ['keys', 'strict']) {
      await expect(opened.admit(at(name), by(null, session))).rejects.toEqual(refusal('UNAUTHENTICATED'));
      await expect(opened.login(at(name), { user: 'ada', key: null })).rejects.toEqual(refusal('UNAUTHENTICATED'));
    }
    await expect(gate(false).admit(at('named'), by(null, session))).rejects.toEqual(refusal('UNAUTHENTICATED'));
  });

  it('asks for the name of the key’s user where a file wants both', async () => {
    for (const user of [null, '', 'eve'])
      await expect(gate().login(at('strict'), { user, key: 'key-of-ada' })).rejects.toEqual(refusal('UNAUTHENTICATED'));
    expect(await gate().login(at('strict'), { user: 'ada', key: 'key-of-ada' })).toEqual(expect.any(String));
  });

  it('tells which endpoints a key opens', async () => {
    expect((await gate().openedBy('key-of-ada'))?.map(({ definition }) => definition.name)).toEqual(['keys', 'strict']);
    expect(await gate().openedBy('nobody')).toBeUndefined();
    expect([await gate().isValid('key-of-eve'), await gate().isValid('nobody')]).toEqual([true, false]);
  });
});
