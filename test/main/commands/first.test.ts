import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { transform } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../support/daemon.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url));

test('the command is a file that any Node reads, as a script or as a module', async () => {
  const text = readFileSync(PROGRAM, 'utf8');
  expect(() => new Script(text)).not.toThrow();
  const loader = { loader: 'js', legalComments: 'none' } as const;
  const [asItIs, forOld] = [await transform(text, loader), await transform(text, { ...loader, target: 'es2015' })];
  expect(forOld.code).toBe(asItIs.code);
});

test.each(['0.12.18', '18.20.8', '20.16.0'])('Node %s is told in one line what is needed', async (version) => {
  const { directory, env } = makeScratch(onTestFinished);
  const older = join(directory, 'older.cjs');
  writeFileSync(older, `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });\n`);
  const said = await new Promise((resolve) => {
    execFile(process.execPath, ['--require', older, PROGRAM, 'status'], { env }, (failure, stdout, stderr) =>
      resolve([failure?.code, stdout, stderr]),
    );
  });
  const manifest: { readonly engines: { readonly node: string } } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const oldest = manifest.engines.node.replace('>=', '');
  const why = `fatal: git-remote-daemon needs Node ${oldest} or later, and ${process.execPath} is ${version}\n`;
  expect(said).toEqual([128, '', why]);
});
