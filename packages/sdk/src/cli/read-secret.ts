import { StringDecoder } from 'node:string_decoder';
import { UsageError } from '../errors.js';
import { Interrupted } from './interrupted.js';
import type { Terminal } from './terminal.js';

const maxSecretBytes = 4096;

/**
 * Asks for a secret. At a terminal nothing of it is shown; from a pipe its first line is taken and nothing is asked.
 *
 * @throws UsageError when it is empty or over 4096 bytes; Interrupted at Ctrl-C; the signal's reason
 */
export async function readSecret(terminal: Terminal, prompt: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = terminal;
  const atTerminal = stdin.isTTY === true;
  if (!atTerminal) return nonEmpty(await readLine(terminal, signal));
  stderr.write(prompt);
  stdin.setRawMode?.(true);
  try {
    return nonEmpty(await readLine(terminal, signal));
  } finally {
    stdin.setRawMode?.(false);
    stderr.write('\n');
  }
}

/** A question whose answer may be seen. @throws UsageError when the answer is empty */
export async function readAnswer(terminal: Terminal, prompt: string, signal: AbortSignal): Promise<string> {
  terminal.stderr.write(prompt);
  return nonEmpty((await readLine(terminal, signal)).trim());
}

function nonEmpty(text: string): string {
  if (text !== '') return text;
  throw new UsageError(
    'nothing was entered',
    'Type it when asked, or send it by a pipe: infermesh login --name NAME < FILE',
  );
}

/** Characters up to the first line end, with the editing keys that raw mode leaves to the reader. */
function readLine({ stdin }: Terminal, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    const line: string[] = [];
    const finish = (settle: () => void): void => {
      stdin.off('data', onData).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      stdin.pause();
      settle();
    };
    const onEnd = (): void => {
      finish(() => {
        resolve(line.join(''));
      });
    };
    const onError = (error: Error): void => {
      finish(() => {
        reject(error);
      });
    };
    const onAbort = (): void => {
      onError(signal.reason as Error);
    };
    const onData = (chunk: Buffer): void => {
      for (const character of decoder.write(chunk)) {
        if (character === '\n' || character === '\r' || character === '\u0004') {
          onEnd();
          return;
        }
        if (character === '\u0003') {
          onError(new Interrupted('SIGINT'));
          return;
        }
        if (character === '\u007f' || character === '\b') line.pop();
        else line.push(character);
        if (line.length > maxSecretBytes) {
          onError(
            new UsageError('that is too long for a password', `At most ${maxSecretBytes} characters, on one line.`),
          );
          return;
        }
      }
    };
    stdin.on('data', onData).once('end', onEnd).once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else stdin.resume();
  });
}
