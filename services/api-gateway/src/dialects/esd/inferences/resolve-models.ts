import { findCheckpoints, type CheckpointRef } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { JobQueue } from '@infermesh/job-queue';
import { z } from 'zod';
import { callService, type CallScope } from '../../../mesh-calls.js';
import type { UsedModel } from './inference-data.js';

/** More neither fit a job nor are asked for by any client. */
const mostModels = 50;

const nameList = z.array(z.string().min(1).max(200));

/** Whose checkpoints may be named: those of the tenant that are open to the user. */
export interface ModelReader {
  readonly tenantId: string;
  readonly user: { readonly name: string; readonly roles: string[] };
}

export interface ResolvedModels {
  readonly models: readonly UsedModel[];
  readonly checkpoints: readonly CheckpointRef[];
}

interface NamedModel {
  readonly type: string;
  readonly name: string;
}

/**
 * Dossier 8.2, step 3: for every type and name an active checkpoint. `VAE` may name none.
 *
 * @throws MeshError CHECKPOINT_NOT_FOUND with a sentence for each that is missing; BAD_REQUEST for what is no list of names
 */
export async function resolveModels(
  jobQueue: JobQueue,
  reader: ModelReader,
  wanted: Readonly<Record<string, unknown>>,
  scope: CallScope,
): Promise<ResolvedModels> {
  const named = toNamedModels(wanted);
  const real = named.filter((model) => !isPseudo(model));
  const types = [...new Set(real.map(({ type }) => type))];
  const found = new Map(
    await Promise.all(
      types.map(async (type): Promise<[string, CheckpointRef[]]> => {
        const names = real.filter((model) => model.type === type).map(({ name }) => name);
        return [type, (await callService(jobQueue, findCheckpoints, { ...reader, type, names }, scope)).checkpoints];
      }),
    ),
  );
  const refOf = ({ type, name }: NamedModel): CheckpointRef | undefined =>
    found.get(type)?.find((ref) => ref.name === name || ref.file === name);
  refuseMissing(real.filter((model) => refOf(model) === undefined));
  return {
    models: named.map((model) => ({ ...model, id: refOf(model)?.id ?? model.type })),
    checkpoints: [...new Map(named.flatMap((model) => refOf(model) ?? []).map((ref) => [ref.id, ref])).values()],
  };
}

function toNamedModels(wanted: Readonly<Record<string, unknown>>): NamedModel[] {
  const named = Object.entries(wanted).flatMap(([type, value]) => {
    const names = nameList.safeParse(value);
    if (!names.success || type.length > 100)
      throw new MeshError('BAD_REQUEST', `models: ${type.slice(0, 100)} must be a list of names`, { field: 'models' });
    return names.data.map((name) => ({ type, name }));
  });
  if (named.length > mostModels)
    throw new MeshError('BAD_REQUEST', `models: at most ${mostModels} may be named`, { field: 'models' });
  return named;
}

/** The VAE that a checkpoint brings itself. */
function isPseudo({ type, name }: NamedModel): boolean {
  return type === 'VAE' && (name === 'None' || name === 'Automatic');
}

function refuseMissing(missing: readonly NamedModel[]): void {
  if (missing.length === 0) return;
  const sentences = missing.map(({ name, type }) => `checkpoint with name ${name}, type ${type} is not found`);
  throw new MeshError('CHECKPOINT_NOT_FOUND', sentences.join(' '), { field: 'models' });
}
