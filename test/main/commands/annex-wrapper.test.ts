// Owns: what the git-annex that `annex-wrapper` writes does with each kind of call, and which files the command leaves alone.
// Leaves: the real assistant (test/end-to-end/assistant.test.ts).
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../support/daemon.ts';
import { makeScratch, type Scratch } from '../../support/temp-repo.ts';

const run = promisify(execFile);

/** A git-annex that says how it was called. */
const REAL = `#!/bin/sh\necho "real: $# words: $*, GIT_ANNEX_DIR=\${GIT_ANNEX_DIR-none}, $PATH"\n`;

function makeProgram(folder: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'git-annex');
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

const write = (scratch: Scratch, folder: string) => runProgram(scratch.directory, scratch.env, 'annex-wrapper', folder);

async function written() {
  const scratch = makeScratch(onTestFinished);
  const [real, own] = [join(scratch.directory, 'real bin'), join(scratch.directory, "a user's folder")];
  makeProgram(real, REAL);
  expect(await write(scratch, own)).toMatchObject({ status: 0, stderr: '' });
  // What it runs ends by itself, or after a while: a loop would not.
  const call = async (words: readonly string[], path: readonly string[] = [own, real], more = {}) => {
    const env = { ...scratch.env, ...more, PATH: [...path, '/usr/bin', '/bin'].join(':') };
    return run(join(own, 'git-annex'), words, { cwd: scratch.directory, env, timeout: 30_000 });
  };
  return { scratch, own, real, call };
}

describe('the git-annex that is written', () => {
  test('passes words on as they are, to the real one on PATH, and takes itself off PATH', async () => {
    const { real, call } = await written();
    const { stdout } = await call(['add', 'two words', '', "it's *"]);
    expect(stdout).toBe(`real: 4 words: add two words  it's *, GIT_ANNEX_DIR=none, ${real}:/usr/bin:/bin\n`);
  });

  test.each(['assistant', 'webapp'])('is found again by what the %s starts', async (command) => {
    const { own, call } = await written();
    expect((await call([command])).stdout).toContain(`1 words: ${command}, GIT_ANNEX_DIR=${own}, `);
  });

  test('leaves no trace of that in what git-annex itself starts', async () => {
    const { own, call } = await written();
    expect((await call(['smudge'], undefined, { GIT_ANNEX_DIR: own })).stdout).toContain('GIT_ANNEX_DIR=none');
    expect((await call(['smudge'], undefined, { GIT_ANNEX_DIR: '/x' })).stdout).toContain('GIT_ANNEX_DIR=/x');
  });

  test('becomes this program for a remotedaemon in the foreground, and for no other', async () => {
    const { call } = await written();
    await expect(call(['remotedaemon', '--foreground'])).rejects.toThrow('is not in a git repository');
    expect((await call(['remotedaemon'])).stdout).toContain('real: 1 words: remotedaemon,');
  });

  test('finds neither itself nor another like it, whatever PATH says', async () => {
    const { scratch, own, real, call } = await written();
    const [second, link] = [join(scratch.directory, 'second'), join(scratch.directory, 'link')];
    await write(scratch, second);
    symlinkSync(own, link);
    expect((await call(['a'], [second, link, '', own, real])).stdout).toContain('real: 1 words: a,');
    chmodSync(join(real, 'git-annex'), 0o644);
    const path = [second, own, link].join(':');
    const env = { ...scratch.env, PATH: path };
    const options = { cwd: scratch.directory, env, timeout: 30_000 };
    await expect(run(join(own, 'git-annex'), ['a'], options)).rejects.toMatchObject({
      code: 127,
      stderr: `${own}/git-annex: there is no other git-annex on PATH\n`,
    });
  });

  test("lets git-annex's own run where this program is gone, and says so", async () => {
    const { own, call } = await written();
    const file = join(own, 'git-annex');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^program=.*/m, 'program=/gone'));
    const { stdout, stderr } = await call(['remotedaemon', '--foreground']);
    expect(stdout).toContain('real: 2 words: remotedaemon --foreground,');
    expect(stderr).toContain('git-remote-daemon is no longer at /gone');
  });
});

describe('the command', () => {
  test('says the two commands that use it, and may be called again', async () => {
    const { scratch, own } = await written();
    const again = await write(scratch, own);
    expect(again.status).toBe(0);
    expect(again.stdout.match(/^ {4}.*/gm)).toEqual([
      '    git annex assistant --stop',
      `    PATH='${own.replace("'", "'\\''")}':"$PATH" git annex assistant`,
    ]);
  });

  test('leaves a git-annex alone that it has not written', async () => {
    const scratch = makeScratch(onTestFinished);
    const file = makeProgram(join(scratch.directory, 'bin'), REAL);
    const { status, stderr } = await write(scratch, 'bin');
    expect({ status, stderr }).toEqual({
      status: 128,
      stderr: `fatal: ${file} is there already, and not of this program: name another folder\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe(REAL);
    mkdirSync(join(scratch.directory, 'odd'));
    symlinkSync('nowhere', join(scratch.directory, 'odd/git-annex'));
    expect((await write(scratch, 'odd')).status).toBe(128);
  });

  test.each([
    ['a:b', 'cannot be on PATH'],
    ['file', 'cannot write'],
  ])('says why it cannot write to %s', async (folder, why) => {
    const scratch = makeScratch(onTestFinished);
    writeFileSync(join(scratch.directory, 'file'), '');
    const { status, stderr } = await write(scratch, folder);
    expect(status).toBe(128);
    expect(stderr).toContain(why);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(existsSync(join(scratch.directory, 'a:b'))).toBe(false);
  });
});
