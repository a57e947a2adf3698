import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EndpointFolder, formatProblem, parseServer, type EndpointSet, type ServerConfig } from '../src/index.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aime-endpoints-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const at = (...path: string[]) => join(home, ...path);

function endpointText(name: string, more = ''): string {
  return `[ENDPOINT]\nname = "${name}"\n[WORKER]\njob_type = "${name}"\n${more}`;
}

/** A folder whose changes can be waited for. */
class Watched implements AsyncDisposable {
  readonly #sets: EndpointSet[] = [];
  #wake: () => void = () => undefined;
  #folder: EndpointFolder | undefined = undefined;

  static async open(paths = [home], options: { pollMs?: number; server?: ServerConfig } = {}): Promise<Watched> {
    const watched = new Watched();
    watched.#folder = await EndpointFolder.open(paths, {
      settleMs: 20,
      pollMs: 3_600_000,
      ...options,
      onChange: (set) => {
        watched.#sets.push(set);
        watched.#wake();
      },
      onError: (error) => {
        throw error;
      },
    });
    return watched;
  }

  get folder(): EndpointFolder {
    if (this.#folder === undefined) throw new Error('not open');
    return this.#folder;
  }

  get current(): EndpointSet {
    return this.folder.current;
  }

  names(): string[] {
    return [...this.current.endpoints.keys()].sort();
  }

  problems(): string[] {
    return this.current.problems.map((problem) => formatProblem(problem).replaceAll(`${home}/`, ''));
  }

  /** Waits until a set that was published meets the condition; the last one counts. */
  async until(isMet: (set: EndpointSet) => boolean): Promise<void> {
    while (!isMet(this.current)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async untilNames(...names: string[]): Promise<void> {
    await this.until(() => this.names().join() === names.join());
  }

  get published(): readonly EndpointSet[] {
    return this.#sets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

describe('what is read', () => {
  test('the folder’s *.toml, and the reference’s name at any depth', async () => {
    await mkdir(at('deep', 'er'), { recursive: true });
    await mkdir(at('.hidden'));
    await writeFile(at('a.toml'), endpointText('a'));
    await writeFile(at('deep', 'er', 'aime_api_endpoint.cfg'), endpointText('b'));
    await writeFile(at('deep', 'pyproject.toml'), 'other = 1');
    await writeFile(at('.hidden', 'aime_api_endpoint.cfg'), 'broken');
    await writeFile(at('notes.txt'), 'broken');
    await using watched = await Watched.open();
    expect(watched.names()).toEqual(['a', 'b']);
    expect(watched.problems()).toEqual([]);
  });

  test('files that are named one by one', async () => {
    await writeFile(at('any.name'), endpointText('a'));
    await writeFile(at('b.toml'), endpointText('b'));
    await using watched = await Watched.open([at('any.name')]);
    expect(watched.names()).toEqual(['a']);
  });

  test('a file behind a link, a folder that is missing, a file too large', async () => {
    await writeFile(at('real'), endpointText('a'));
    await symlink(at('real'), at('a.toml'));
    await writeFile(at('huge.toml'), Buffer.alloc(10 * 1024 * 1024, '#'));
    await writeFile(at('latin.toml'), Buffer.from([0x61, 0xe4]));
    await using watched = await Watched.open([home, at('none')]);
    expect(watched.names()).toEqual(['a']);
    expect(watched.problems()).toEqual([
      'none:1:1: there is no such file or folder',
      'huge.toml:1:1: the file has more than 131072 bytes, the most that is read',
      'latin.toml:1:1: the file is not UTF-8 text',
    ]);
  });
});

describe('changes', () => {
  test('a file that comes, changes and goes', async () => {
    await using watched = await Watched.open();
    await writeFile(at('a.toml'), endpointText('a'));
    await watched.untilNames('a');
    const before = watched.current.endpoints.get('a');
    await writeFile(at('a.toml'), endpointText('a', '[INPUTS]\nx = { type = "int" }'));
    await watched.until(({ endpoints }) => endpoints.get('a')?.definition.inputs.length === 1);
    // Whoever holds the old version may go on with it.
    expect(before?.definition.inputs).toEqual([]);
    await unlink(at('a.toml'));
    await watched.untilNames();
  });

  test('an editor that writes beside it and renames', async () => {
    await writeFile(at('a.toml'), endpointText('a'));
    await using watched = await Watched.open();
    for (const version of [1, 2, 3]) {
      await writeFile(at('.a.toml.swp'), endpointText('a').replace('[WORKER]', `version = ${version}\n[WORKER]`));
      await rename(at('.a.toml.swp'), at('a.toml'));
      await watched.until(({ endpoints }) => endpoints.get('a')?.definition.version === version);
    }
    expect(watched.problems()).toEqual([]);
  });

  test('a mounted ConfigMap, whose folder is a link that is turned to another one', async () => {
    for (const version of ['1', '2']) {
      await mkdir(at(`..${version}`));
      await writeFile(at(`..${version}`, 'a.toml'), endpointText(`a${version}`));
    }
    await symlink(at('..1'), at('..data'));
    await symlink(join('..data', 'a.toml'), at('a.toml'));
    await using watched = await Watched.open();
    expect(watched.names()).toEqual(['a1']);
    await symlink(at('..2'), at('..tmp'));
    await rename(at('..tmp'), at('..data'));
    await watched.untilNames('a2');
  });

  test('a folder that is made later, and made again', async () => {
    await using watched = await Watched.open([at('later')]);
    expect(watched.problems()).toEqual(['later:1:1: there is no such file or folder']);
    for (const name of ['a', 'b']) {
      await mkdir(at('later'));
      await writeFile(at('later', 'x.toml'), endpointText(name));
      await watched.untilNames(name);
      await rm(at('later'), { recursive: true });
      await watched.untilNames();
    }
  });

  test('where the system tells of nothing, the poll finds it', async () => {
    await mkdir(at('real'));
    await symlink(at('real'), at('link'));
    await writeFile(at('real', 'source'), endpointText('a'));
    await symlink(at('real', 'source'), at('a.toml'));
    await using watched = await Watched.open([home], { pollMs: 30 });
    // The watch is on the folder of the link, not on that of the file.
    await writeFile(at('real', 'source'), endpointText('b'));
    await watched.untilNames('b');
  });

  test('nothing changes, nothing is told', async () => {
    await writeFile(at('a.toml'), endpointText('a'));
    await using watched = await Watched.open();
    const { endpoints } = watched.current;
    await writeFile(at('a.toml'), endpointText('a'));
    const set = await watched.folder.refresh();
    expect(set.endpoints).toBe(endpoints);
    expect([set.revision, watched.published.length]).toEqual([1, 0]);
  });

  test('after the end nothing is told any more', async () => {
    const watched = await Watched.open();
    await watched[Symbol.asyncDispose]();
    await writeFile(at('a.toml'), endpointText('a'));
    await watched.folder.refresh();
    expect(watched.published).toEqual([]);
  });
});

describe('broken files', () => {
  test('the version before stays, and the file is told; once mended it is live', async () => {
    await writeFile(at('a.toml'), endpointText('a'));
    await using watched = await Watched.open();
    const live = watched.current.endpoints.get('a');
    await writeFile(at('a.toml'), endpointText('a', '[INPUTS]\nx = { type = "number" }'));
    await watched.until(({ problems }) => problems.length > 0);
    expect(watched.current.endpoints.get('a')).toBe(live);
    expect(watched.problems()).toEqual([expect.stringMatching(/^a\.toml:6:7: INPUTS\.x\.type: "number" is no type/u)]);
    await writeFile(at('a.toml'), endpointText('a', '[INPUTS]\nx = { type = "float" }'));
    await watched.until(({ problems }) => problems.length === 0);
    expect(watched.current.endpoints.get('a')?.definition.inputs).toHaveLength(1);
  });

  test('a file that was never right serves nothing, and harms no other', async () => {
    await writeFile(at('a.toml'), 'name = ');
    await writeFile(at('b.toml'), endpointText('b'));
    await using watched = await Watched.open();
    expect(watched.names()).toEqual(['b']);
    expect(watched.problems()).toEqual([expect.stringContaining('a.toml:1:')]);
  });
});

describe('clashes', () => {
  test('two files of one name: the first in order serves, the other is told, and serves when the name is free', async () => {
    await writeFile(at('a.toml'), endpointText('same', 'request_timeout = 1'));
    await writeFile(at('b.toml'), endpointText('same', 'request_timeout = 2'));
    await using watched = await Watched.open();
    expect(watched.problems()).toEqual(['b.toml:2:1: ENDPOINT.name: the name same is taken by a.toml; this is b.toml']);
    expect(watched.current.endpoints.get('same')?.file).toBe(at('a.toml'));
    await unlink(at('a.toml'));
    await watched.until(({ problems }) => problems.length === 0);
    expect(watched.current.endpoints.get('same')?.file).toBe(at('b.toml'));
  });

  test('who serves a name keeps it, though a newcomer comes first in order', async () => {
    await writeFile(at('z.toml'), endpointText('same'));
    await using watched = await Watched.open();
    await writeFile(at('a.toml'), endpointText('same'));
    await watched.until(({ problems }) => problems.length > 0);
    expect(watched.problems()).toEqual(['a.toml:2:1: ENDPOINT.name: the name same is taken by z.toml; this is a.toml']);
  });

  test('a change into another’s name is refused, and the old name stays', async () => {
    await writeFile(at('a.toml'), endpointText('a'));
    await writeFile(at('b.toml'), endpointText('b'));
    await using watched = await Watched.open();
    await writeFile(at('a.toml'), endpointText('b'));
    await watched.until(({ problems }) => problems.length > 0);
    expect(watched.names()).toEqual(['a', 'b']);
  });

  test('two files may swap their names', async () => {
    await writeFile(at('a.toml'), endpointText('a'));
    await writeFile(at('b.toml'), endpointText('b'));
    await using watched = await Watched.open();
    await writeFile(at('a.toml'), endpointText('b'));
    await writeFile(at('b.toml'), endpointText('a'));
    await watched.until(
      ({ endpoints, problems }) => endpoints.get('a')?.file === at('b.toml') && problems.length === 0,
    );
  });

  test('static routes: of two files, of the server, and one over another’s API', async () => {
    const { server } = parseServer(`[STATIC]\n"/docs/" = { path = "${home}" }`, 'server.cfg');
    if (server === null) throw new Error('the server’s file is not valid');
    const route = (slug: string) => `[STATIC]\n"${slug}" = { path = "${home}" }`;
    await writeFile(at('a.toml'), endpointText('a', route('/pages')));
    await writeFile(at('b.toml'), endpointText('b', route('/pages/')));
    await writeFile(at('c.toml'), endpointText('c', route('/a/progress')));
    await writeFile(at('d.toml'), endpointText('d', route('/docs')));
    await using watched = await Watched.open([home], { server });
    expect(watched.names()).toEqual(['a']);
    expect(watched.problems()).toEqual([
      expect.stringMatching(
        /^b\.toml:6:1: STATIC\."\/pages\/": the route \/pages is taken by a\.toml; this is b\.toml$/u,
      ),
      expect.stringContaining('the route /a/progress is taken by a.toml; this is c.toml'),
      expect.stringContaining('the route /docs is taken by the server’s own configuration; this is d.toml'),
    ]);
  });

  test('one job type with two worker keys is a warning', async () => {
    await writeFile(at('a.toml'), endpointText('a', 'auth_key = "1"'));
    await writeFile(at('b.toml'), endpointText('b', 'auth_key = "2"').replace('job_type = "b"', 'job_type = "a"'));
    await using watched = await Watched.open();
    expect(watched.names()).toEqual(['a', 'b']);
    expect(watched.problems()).toEqual([
      'b.toml:4:1: warning: WORKER.job_type: the type is shared with a.toml, whose auth_key counts',
    ]);
  });
});
