// Owns: the command `annex-wrapper`: a folder with a git-annex that makes the assistant use this program.
// Leaves: what that git-annex does (annex-wrapper.sh), and how the assistant is served (`--foreground`).
import fs from 'node:fs';
import path from 'node:path';
import { printable } from '../../shared/printable.ts';
import { shellQuoted, shownWord } from '../../shared/shell-word.ts';
import { makeDirectories } from '../../shared/system/make-directories.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { PROGRAM } from '../places.ts';
import { reasonOf, UserError } from '../user-error.ts';
import { script as SCRIPT } from './annex-wrapper.sh';
import type { Handler } from './handler.ts';

/** The second line of each: by that it knows others like itself, and this command what it may replace. */
const MARK = '# Made by: git remote-daemon annex-wrapper';
const HEAD = `#!/bin/sh\n${MARK}\n`;

/**
 * With GIT_ANNEX_DIR set git-annex looks for libmagic's data below that, and without it knows no `mimetype=`
 * (git-annex, Annex/Magic.hs). Where distributions have it, and Homebrew and MacPorts.
 */
const MAGIC_PLACES = [
  '/usr/share/misc/magic.mgc',
  '/usr/share/file/magic.mgc',
  '/usr/share/file/misc/magic.mgc',
  '/usr/lib/file/magic.mgc',
  '/opt/homebrew/share/misc/magic.mgc',
  '/usr/local/share/misc/magic.mgc',
  '/opt/local/share/misc/magic.mgc',
];

export const annexWrapperCommand: Handler = async ({ words: [named = ''] }, { print }) => {
  // As of a variable that is not set: what is meant is not the folder that one is in.
  if (named === '') throw new UserError('a folder needs a name');
  const folder = path.resolve(workingDirectory(), named);
  if (/[:\n\r]/.test(folder))
    throw new UserError(
      `a folder whose path has a colon or a line break in it cannot be on PATH: ${printable(folder)}`,
    );
  const file = path.join(folder, 'git-annex');
  try {
    makeDirectories(folder);
    refuseOthers(file);
    writeWhole(file, wrapperFor(folder));
    linkMagic(folder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot write ${file}: ${reasonOf(error)}`);
  }
  print(`${file} is written. From now on start the assistant so:\n\n`);
  print(`    git annex assistant --stop\n    PATH=${shownWord(folder)}:"$PATH" git annex assistant\n`);
  return 0;
};

function wrapperFor(folder: string): string {
  const facts = { mark: MARK, node: process.execPath, program: PROGRAM, here: folder };
  const lines = Object.entries(facts).map(([name, value]) => `${name}=${shellQuoted(value)}\n`);
  return `${HEAD}${lines.join('')}${SCRIPT}`;
}

function refuseOthers(file: string): void {
  const there = fs.lstatSync(file, { throwIfNoEntry: false });
  if (there === undefined || (there.isFile() && beginOf(file) === HEAD)) return;
  throw new UserError(`${file} is there already, and not of this program: name another folder`);
}

function beginOf(file: string): string {
  const begin = Buffer.alloc(HEAD.length);
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    return begin.toString('latin1', 0, fs.readSync(descriptor, begin));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The assistant may be about to run the one that is there. */
function writeWhole(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(fresh, text, { flag: 'wx', mode: 0o755 });
    fs.renameSync(fresh, file);
  } finally {
    fs.rmSync(fresh, { force: true });
  }
}

function linkMagic(folder: string): void {
  const link = path.join(folder, 'magic/magic.mgc');
  const data = MAGIC_PLACES.find((place) => fs.existsSync(place));
  if (data === undefined || fs.existsSync(link)) return;
  makeDirectories(path.dirname(link));
  fs.rmSync(link, { force: true });
  fs.symlinkSync(data, link);
}
