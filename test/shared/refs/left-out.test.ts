// Owns: what a person is told of refs that a fetch did not bring.
// Leaves: which these are (not-brought.test.ts), and that it is told once (test/main/supervisor/remote).
import { expect, test } from 'vitest';
import { describeLeftOut, type LeftOut, type WhyLeftOut } from '../../../src/shared/refs/left-out.ts';

test('a person is told what was kept, and the command that takes the other', () => {
  const left = (name: string) => ({ ref: `refs/${name}`, refspec: `refs/${name}:refs/${name}` });
  expect(describeLeftOut('o', [left('notes/commits')])).toEqual([
    'kept refs/notes/commits as here: the remote has something else; ' +
      'to lose what is here: git fetch --force o refs/notes/commits:refs/notes/commits',
  ]);
  expect(describeLeftOut("a'b", ['a', 'b', 'c', 'd', 'e'].map(left))).toEqual([
    'kept refs/a, refs/b, refs/c and 2 more as here: the remote has something else; ' +
      "to lose what is here: git fetch --force 'a'\\''b' refs/a:refs/a refs/b:refs/b refs/c:refs/c",
  ]);
  expect(describeLeftOut('o', [{ ref: 'refs/tags/v1/x', refspec: undefined }])).toEqual([
    'kept refs/tags/v1/x as here: the remote has something else; rename what is here',
  ]);
});

const left = (ref: string, why: WhyLeftOut): LeftOut => ({ ref, refspec: undefined, why });

test('each kind of reason has a text of its own, with the cure', () => {
  expect(
    describeLeftOut('o', [
      left('refs/heads/none', { kind: 'not-there' }),
      left('refs/heads/y', { kind: 'same-place', place: 'refs/remotes/o/x' }),
      left('refs/remotes/o/a/b', { kind: 'name-taken', by: 'refs/remotes/o/a' }),
      left('refs/heads/x', { kind: 'checked-out' }),
      { ref: 'refs/tags/v1', refspec: 'refs/tags/v1:refs/tags/v1' },
    ]),
  ).toEqual([
    'kept refs/tags/v1 as here: the remote has something else; to lose what is here: git fetch --force o refs/tags/v1:refs/tags/v1',
    expect.stringMatching(/^refs\/remotes\/o\/a\/b cannot be kept beside refs\/remotes\/o\/a, .*; git remote prune o /),
    expect.stringMatching(/^refs\/heads\/x left as here: a work tree is on it, .*git config remote.o.fetch/),
    expect.stringMatching(/^the remote has no refs\/heads\/none, .*remote\.o\.fetch.*git config --edit$/),
    expect.stringMatching(
      /^refs\/heads\/y not fetched: another ref is kept in refs\/remotes\/o\/x, too; .*git config --edit$/,
    ),
  ]);
});

test('a tag has to be renamed', () => {
  const [text] = describeLeftOut('o', [left('refs/tags/a/b', { kind: 'name-taken', by: undefined })]);
  expect(text).toMatch(/^refs\/tags\/a\/b cannot be kept beside what is here, .*; rename what is here$/);
});
