import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildOptions } from '../../../src/main/commands/show-versions.ts';
import { makeScratch } from '../../support/temp-repo.ts';

/** With nothing on PATH but these scripts. */
function pathWith(scripts: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { directory, env } = makeScratch(onTestFinished);
  const folder = join(directory, 'bin');
  mkdirSync(folder);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { ...env, PATH: folder };
}

const lines = async (env: NodeJS.ProcessEnv): Promise<string[]> => (await buildOptions(env)).split('\n');

test('the versions are those of what is on PATH, and of the Node that runs this', async () => {
  const [first, ...others] = await lines(process.env);
  expect(first).toMatch(/^git-remote-daemon version \d+\.\d+\.\d+$/);
  expect(others).toEqual([
    `cpu: ${process.arch}`,
    `system: ${process.platform}`,
    `node: ${process.versions.node}`,
    expect.stringMatching(/^git: 2\.\d+/),
    expect.stringMatching(/^ssh: (?:OpenSSH_|not found)/),
    '',
  ]);
});

test.each([
  [{}, 'git: not found', 'ssh: not found'],
  [{ git: 'echo git version 2.99.0', ssh: 'echo OpenSSH_99 >&2; echo more >&2' }, 'git: 2.99.0', 'ssh: OpenSSH_99'],
  [{ git: 'exit 3', ssh: String.raw`printf 'a\033[31mb'` }, 'git: does not say it', 'ssh: a [31mb'],
])('of %j', async (scripts, git, ssh) => {
  expect(await lines(pathWith(scripts))).toEqual(expect.arrayContaining([git, ssh]));
});

test('a program that hangs is not waited for, nor is what it has started', async () => {
  expect(await lines(pathWith({ git: '/bin/sleep 60 & /bin/sleep 60', ssh: 'echo OpenSSH_99' }))).toEqual(
    expect.arrayContaining(['git: does not say it', 'ssh: OpenSSH_99']),
  );
});
