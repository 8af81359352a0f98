// Owns: reading one line from stdin, as a person types it or another program writes it.
// Leaves: what it means (whoever asks).
import { UserError } from '../user-error.ts';

const MOST_BYTES = 8 * 1024;

/** Without its line end; `prompt` is shown to a person. Throws a UserError where there is none. */
export async function readOneLine(prompt: string): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(prompt);
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of process.stdin) {
      bytes = Buffer.concat([bytes, Buffer.from(chunk)]);
      if (bytes.includes(0x0a)) break;
      if (bytes.length > MOST_BYTES) throw new UserError('the line on stdin is too long');
    }
  } finally {
    process.stdin.destroy();
  }
  const [line = ''] = bytes.toString('utf8').split('\n');
  if (line.trim() === '') throw new UserError('nothing was read from stdin');
  return line;
}
