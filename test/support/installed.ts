// Owns: the built program as it is once it is installed: its commands are on PATH, and so git knows them.
// Leaves: packing and installing it for real (test/end-to-end/tarball.test.ts, test/demo/first-session.ts).
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { PROGRAM } from './daemon.ts';
import { LIMIT_MS } from './next-line.ts';
import type { Environment, Scratch } from './temp-repo.ts';

const CHECKOUT = join(dirname(PROGRAM), '../..');

/** The scratch directory's environment, with a folder first on PATH to which the commands are linked as npm does it. */
export function asInstalled(scratch: Scratch): Environment {
  const bin = join(scratch.directory, 'installed-bin');
  mkdirSync(bin);
  const manifest: { readonly bin: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(CHECKOUT, 'package.json'), 'utf8'),
  );
  for (const [name, file] of Object.entries(manifest.bin)) symlinkSync(join(CHECKOUT, file), join(bin, name));
  return { ...scratch.env, PATH: [bin, scratch.env.PATH].join(delimiter) };
}

export interface ShellOptions {
  readonly cwd: string;
  readonly env: Environment;
  readonly shell?: string;
  readonly input?: string;
}

/** What a script prints; throws with all it said where its status is not 0. Each command's failure ends it. */
export function runScript(script: string, { cwd, env, shell = 'sh', input = '' }: ShellOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(shell, ['-ec', script], { cwd, env, timeout: LIMIT_MS }, (failure, stdout, stderr) => {
      if (failure) reject(new Error(`${failure.message}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
    // It may not read what it is sent.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
