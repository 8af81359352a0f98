// Owns: which files ssh's settings come from: its own two, and what these include (ssh_config(5)).
// Leaves: what is in them, which is for `ssh -G` to say (ssh-settings-watch.ts).
import fs from 'node:fs';
import path from 'node:path';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';

const SYSTEM_DIRECTORY = '/etc/ssh';
const MOST_BYTES = 256 * 1024;
/** As deep as ssh goes (readconf.c). */
const DEEPEST = 16;
const MOST_FILES = 500;

/** `own`: by `-F`, where ssh is told to read nothing else. Absolute paths; one that ends in `/*` stands for all that is, or comes, in that directory. Also of files that are not there. */
export function sshConfigFiles(home: string, own: readonly string[] = []): string[] {
  const files = new Set<string>();
  const add = (file: string, base: string, depth: number): void => {
    if (files.has(file) || depth > DEEPEST || files.size >= MOST_FILES) return;
    files.add(file);
    const found = readRegularFile(file, { mostBytes: MOST_BYTES });
    if (found.kind !== 'read') return;
    for (const pattern of includesIn(Buffer.from(found.bytes).toString('utf8'))) {
      const whole = path.resolve(
        base,
        pattern.replace(/^~(?=\/)/, () => home),
      );
      for (const included of expand(whole, files)) add(included, base, depth + 1);
    }
  };
  const usual = path.join(home, '.ssh');
  for (const file of own) add(file, usual, 0);
  add(path.join(usual, 'config'), usual, 0);
  add(path.join(SYSTEM_DIRECTORY, 'ssh_config'), SYSTEM_DIRECTORY, 0);
  return [...files];
}

/** What its Include lines name, in any of ssh's spellings. */
export function includesIn(text: string): string[] {
  const lines = [...text.matchAll(/^[ \t]*include(?:[ \t]*=[ \t]*|[ \t]+)(.*)$/gim)];
  return lines.flatMap(([, rest = '']) =>
    [...rest.matchAll(/"([^"]*)"|#.*|([^\s"]+)/g)].flatMap(([, a, b]) => a ?? b ?? []),
  );
}

/** Stars in the last part only; of others what is there now would be a search through the disk. */
function expand(pattern: string, files: Set<string>): string[] {
  const name = path.basename(pattern);
  if (!/[*?[]/.test(pattern)) return [pattern];
  const directory = path.dirname(pattern);
  if (/[*?[]/.test(directory)) return [];
  files.add(path.join(directory, '*'));
  const parts = name.split(/([*?])/).map((part) => (part === '*' ? '.*' : part === '?' ? '.' : literally(part)));
  const matches = new RegExp(`^${parts.join('')}$`, 's');
  return namesIn(directory)
    .filter((each) => matches.test(each))
    .map((each) => path.join(directory, each));
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory).sort();
  } catch {
    // It may come.
    return [];
  }
}
