import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { transform } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../support/daemon.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url));

/** What a user's Node reads first, its first argument, and what it is called. */
const FIRST: readonly (readonly [name: string, file: string, argument: string])[] = [
  ['git-remote-daemon', PROGRAM, 'status'],
  ['git-remote-p2p-annex', join(dirname(PROGRAM), '../helpers/helper.js'), 'p2p-annex'],
];

test.each(FIRST)('%s begins with a file that any Node reads, as a script or as a module', async (_name, file) => {
  const text = readFileSync(file, 'utf8');
  expect(() => new Script(text)).not.toThrow();
  const loader = { loader: 'js', legalComments: 'none' } as const;
  const [asItIs, forOld] = [await transform(text, loader), await transform(text, { ...loader, target: 'es2015' })];
  expect(forOld.code).toBe(asItIs.code);
});

const OLD = ['0.12.18', '18.20.8', '20.16.0'].flatMap((version) => FIRST.map((first) => [version, ...first] as const));

test.each(OLD)('Node %s is told in one line what is needed for %s', async (version, name, file, argument) => {
  const { directory, env } = makeScratch(onTestFinished);
  const older = join(directory, 'older.cjs');
  writeFileSync(older, `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });\n`);
  const said = await new Promise((resolve) => {
    execFile(process.execPath, ['--require', older, file, argument], { env }, (failure, stdout, stderr) =>
      resolve([failure?.code, stdout, stderr]),
    );
  });
  const manifest: { readonly engines: { readonly node: string } } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const oldest = manifest.engines.node.replace('>=', '');
  const why = `fatal: ${name} needs Node ${oldest} or later, and ${process.execPath} is ${version}\n`;
  expect(said).toEqual([128, '', why]);
});
