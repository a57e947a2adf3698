import { EventEmitter, once } from 'node:events';
import { expect, it } from '@jest/globals';
import { createEndpoint, type EndpointView } from '@infermesh/contracts';
import type { Database } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { ResourceStack } from '@infermesh/lifecycle';
import { Metrics } from '@infermesh/telemetry';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { sharedAccess } from '../src/endpoint-access.js';
import { EndpointRegistry } from '../src/endpoint-registry.js';
import { EndpointTable } from '../src/endpoint-table.js';
import { defaultInstanceTypes } from '../src/instance-types.js';
import { createPoolMetrics } from '../src/pool-metrics.js';
import type { PoolReport } from '../src/pool-report.js';
import { defaultTimings } from '../src/timings.js';
import { LogLines } from './log-lines.js';
import { createScratchFolder } from './scratch-folder.js';
import { createToyDriver, isAlive } from './toy-driver.js';

/** A dispatcher that a test can take away. */
class Dispatcher {
  isAway = false;
  readonly reports: PoolReport[] = [];
  readonly #arrived = new EventEmitter();

  readonly send = (report: PoolReport): Promise<void> => {
    if (this.isAway) {
      this.#arrived.emit('refused');
      return Promise.reject(new MeshError('SERVICE_UNAVAILABLE', 'away'));
    }
    this.reports.push(report);
    this.#arrived.emit('report');
    return Promise.resolve();
  };

  /** The first report, past or to come, of which this holds. */
  async heard(holds: (report: PoolReport) => boolean): Promise<PoolReport> {
    for (;;) {
      const report = this.reports.find(holds);
      if (report !== undefined) return report;
      await once(this.#arrived, 'report');
    }
  }

  async refused(): Promise<void> {
    await once(this.#arrived, 'refused');
  }
}

/** One life of a manager; with a tenant of an earlier life, on the endpoints that this one left. */
async function setup(database: Database, earlierTenantId?: string) {
  if (earlierTenantId === undefined) await database.query('delete from endpoint');
  const tenantId = earlierTenantId ?? uuidv7();
  const resources = new ResourceStack();
  const folder = resources.use(await createScratchFolder());
  const log = new LogLines();
  const dispatcher = new Dispatcher();
  const metrics = new Metrics();
  const driver = createToyDriver(folder.path);
  const registry = resources.use(
    new EndpointRegistry({
      table: new EndpointTable(database, driver.kind),
      driver,
      access: sharedAccess('redis://127.0.0.1:1'),
      sendReport: dispatcher.send,
      removeQueues: () => Promise.resolve(),
      metrics: createPoolMetrics(metrics),
      policy: {
        instanceTypes: { ...defaultInstanceTypes, scarce: { gpus: 0, nodeSelector: {}, tolerations: [], quota: 2 } },
        customImages: ['registry.example/own:1'],
      },
      timings: { ...defaultTimings, restart: { firstMs: 10, maxMs: 50 }, retry: { firstMs: 10, maxMs: 50 } },
      stopGraceMs: 2_000,
      logger: log.logger,
    }),
  );
  await registry.load();
  const create = async (wanted: Partial<z.input<typeof createEndpoint.request>> = {}): Promise<EndpointView> =>
    registry.create(
      createEndpoint.request.parse({
        name: `e-${uuidv7()}`,
        kind: 'Async',
        tenantId,
        jobTypes: ['steady'],
        workers: 1,
        ...wanted,
      }),
    );
  return {
    registry,
    dispatcher,
    log,
    metrics,
    tenantId,
    create,
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

async function findRow(database: Database, id: string): Promise<Record<string, unknown> | undefined> {
  return (await database.query('select * from endpoint where id = $1', [id])).rows[0];
}

/** @param database known once the tests run */
export function testEndpointRegistry(database: () => Database): void {
  it('makes an endpoint, and reports the slots of its workers as they become ready', async () => {
    await using bench = await setup(database());
    const made = await bench.create({ ownerRoles: ['artist'], slotsPerWorker: 3, workers: 2 });
    expect(made).toMatchObject({
      status: 'creating',
      readyWorkers: 0,
      desiredWorkers: 2,
      ownerRoles: ['artist'],
      readyAt: null,
    });
    await bench.dispatcher.heard(({ endpointId, slots }) => endpointId === made.id && slots === 6);
    const [view] = await bench.registry.list({ tenantId: bench.tenantId, name: made.name });
    expect(view).toMatchObject({ ...made, status: 'in-service', readyWorkers: 2, readyAt: expect.any(String) });
    expect((await bench.metrics.render()).body).toContain(
      `mesh_endpoint_workers{endpoint="${made.id}",state="ready"} 2`,
    );
  });

  it('reports a worker that died at once, and after that its successor', async () => {
    await using bench = await setup(database());
    const { dispatcher, log } = bench;
    const { id } = await bench.create();
    const { pid, workerId } = await log.next('worker started');
    await dispatcher.heard(({ slots }) => slots === 1);
    dispatcher.reports.length = 0;
    process.kill(Number(pid), 'SIGKILL');
    expect(await dispatcher.heard(({ lostWorkers }) => lostWorkers.length > 0)).toEqual({
      endpointId: id,
      slots: 0,
      removed: false,
      lostWorkers: [workerId],
    });
    expect(await dispatcher.heard(({ slots }) => slots === 1)).toMatchObject({ lostWorkers: [] });
    expect((await bench.metrics.render()).body).toContain(`mesh_endpoint_restarts_total{endpoint="${id}"} 1`);
  });

  it('keeps what a dispatcher that was away has missed', async () => {
    await using bench = await setup(database());
    const { dispatcher, log } = bench;
    await bench.create();
    const { pid, workerId } = await log.next('worker started');
    await dispatcher.heard(({ slots }) => slots === 1);
    dispatcher.isAway = true;
    const refused = dispatcher.refused();
    process.kill(Number(pid), 'SIGKILL');
    await refused;
    dispatcher.isAway = false;
    expect(await dispatcher.heard(({ lostWorkers }) => lostWorkers.length > 0)).toMatchObject({
      lostWorkers: [workerId],
    });
  });

  it('gives a role one endpoint, where that is asked for, until it is being deleted', async () => {
    await using bench = await setup(database());
    const wanted = { ownerRoles: ['artist', 'clerk'], workers: 0, onePerRole: true };
    const first = await bench.create(wanted);
    const second = { ...wanted, ownerRoles: ['guest', 'clerk'] };
    await expect(bench.create(second)).rejects.toMatchObject({
      code: 'CONFLICT',
      field: 'ownerRoles',
      details: ['clerk'],
    });
    await bench.create({ ...second, tenantId: 'other' });
    await bench.create({ ...second, onePerRole: false, ownerRoles: ['clerk'] });
    await bench.registry.delete({ tenantId: bench.tenantId, names: [first.name] });
    await bench.create({ ...wanted, ownerRoles: ['artist'] });
  });

  it('keeps to the quota of an instance type, also when many ask at once', async () => {
    await using bench = await setup(database());
    const wanted = { instanceType: 'scarce', workers: 1 };
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => bench.create(wanted)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await expect(bench.create(wanted)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringContaining(
        "'scarce for endpoint usage' is 2 Instances, with current utilization of 2 Instances and a request delta of 1",
      ) as unknown,
    });
    for (const instanceType of ['unheard-of', 'constructor']) {
      await expect(bench.create({ instanceType })).rejects.toMatchObject({
        message: expect.stringContaining(`'${instanceType} for endpoint usage' is 0 Instances`) as unknown,
      });
    }
  });

  it('keeps what an endpoint was asked to be, images of the list alone', async () => {
    await using bench = await setup(database());
    const wishes = {
      autoscaling: { minWorkers: 0, maxWorkers: 3, coolDownMs: 900_000 },
      image: 'registry.example/own:1',
      dialectData: { service: 'sd' },
    };
    const { name } = await bench.create({ ...wishes, workers: 0 });
    expect(await bench.registry.list({ name })).toMatchObject([wishes]);
    await expect(bench.create({ image: 'registry.example/own:2' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('takes a name once, whoever asks; ensure returns the tenant its own', async () => {
    await using bench = await setup(database());
    const made = await bench.create({ workers: 0 });
    const taken = { name: made.name, workers: 0 };
    await expect(bench.create(taken)).rejects.toMatchObject({ code: 'CONFLICT', field: 'name' });
    expect(await bench.create({ ...taken, ensure: true })).toMatchObject({ id: made.id, status: 'in-service' });
    await expect(bench.create({ ...taken, ensure: true, tenantId: 'other' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('makes one endpoint when two ask at the same time', async () => {
    await using bench = await setup(database());
    const wanted = { name: 'race', workers: 0, ensure: true };
    const [one, other] = await Promise.all([bench.create(wanted), bench.create(wanted)]);
    expect(one.id).toBe(other.id);
  });

  it('lists by tenant, name and kind, oldest first', async () => {
    await using bench = await setup(database());
    const first = await bench.create({ workers: 0 });
    const second = await bench.create({ workers: 0, kind: 'Real-time' });
    const { tenantId, registry } = bench;
    const idsOf = async (filter: object): Promise<string[]> => (await registry.list(filter)).map(({ id }) => id);
    expect(await idsOf({ tenantId })).toEqual([first.id, second.id]);
    expect(await idsOf({ tenantId, kind: 'Real-time' })).toEqual([second.id]);
    expect(await idsOf({ tenantId, name: first.name })).toEqual([first.id]);
    expect(await idsOf({ tenantId: 'nobody' })).toEqual([]);
  });

  it('deletes: workers end, the dispatcher is told, the row and its series go', async () => {
    await using bench = await setup(database());
    const { registry, dispatcher, log, tenantId } = bench;
    const { id, name } = await bench.create();
    const { pid, workerId } = await log.next('worker started');
    await dispatcher.heard(({ slots }) => slots === 1);
    expect(await registry.delete({ tenantId: 'other', names: [name] })).toEqual([]);
    expect(await registry.delete({ tenantId, names: [name, 'unknown'] })).toEqual([name]);
    await log.next('endpoint deleted');
    expect(isAlive(pid)).toBe(false);
    expect(dispatcher.reports.at(-1)).toMatchObject({ endpointId: id, slots: 0, removed: true });
    expect(dispatcher.reports.flatMap(({ lostWorkers }) => lostWorkers)).toContain(workerId);
    expect(await findRow(database(), id)).toBeUndefined();
    expect(await registry.list({ tenantId })).toEqual([]);
    expect((await bench.metrics.render()).body).not.toContain(id);
    expect(await bench.create({ name })).not.toMatchObject({ id });
  });

  it('shows an endpoint as deleting until the dispatcher knows, and does not give its name away', async () => {
    await using bench = await setup(database());
    const { registry, dispatcher, log, tenantId } = bench;
    const { id, name } = await bench.create({ workers: 0 });
    await dispatcher.heard(({ endpointId }) => endpointId === id);
    dispatcher.isAway = true;
    const refused = dispatcher.refused();
    await registry.delete({ tenantId, names: [name] });
    await refused;
    expect(await registry.list({ tenantId })).toMatchObject([{ id, status: 'deleting' }]);
    expect(await registry.delete({ tenantId, names: [name] })).toEqual([name]);
    await expect(bench.create({ name, ensure: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      retryAfterSeconds: 5,
    });
    dispatcher.isAway = false;
    await log.next('endpoint deleted');
  });

  it('takes up its endpoints, and deletions half done, at the next start', async () => {
    let tenantId: string;
    let kept: EndpointView;
    let doomed: EndpointView;
    {
      await using bench = await setup(database());
      ({ tenantId } = bench);
      kept = await bench.create();
      doomed = await bench.create({ workers: 0 });
      const { pid } = await bench.log.next('worker started');
      await bench.dispatcher.heard(({ slots }) => slots === 1);
      bench.dispatcher.isAway = true;
      const refused = bench.dispatcher.refused();
      await bench.registry.delete({ tenantId, names: [doomed.name] });
      await refused;
      await bench.registry[Symbol.asyncDispose]();
      expect(isAlive(pid)).toBe(false);
    }
    expect(await findRow(database(), kept.id)).toMatchObject({ status: 'in-service', ready_at: expect.any(Date) });
    expect(await findRow(database(), doomed.id)).toMatchObject({ status: 'deleting' });
    await using bench = await setup(database(), tenantId);
    await bench.dispatcher.heard(({ endpointId, removed }) => endpointId === doomed.id && removed);
    await bench.log.next('endpoint deleted');
    await bench.dispatcher.heard(({ endpointId, slots }) => endpointId === kept.id && slots === 1);
    expect(await findRow(database(), doomed.id)).toBeUndefined();
  });

  it('says a last time that the workers are gone when it stops', async () => {
    await using bench = await setup(database());
    await bench.create();
    const { workerId } = await bench.log.next('worker started');
    await bench.dispatcher.heard(({ slots }) => slots === 1);
    await bench.registry[Symbol.asyncDispose]();
    expect(bench.dispatcher.reports.at(-1)).toMatchObject({ slots: 0, removed: false, lostWorkers: [workerId] });
  });

  it('records that an endpoint cannot start its workers', async () => {
    await using bench = await setup(database());
    const { id } = await bench.create({ jobTypes: ['crash-at-start'] });
    for (let crash = 1; crash <= 6; crash += 1) await bench.log.next('worker restarts');
    await bench.registry[Symbol.asyncDispose]();
    expect(await findRow(database(), id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('exited with code 3'),
    });
  });
}
