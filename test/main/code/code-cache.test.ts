// Owns: compiled code is kept where only this user can put any, whole, for the same text and Node; without it nothing fails.
// Leaves: that the built daemon starts with it (test/end-to-end/foreground.test.ts).
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CodeCache, openCodeCache } from '../../../src/main/code/code-cache.ts';
import { lacksAbility } from '../../support/abilities.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const TEXT = Buffer.from('const answer = 42;');
const CODE = Buffer.from('what V8 made of it');
const made = (code: Uint8Array = CODE, text: Uint8Array = TEXT) => [{ name: 'daemon.js', text, code: () => code }];
const found = (cache: CodeCache): Uint8Array | undefined => cache.find('daemon.js', TEXT);

const giveAway = (at: string): void => chownSync(at, 12_345, 12_345);

function makePlace() {
  const { directory } = makeScratch(onTestFinished);
  const above = join(directory, 'cache');
  mkdirSync(above, { mode: 0o700 });
  const folder = join(above, 'git-remote-daemon');
  const env = { XDG_CACHE_HOME: above };
  const file = (): string => join(folder, readdirSync(folder)[0] ?? 'none');
  return { directory, above, folder, env, file };
}

it('is found by the next process, private in a private folder', () => {
  const { env, folder, file } = makePlace();
  expect(found(openCodeCache(env))).toBeUndefined();
  expect(openCodeCache(env).keep(made())).toBeUndefined();
  expect(found(openCodeCache(env))).toEqual(CODE);
  expect([folder, file()].map((at) => statSync(at).mode & 0o777)).toEqual([0o700, 0o600]);
});

it('is not that of another text, were it as long, nor of another file', () => {
  const { env } = makePlace();
  openCodeCache(env).keep(made());
  expect(openCodeCache(env).find('daemon.js', Buffer.from('const answer = 43;'))).toBeUndefined();
  expect(openCodeCache(env).find('entry.cjs', TEXT)).toBeUndefined();
});

it('is below HOME where XDG_CACHE_HOME is not set, or relative', () => {
  const { directory } = makeScratch(onTestFinished);
  for (const XDG_CACHE_HOME of [undefined, '', 'relative']) {
    const HOME = join(directory, `home-of-${XDG_CACHE_HOME}`);
    mkdirSync(HOME);
    openCodeCache({ HOME, XDG_CACHE_HOME }).keep(made());
    expect(readdirSync(join(HOME, '.cache/git-remote-daemon'))).toHaveLength(1);
  }
});

it.each<[string, (content: Buffer) => Uint8Array]>([
  ['one byte of it is another', (content) => content.map((byte, at) => (at === content.length - 9 ? byte ^ 1 : byte))],
  ['its end is missing', (content) => content.subarray(0, content.length - 7)],
  ['it is empty', () => new Uint8Array()],
  ['it is something else', () => Buffer.alloc(4_000, 0)],
])('is not taken, and made anew, where %s', (_what, damage) => {
  const { env, file } = makePlace();
  openCodeCache(env).keep(made());
  writeFileSync(file(), damage(readFileSync(file())));
  expect(found(openCodeCache(env))).toBeUndefined();
  expect(openCodeCache(env).keep(made())).toBeUndefined();
  expect(found(openCodeCache(env))).toEqual(CODE);
});

it('is made once by many that were started at once, and once more by one that V8 has refused it', () => {
  const { env } = makePlace();
  const other = Buffer.from('what another made of it');
  const [first, second] = [openCodeCache(env), openCodeCache(env)];
  expect([found(first), found(second)]).toEqual([undefined, undefined]);
  first.keep(made());
  second.keep(made(other));
  const third = openCodeCache(env);
  expect(found(third)).toEqual(CODE);
  third.keep(made(other));
  expect(found(openCodeCache(env))).toEqual(other);
});

it('is kept for the last few texts only', () => {
  const { env, folder } = makePlace();
  for (let version = 0; version < 20; version += 1) {
    openCodeCache(env).keep(made(CODE, Buffer.from(`version ${version}`)));
    for (const name of readdirSync(folder)) {
      const { mtimeMs } = statSync(join(folder, name));
      utimesSync(join(folder, name), mtimeMs / 1_000 - 60, mtimeMs / 1_000 - 60);
    }
  }
  expect(readdirSync(folder)).toHaveLength(16);
  expect(openCodeCache(env).find('daemon.js', Buffer.from('version 19'))).toEqual(CODE);
  expect(openCodeCache(env).find('daemon.js', Buffer.from('version 0'))).toBeUndefined();
});

it('leaves what is not its own in the folder alone', () => {
  const { env, folder } = makePlace();
  mkdirSync(folder, { mode: 0o700 });
  for (let at = 0; at < 20; at += 1) writeFileSync(join(folder, `notes-${at}`), 'mine');
  openCodeCache(env).keep(made());
  expect(readdirSync(folder)).toHaveLength(21);
});

describe('where others could put something in its place it is neither taken nor kept', () => {
  it('as in a folder that others may write to', () => {
    const { env, folder } = makePlace();
    openCodeCache(env).keep(made());
    chmodSync(folder, 0o770);
    expect(found(openCodeCache(env))).toBeUndefined();
    const before = readdirSync(folder);
    expect(openCodeCache(env).keep(made(CODE, Buffer.from('another')))).toBeUndefined();
    expect(readdirSync(folder)).toEqual(before);
  });

  it('as in one below such a folder', () => {
    const { env, above } = makePlace();
    openCodeCache(env).keep(made());
    chmodSync(above, 0o777);
    expect(found(openCodeCache(env))).toBeUndefined();
  });

  it('as through a link that is the file itself', () => {
    const { env, directory, file } = makePlace();
    openCodeCache(env).keep(made());
    const [at, elsewhere] = [file(), join(directory, 'elsewhere')];
    renameSync(at, elsewhere);
    symlinkSync(elsewhere, at);
    expect(found(openCodeCache(env))).toBeUndefined();
  });

  it('as below a folder that others may write to, where nothing is made, either', () => {
    const { env, above } = makePlace();
    chmodSync(above, 0o777);
    expect(openCodeCache(env).keep(made())).toBeUndefined();
    expect(readdirSync(above)).toEqual([]);
  });

  const cannotGive = lacksAbility('a cache of another user', 'files cannot be given away', (at) => giveAway(at));
  it.skipIf(cannotGive)('as in a folder, or a file, of another user', () => {
    const { env, folder, file } = makePlace();
    openCodeCache(env).keep(made());
    giveAway(file());
    expect(found(openCodeCache(env))).toBeUndefined();
    rmSync(file());
    openCodeCache(env).keep(made());
    giveAway(folder);
    expect(found(openCodeCache(env))).toBeUndefined();
  });

  it.skipIf(cannotGive)('as in the home of another user, in which nothing is made', () => {
    const { directory } = makePlace();
    const HOME = join(directory, 'theirs');
    mkdirSync(HOME);
    giveAway(HOME);
    expect(openCodeCache({ HOME }).keep(made())).toBeUndefined();
    expect(readdirSync(HOME)).toEqual([]);
  });

  it.skipIf(cannotGive)('as where a link leads that another user has made', () => {
    const { env, folder, above, directory } = makePlace();
    chmodSync(above, 0o1777);
    const ours = join(directory, 'ours');
    mkdirSync(ours, { mode: 0o700 });
    symlinkSync(ours, folder);
    openCodeCache(env).keep(made());
    expect(found(openCodeCache(env))).toEqual(CODE);
    lchownSync(folder, 12_345, 12_345);
    expect(found(openCodeCache(env))).toBeUndefined();
  });
});

describe('what keeps it from being kept is said, and no more than that', () => {
  it('as a file in the place of the folder', () => {
    const { env, folder } = makePlace();
    writeFileSync(folder, 'a file');
    expect(found(openCodeCache(env))).toBeUndefined();
    expect(openCodeCache(env).keep(made())).toBeUndefined();
  });

  it('as a link in the place of the folder that leads nowhere', () => {
    const { env, folder, directory } = makePlace();
    symlinkSync(join(directory, 'nowhere'), folder);
    expect(found(openCodeCache(env))).toBeUndefined();
    expect(openCodeCache(env).keep(made())).toBe(`cannot make ${folder}: file already exists`);
  });

  it.skipIf(!existsSync('/proc/self'))('as a home in which nothing can be made', () => {
    expect(openCodeCache({ HOME: '/proc' }).keep(made())).toMatch(/^cannot make \/proc\/\.cache: /);
  });

  it('as a directory in the place of a file', () => {
    const { env, file } = makePlace();
    openCodeCache(env).keep(made());
    const at = file();
    rmSync(at);
    mkdirSync(at);
    expect(found(openCodeCache(env))).toBeUndefined();
    expect(openCodeCache(env).keep(made())).toBe(`${at} is a directory: remove it`);
  });

  it('as code that V8 does not give', () => {
    const { env, folder } = makePlace();
    const code = (): never => {
      throw new Error('no memory');
    };
    expect(openCodeCache(env).keep([{ name: 'daemon.js', text: TEXT, code }])).toBe('no memory');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('where there is no home, nothing is made and nothing is said', () => {
    const { directory } = makePlace();
    for (const env of [{}, { HOME: join(directory, 'not-there') }, { HOME: 'relative' }]) {
      expect(openCodeCache(env).keep(made())).toBeUndefined();
      expect(found(openCodeCache(env))).toBeUndefined();
    }
    expect(existsSync(join(directory, 'not-there'))).toBe(false);
  });
});

it('a file with another name, as by a hard link, is written anew and not through', () => {
  const { env, directory, file } = makePlace();
  openCodeCache(env).keep(made());
  const other = join(directory, 'other');
  linkSync(file(), other);
  const before = readFileSync(other);
  writeFileSync(file(), 'damaged');
  openCodeCache(env).keep(made());
  expect(readFileSync(other, 'utf8')).toBe('damaged');
  expect(readFileSync(file())).toEqual(before);
});
