// Owns: the licences of the packages that are bundled into what is built: they have to come with it.
// Leaves: bundling (bundle.mjs).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text for a file beside the bundles. `inputs`: paths of what went into them, as esbuild's metafile has them. */
export function licensesOf(inputs, startDirectory) {
  const packages = inputs.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(packages)]
    .map((folder) => join(startDirectory, folder))
    .map(licenseOf)
    .sort()
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(folder) {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying)/i.test(file)) : [];
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // Older packages have a list.
  const kinds = license ?? licenses?.map(({ type }) => type).join(', ') ?? 'no licence is named';
  return `${[`${name} ${version} (${kinds})`, ...texts].join('\n\n')}\n`;
}
