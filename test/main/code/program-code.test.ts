// Owns: a program's files are loaded as require does, also from what was kept of them, and what is new is kept.
// Leaves: where it is kept (code-cache.test.ts).
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openCodeCache } from '../../../src/main/code/code-cache.ts';
import { openProgramCode, type ProgramCode } from '../../../src/main/code/program-code.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const FIRST = `"use strict";
exports.where = [__filename, __dirname];
exports.join = require('node:path').join('a', 'b');
exports.answer = () => require('./second.js').answer();
exports.resolved = require.resolve('./second.js');`;
const SECOND = 'let asked = 0; exports.answer = () => 42 + asked++;';

function makeProgram() {
  const { directory } = makeScratch(onTestFinished);
  const folder = join(directory, 'program');
  mkdirSync(folder);
  writeFileSync(join(folder, 'first.js'), FIRST);
  writeFileSync(join(folder, 'second.js'), SECOND);
  const open = (): ProgramCode => openProgramCode(folder, openCodeCache({ XDG_CACHE_HOME: directory }));
  const kept = (): string[] => readdirSync(join(directory, 'git-remote-daemon')).toSorted();
  return { directory, folder, open, kept };
}

it('loads each file once, with what a file of CommonJS is given', () => {
  const { folder, open } = makeProgram();
  const first = open().load('first.js');
  expect(first.where).toEqual([join(folder, 'first.js'), folder]);
  expect([first.join, first.resolved]).toEqual(['a/b', join(folder, 'second.js')]);
  expect([first.answer(), first.answer()]).toEqual([42, 43]);
});

it('keeps what was loaded, and keeps nothing once more when all came from there', () => {
  const { open, kept } = makeProgram();
  const code = open();
  code.load('first.js').answer();
  expect(code.keep()).toBeUndefined();
  expect(kept().map((name) => name.replace(/-[0-9a-f]{32}$/, ''))).toEqual(['first.js', 'second.js']);
  const again = open();
  expect(again.load('first.js').answer()).toBe(42);
  const before = kept();
  again.keep();
  expect(kept()).toEqual(before);
});

it('says why it could not be kept, once', () => {
  const { folder } = makeProgram();
  const code = openProgramCode(folder, { find: () => undefined, keep: () => 'the disk is full' });
  code.load('first.js');
  expect([code.keep(), code.keep()]).toEqual(['the disk is full', undefined]);
});

it('loads a file that V8 refuses what was kept of, and keeps it anew', () => {
  const { folder } = makeProgram();
  const names: string[] = [];
  const code = openProgramCode(folder, {
    find: () => Buffer.alloc(1_000, 0x5a),
    keep: (made) => {
      names.push(...made.map(({ name }) => name));
      return undefined;
    },
  });
  expect(code.load('first.js').answer()).toBe(42);
  code.keep();
  expect(names).toEqual(['first.js', 'second.js']);
});

it('throws what a file throws', () => {
  const { folder, open } = makeProgram();
  writeFileSync(join(folder, 'bad.js'), 'throw new Error("no program");');
  expect(() => open().load('bad.js')).toThrow('no program');
  expect(() => open().load('none.js')).toThrow('ENOENT');
});
