import { Agent } from 'node:http';
import type { OpenApiDocument, OpenApiOperation } from '@infermesh/http';
import { AnswerChecker } from './answer-checker.js';
import { RequestMaker } from './request-maker.js';
import { SeededRandom } from './seeded-random.js';
import { sendRequest, type FuzzAnswer, type FuzzRequest } from './send.js';

export interface FuzzOptions {
  readonly document: OpenApiDocument;
  /** Where the document's paths begin. */
  readonly url: string;
  readonly seed: number;
  readonly requests: number;
  /** Words that lead deeper than random ones. */
  readonly hints: readonly string[];
  /** A key that works, asked for again when the run has spoiled it. */
  readonly key: () => Promise<string>;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the run may hear but not use: names and ids without which it would lock itself out. */
  readonly untouchable: () => readonly string[];
}

export interface FuzzReport {
  readonly seed: number;
  /** Answers by operation and status. */
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const atOnce = 8;
const rememberedWords = 20;

/**
 * Sends requests made from the document and checks every answer. The requests of one seed are the same as long as the
 * server says the same; those under way together may change places.
 */
export async function runFuzz({
  document,
  url,
  seed,
  requests,
  hints,
  key,
  headers = {},
  untouchable,
}: FuzzOptions): Promise<FuzzReport> {
  const random = new SeededRandom(seed);
  const words: string[] = [];
  const maker = new RequestMaker(random, document, () => [...hints, ...words]);
  const checker = new AnswerChecker(document);
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const counts: Record<string, number> = {};
  const faults: string[] = [];
  const base = new URL(url);
  let currentKey = await key();
  let left = requests;

  const judge = (request: FuzzRequest, operation: OpenApiOperation, answer: FuzzAnswer): void => {
    const name = `${request.operationId} ${String(answer.status)}`;
    counts[name] = (counts[name] ?? 0) + 1;
    const fault = checker.fault(operation, answer);
    if (fault !== undefined) faults.push(`${fault}: ${describe(request)} answered ${answer.text.slice(0, 500)}`);
    for (const word of wordsOf(answer.text)) {
      if (!untouchable().includes(word) && !words.includes(word)) words.push(word);
    }
    if (words.length > rememberedWords) words.splice(0, words.length - rememberedWords);
  };
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const made = maker.make(currentKey);
      const { operation } = made;
      const request = { ...made.request, headers: { ...headers, ...made.request.headers } };
      try {
        const answer = await sendRequest(base, request, agent);
        judge(request, operation, answer);
        if (isRefusedKey(answer) && request.headers['x-api-key'] === currentKey) currentKey = await key();
      } catch (error) {
        faults.push(`${String(error)}: ${describe(request)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  agent.destroy();
  return { seed, counts, faults };
}

function isRefusedKey({ status, text }: FuzzAnswer): boolean {
  return status === 401 || (status === 403 && text === '{"message":"Forbidden"}');
}

function describe({ method, path, headers, body }: FuzzRequest): string {
  const shown = Object.entries(headers).filter(([name]) => name !== 'x-api-key');
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(Object.fromEntries(shown))} ${body?.toString().slice(0, 600) ?? ''}`;
}

/** Ids and names in an answer. */
function wordsOf(text: string): string[] {
  const found = text.matchAll(/"(?:id|name|InferenceJobId|inference_id|user|keyId)":"([^"\\]{1,100})"/gu);
  return [...found].map(([, word]) => word ?? '');
}
