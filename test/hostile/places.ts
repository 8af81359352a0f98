// Owns: repositories in this machine's file system that somebody else has made, or changes under the eyes of the watcher.
// Leaves: looking at them (src/workers/local).
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import type { Expectations } from './behaviour.ts';

export interface EvilPlace extends Expectations {
  /** What is done, before the daemon starts, to a bare repository that was in order. */
  readonly before?: (repository: string, atEnd: AtEnd) => void | Promise<void>;
  /** What is watched, where it is not that repository itself. */
  readonly watched?: (repository: string) => string;
  /** What is done to it once it is watched. */
  readonly after?: (repository: string, atEnd: AtEnd) => void | Promise<void>;
}

const GB = 1024 ** 3;

const fifo = (file: string): void => {
  fs.rmSync(file, { recursive: true, force: true });
  execFileSync('mkfifo', [file]);
};
const link = (target: string, file: string): void => {
  fs.rmSync(file, { recursive: true, force: true });
  fs.symlinkSync(target, file);
};
const folder = (file: string): void => {
  fs.rmSync(file, { recursive: true, force: true });
  fs.mkdirSync(file);
};
const sparse = (file: string, bytes: number): void => {
  fs.writeFileSync(file, '# pack-refs with: peeled fully-peeled sorted \n');
  fs.truncateSync(file, bytes);
};
const socket = async (file: string, atEnd: AtEnd): Promise<void> => {
  fs.rmSync(file, { force: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(file, resolve));
  atEnd(() => void server.close());
};
/** Somebody holds the other end open, and never says a word. */
const heldFifo = (file: string, atEnd: AtEnd): void => {
  fifo(file);
  const held = fs.openSync(file, 'r+');
  atEnd(() => fs.closeSync(held));
};

const worktreeOf = (repository: string): string => `${repository}-worktree`;
const gitFileOf = (repository: string): string => join(worktreeOf(repository), '.git');

/** A `.git` that is no folder, as that of a repository that is not bare may be. */
const byGitFile = (make: (file: string, repository: string) => void): EvilPlace => ({
  calm: true,
  watched: worktreeOf,
  before: (repository) => {
    fs.mkdirSync(worktreeOf(repository));
    make(gitFileOf(repository), repository);
  },
});
const gitFileOfText = (text: (repository: string) => string | Uint8Array): EvilPlace =>
  byGitFile((file, repository) => fs.writeFileSync(file, text(repository)));

/** For each of the files that are read, and each thing that is no file: as it is found, and as it becomes. */
const FILES = ['HEAD', 'packed-refs', 'refs', 'refs/heads/main', 'config'] as const;
type Thing = (file: string, atEnd: AtEnd) => void | Promise<void>;
const THINGS = {
  'a FIFO': fifo,
  'a FIFO that is held open': heldFifo,
  'a socket': socket,
  'a folder': folder,
  'a link to /dev/zero': (file) => link('/dev/zero', file),
  'a link to /dev/tty': (file) => link('/dev/tty', file),
  'a loop of links': (file) => link(file, file),
} as const satisfies Record<string, Thing>;

const asFound = Object.fromEntries(
  FILES.flatMap((file) =>
    Object.entries<Thing>(THINGS).map(([thing, make]): [string, EvilPlace] => [
      `${file} is ${thing}`,
      { calm: true, before: (repository, atEnd) => make(join(repository, file), atEnd) },
    ]),
  ),
);
const asItBecomes = Object.fromEntries(
  FILES.flatMap((file) =>
    (['a FIFO', 'a link to /dev/zero', 'a folder'] as const).map((thing): [string, EvilPlace] => [
      `${file} becomes ${thing}`,
      { calm: true, after: (repository, atEnd) => (THINGS[thing] as Thing)(join(repository, file), atEnd) },
    ]),
  ),
);

export const PLACES: Record<string, EvilPlace> = {
  ...asFound,
  ...asItBecomes,
  'four whose HEAD is a FIFO': { before: (repository) => fifo(join(repository, 'HEAD')), remotes: 4, seconds: 10 },
  'packed-refs of 1 GB': { before: (repository) => sparse(join(repository, 'packed-refs'), GB) },
  'packed-refs becomes 1 GB': { after: (repository) => sparse(join(repository, 'packed-refs'), GB) },
  'packed-refs that grows': {
    seconds: 10,
    after: (repository, atEnd) => {
      const timer = setInterval(() => {
        fs.appendFileSync(
          join(repository, 'packed-refs'),
          `${'d1ce'.repeat(10)} refs/heads/b${Math.random()}\n`.repeat(2_000),
        );
      }, 50);
      atEnd(() => clearInterval(timer));
    },
  },
  'packed-refs of one line': {
    before: (repository) => fs.writeFileSync(join(repository, 'packed-refs'), 'x'.repeat(4_000_000)),
  },
  'HEAD of 1 GB': { before: (repository) => sparse(join(repository, 'HEAD'), GB) },
  'a ref of 1 GB': { before: (repository) => sparse(join(repository, 'refs/heads/huge'), GB) },
  'config of 1 GB': { before: (repository) => sparse(join(repository, 'config'), GB) },
  'a .git file of 1 MiB': gitFileOfText(() => `gitdir: ${'x'.repeat(2 ** 20)}`),
  'a .git file of 1 MiB of white space': gitFileOfText(() => `gitdir: ${' '.repeat(2 ** 20)}x`),
  'a .git file of 1 MiB of line ends': gitFileOfText(() => `gitdir: x${'\n'.repeat(2 ** 20)}x`),
  'a .git file of 1 GB': byGitFile((file) => sparse(file, GB)),
  'a .git file of NULs': gitFileOfText(() => Buffer.alloc(2_000)),
  'a .git FIFO': byGitFile(fifo),
  'a .git file of itself': gitFileOfText((repository) => `gitdir: ${gitFileOf(repository)}\n`),
  'commondir of itself': { before: (repository) => fs.writeFileSync(join(repository, 'commondir'), '.\n') },
  'commondir of 1 MiB of white space': {
    before: (repository) => fs.writeFileSync(join(repository, 'commondir'), `${' '.repeat(2 ** 20)}x`),
  },
  'commondir of 1 MiB of line ends': {
    before: (repository) => fs.writeFileSync(join(repository, 'commondir'), `x${'\n'.repeat(2 ** 20)}x`),
  },
  'a FIFO as commondir': { before: (repository) => fifo(join(repository, 'commondir')) },
  'a chain of commondirs': {
    before: (repository) => {
      for (let depth = 0; depth < 50; depth += 1) {
        fs.mkdirSync(join(repository, `c${depth}`));
        fs.writeFileSync(join(repository, `c${depth}`, 'commondir'), `../c${depth + 1}\n`);
      }
      fs.writeFileSync(join(repository, 'commondir'), 'c0\n');
    },
  },
  'refs as deep as can be': {
    before: (repository) => {
      let at = join(repository, 'refs/heads');
      while (at.length < 3_500) {
        at = join(at, 'd'.repeat(60));
        fs.mkdirSync(at);
      }
    },
  },
  'ten thousand folders of refs': {
    before: (repository) => {
      for (let index = 0; index < 10_000; index += 1) fs.mkdirSync(join(repository, `refs/heads/d${index}`));
    },
  },
  'refs that are a loop of folders': {
    before: (repository) => fs.symlinkSync('..', join(repository, 'refs/heads/up')),
  },
  'names of control characters': {
    before: (repository) => {
      for (const name of ['\x1b[31mred', '\u200bmain', '\u202enaim', '-x']) {
        fs.copyFileSync(join(repository, 'refs/heads/main'), join(repository, 'refs/heads', name));
      }
    },
  },
  'folders that nobody may read': {
    before: (repository) => {
      for (const name of ['refs/heads', 'objects']) fs.chmodSync(join(repository, name), 0);
    },
  },
  'refs that come and go': {
    seconds: 8,
    after: (repository, atEnd) => {
      const ref = join(repository, 'refs/heads/now');
      const timer = setInterval(
        () => (fs.existsSync(ref) ? fs.rmSync(ref) : fs.copyFileSync(join(repository, 'refs/heads/main'), ref)),
        20,
      );
      atEnd(() => clearInterval(timer));
    },
  },
  'it is gone, and back as a FIFO': {
    after: (repository) => {
      fs.rmSync(repository, { recursive: true });
      fifo(repository);
    },
  },
  'reftable of 1 GB': {
    before: (repository) => {
      fs.mkdirSync(join(repository, 'reftable'));
      sparse(join(repository, 'reftable/tables.list'), GB);
    },
  },
  'reftable by a FIFO': {
    before: (repository) => {
      fs.mkdirSync(join(repository, 'reftable'));
      fifo(join(repository, 'reftable/tables.list'));
    },
  },
};
