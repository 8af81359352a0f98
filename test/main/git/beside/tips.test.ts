// Owns: that single refs are found in the files as git itself finds them, loose or packed, among few or very many.
// Leaves: which refs are asked for (fetch-beside.test.ts).
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withTips } from '../../../../src/main/git/beside/tips.ts';
import { parseRefName, type RefName } from '../../../../src/shared/remote.ts';
import { commit, makeRepo, makeScratch, type TestRepo } from '../../../support/temp-repo.ts';

const named = (text: string): RefName => {
  const name = parseRefName(text);
  if (name === undefined) throw new Error(`${text} is no name of a ref`);
  return name;
};
const tip = (number: number): string => number.toString(16).padStart(40, '0');

/** As git writes it: some lead to a tag, of which the line behind tells what it is of. */
function packed(directory: string, refs: readonly string[]): void {
  const sorted = [...refs].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const lines = sorted.map((ref, at) => `${tip(at)} ${ref}\n${at % 3 === 0 ? `^${tip(at + 1)}\n` : ''}`);
  writeFileSync(join(directory, 'packed-refs'), `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`);
}

test('each of any refs is found where it is, and no other, however long their names are', () => {
  const scratch = makeScratch(onTestFinished);
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '-', '0'), minLength: 1, maxLength: 4 });
  const name = fc
    .tuple(fc.constantFrom('heads', 'remotes/o', 'tags'), word, fc.nat(60))
    .map(([place, text, times]) => `refs/${place}/${text.repeat(1 + times)}`);
  void fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 400 }),
      fc.array(name, { maxLength: 20 }),
      (refs, others) => {
        packed(scratch.directory, refs);
        const sorted = [...refs].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
        withTips(scratch.directory, (tips) => {
          for (const [at, ref] of sorted.entries()) {
            expect(tips.of(named(ref))).toBe(tip(at));
            expect(tips.nextPacked(ref)).toBe(sorted[at + 1]);
          }
          expect(tips.nextPacked('refs/')).toBe(sorted[0]);
          for (const folder of ['refs/', 'refs/remotes/o/']) {
            const under = sorted.filter((ref) => ref.startsWith(folder));
            const some = tips.spreadUnder(folder, 5);
            expect(under).toEqual(expect.arrayContaining([...some]));
            expect(new Set(some).size).toBe(some.length);
            expect(some.length).toBeLessThanOrEqual(5);
            if (under.length > 200) expect(some.length).toBeGreaterThan(1);
          }
          for (const ref of others) if (!refs.includes(ref)) expect(tips.of(named(ref))).toBe('none');
          for (const folder of ['refs/heads/', 'refs/remotes/o/', 'refs/replace/', 'refs/zzz/', 'refs/a/'])
            expect(tips.mayBeUnder(folder)).toBe(refs.some((ref) => ref.startsWith(folder)));
        });
      },
    ),
    { numRuns: 60 },
  );
});

describe('by real git', () => {
  const stage = async (): Promise<{ repo: TestRepo; at: (file: string) => string }> => {
    const repo = await makeRepo(makeScratch(onTestFinished), 'repo');
    await commit(repo);
    return { repo, at: (file) => join(repo.directory, '.git', file) };
  };
  const tipsOf = (repo: TestRepo, ...refs: readonly string[]) =>
    withTips(join(repo.directory, '.git'), (tips) => refs.map((ref) => tips.of(named(ref))));

  test('one that is loose counts before the same that is packed, and one that leads to another is not told', async () => {
    const { repo, at } = await stage();
    const old = await repo.git('rev-parse', 'HEAD');
    await repo.git('branch', 'other');
    await repo.git('pack-refs', '--all');
    await commit(repo);
    await repo.git('symbolic-ref', 'refs/heads/to', 'refs/heads/main');
    writeFileSync(at('refs/heads/broken'), 'no object\n');
    mkdirSync(at('refs/heads/folder'));
    const now = await repo.git('rev-parse', 'HEAD');
    const refs = ['main', 'other', 'none', 'to', 'broken'].map((name) => `refs/heads/${name}`);
    expect(tipsOf(repo, ...refs)).toEqual([now, old, 'none', undefined, undefined]);
  });

  test('nothing is told of a reftable, of refs in no order, or of a file that is none of git’s', async () => {
    const { repo, at } = await stage();
    await repo.git('pack-refs', '--all');
    const text = execFileSync('cat', [at('packed-refs')], { encoding: 'utf8' });
    for (const odd of [text.replace(' sorted ', ' '), '', 'x\n', text.replace(/^[0-9a-f]{40}/m, 'none')]) {
      writeFileSync(at('packed-refs'), odd);
      expect(tipsOf(repo, 'refs/heads/main')).toEqual([undefined]);
    }
    rmSync(at('packed-refs'));
    expect(tipsOf(repo, 'refs/heads/main')).toEqual(['none']);
    mkdirSync(at('reftable'));
    expect(tipsOf(repo, 'refs/heads/main')).toEqual([undefined]);
  });
});
