import type { Sql } from '@infermesh/database';
import { MeshError } from '@infermesh/errors';
import { countWaitingRows } from './records/release-jobs.js';

interface Room {
  /** At least as many as wait, as far as this dispatcher knows: jobs that leave show in the next count. */
  waiting: number;
  countedAtMs: number;
  counting: Promise<void> | undefined;
  /** Admitted, and perhaps not written yet. */
  onTheirWay: number;
}

/** Other dispatchers admit too. */
const believedMs = 1_000;
/** A full queue is counted again no sooner. */
const fullMs = 50;

/** Holds endpoints to a number of waiting jobs that their creators name. */
export class WaitingRooms {
  readonly #db: Sql;
  readonly #rooms = new Map<string, Room>();
  readonly #now: () => number;

  constructor(db: Sql, now: () => number = () => performance.now()) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * @returns what to call once the job is written, or is not going to be
   * @throws MeshError QUEUE_FULL
   */
  async admit(endpointId: string, maxWaiting: number): Promise<() => void> {
    const room = this.#roomOf(endpointId);
    const ageMs = this.#now() - room.countedAtMs;
    if (ageMs > believedMs || (room.waiting >= maxWaiting && ageMs > fullMs)) {
      room.counting ??= this.#count(endpointId, room, maxWaiting).finally(() => {
        room.counting = undefined;
      });
    }
    await room.counting;
    if (room.waiting >= maxWaiting) {
      throw new MeshError('QUEUE_FULL', `${maxWaiting} jobs wait already: try again later`, { retryAfterSeconds: 1 });
    }
    room.waiting += 1;
    room.onTheirWay += 1;
    return () => {
      room.onTheirWay -= 1;
    };
  }

  async #count(endpointId: string, room: Room, maxWaiting: number): Promise<void> {
    const { onTheirWay } = room;
    const waiting = await countWaitingRows(this.#db, endpointId, maxWaiting);
    room.waiting = waiting + onTheirWay;
    room.countedAtMs = this.#now();
  }

  #roomOf(endpointId: string): Room {
    const room = this.#rooms.get(endpointId) ?? {
      waiting: 0,
      countedAtMs: -Infinity,
      counting: undefined,
      onTheirWay: 0,
    };
    this.#rooms.set(endpointId, room);
    return room;
  }
}
