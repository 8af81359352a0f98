// Owns: that only regular files are read, without waiting and to a bound, at once and by Node's pool alike.
// Leaves: which files are read so (workers/local, main/git/refs-here.ts).
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type FileRead,
  type ReadOptions,
  readRegularFile,
  readRegularFileInPool,
} from '../../../src/shared/system/read-regular-file.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const MOST_BYTES = 100_000;

describe.each([
  ['at once', async (file: string, options: ReadOptions) => readRegularFile(file, options)],
  ['by the pool', readRegularFileInPool],
])('%s', (_how, readBy) => {
  const read = (file: string, options: Partial<ReadOptions> = {}): Promise<FileRead> =>
    readBy(file, { mostBytes: MOST_BYTES, ...options });
  const scratch = (): ((name: string) => string) => {
    const { directory } = makeScratch(onTestFinished);
    return (name) => join(directory, name);
  };

  test.each([0, 1, 70_000, MOST_BYTES])('a file of %i bytes is read', async (bytes) => {
    const at = scratch();
    writeFileSync(at('file'), 'x'.repeat(bytes));
    const found = await read(at('file'));
    expect(found.kind === 'read' && Buffer.from(found.bytes).toString()).toBe('x'.repeat(bytes));
  });

  test('one that was not written since is the same, and one that was is another', async () => {
    const at = scratch();
    writeFileSync(at('file'), 'one');
    const found = await read(at('file'));
    const stamp = found.kind === 'read' ? found.stamp : expect.unreachable('it is read');
    expect(await read(at('file'), { unless: stamp })).toEqual({ kind: 'same' });
    appendFileSync(at('file'), 'two');
    expect((await read(at('file'), { unless: stamp })).kind).toBe('read');
  });

  test('a larger one is not, nor one that says to be empty and has no end', async () => {
    const at = scratch();
    writeFileSync(at('file'), 'x'.repeat(MOST_BYTES + 1));
    expect(await read(at('file'))).toEqual({ kind: 'too-big', stamp: expect.any(String) });
    if (process.platform === 'linux') {
      expect(await read('/proc/self/maps', { mostBytes: 10 })).toEqual({ kind: 'too-big', stamp: expect.any(String) });
      expect((await read('/proc/self/maps', { mostBytes: 10_000_000 })).kind).toBe('read');
    }
  });

  test('a FIFO that nobody writes, a device without end and a directory are told, and not waited for', async () => {
    const at = scratch();
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync('/dev/zero', at('device'));
    mkdirSync(at('directory'));
    expect(await read(at('fifo'))).toEqual({ kind: 'odd', what: 'a FIFO' });
    expect(await read(at('device'))).toEqual({ kind: 'odd', what: 'a device' });
    expect(await read(at('directory'))).toEqual({ kind: 'directory' });
  });

  test('what is not there is gone, as is a link that leads nowhere or round, and any link where none is followed', async () => {
    const at = scratch();
    writeFileSync(at('file'), 'text');
    for (const [name, target] of Object.entries({ lost: 'nowhere', round: 'round', link: 'file' }))
      symlinkSync(target, at(name));
    for (const name of ['none', 'file/none', 'lost', 'round']) expect(await read(at(name))).toEqual({ kind: 'gone' });
    expect((await read(at('link'))).kind).toBe('read');
    expect((await read(at('link'), { follow: false })).kind).not.toBe('read');
  });
});
