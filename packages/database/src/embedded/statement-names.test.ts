import { describe, expect, it } from '@jest/globals';
import { MessageReader } from './message-reader.js';
import { StatementNames, typedMessage } from './statement-names.js';

/** A typed message as the reader of a connection would hand it on. */
function received(type: string, body: string) {
  return { type, bytes: typedMessage(type, body) };
}

function rename(names: StatementNames, type: string, body: string): string {
  return names.rename(received(type, body)).toString('latin1', 5);
}

describe('statement names', () => {
  it('puts the prefix of the client before the name in every message that has one', () => {
    const names = new StatementNames(7);
    expect(rename(names, 'P', 'read\0select 1\0\0\0')).toBe('c7.read\0select 1\0\0\0');
    expect(rename(names, 'B', 'portal\0read\0\0\0')).toBe('portal\0c7.read\0\0\0');
    expect(rename(names, 'D', 'Sread\0')).toBe('Sc7.read\0');
    expect(rename(names, 'C', 'Sread\0')).toBe('Sc7.read\0');
  });

  it.each([
    ['P', '\0select 1\0\0\0'],
    ['B', '\0\0\0\0'],
    ['D', 'Pportal\0'],
    ['C', 'Pportal\0'],
    ['Q', 'select 1\0'],
    ['E', '\0\0\0\0\0'],
  ])('leaves %s %j as it is', (type, body) => {
    expect(rename(new StatementNames(7), type, body)).toBe(body);
  });

  it('states the new length', () => {
    const bytes = new StatementNames(12).rename(received('P', 'read\0select 1\0\0\0'));
    expect(bytes.readInt32BE(1)).toBe(bytes.length - 1);
  });

  it('closes what the client prepared, once each', () => {
    const names = new StatementNames(7);
    expect(names.closeAll()).toBeUndefined();
    for (const name of ['a', 'b', 'a']) rename(names, 'P', `${name}\0select 1\0\0\0`);
    const reader = new MessageReader();
    reader.read(Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])); // the startup message, without parameters
    const closes = reader.read(names.closeAll() ?? Buffer.alloc(0));
    expect(closes.map(({ type, bytes }) => type + bytes.toString('latin1', 5))).toEqual(['CSc7.a\0', 'CSc7.b\0', 'S']);
  });
});
