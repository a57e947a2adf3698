import { describe, expect, it } from '@jest/globals';
import type { Principal } from '@infermesh/contracts';
import { holds } from './permissions.js';

const aPrincipal = (permissions: string[], scopes: string[] = []): Principal => ({
  tenantId: 'default',
  userId: 'u',
  subject: 'ann',
  keyId: 'k',
  roles: [],
  permissions,
  scopes,
  weight: 1,
});

describe('holds', () => {
  it.each([
    [['inference:all'], [], 'inference:list', true],
    [['inference:all'], [], 'inference:all', true],
    [['inference:list'], [], 'inference:all', false],
    [['inference:all'], [], 'train:list', false],
    [['user:all'], [], 'user:act-as', false],
    [['user:act-as'], [], 'user:act-as', true],
    [['inference:all'], ['inference:list'], 'inference:list', true],
    [['inference:all'], ['inference:list'], 'inference:create', false],
    [['inference:list'], ['inference:all'], 'inference:create', false],
    [[], [], 'inference:list', false],
  ])('of %j within %j: %s is %s', (permissions, scopes, wanted, expected) => {
    expect(holds(aPrincipal(permissions, scopes), wanted)).toBe(expected);
  });
});
