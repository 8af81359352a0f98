// Owns: the manual page: the table of commands, and the parts of the README that are looked things up in.
// Leaves: roff (roff.ts), Markdown (markdown.ts), and where the page is put (../bundle.mjs).
import { EXAMPLES, EXIT_STATUSES, isToCopy, optionNames, synopsis } from '../../../src/main/commands/help.ts';
import type { CommandRow, OptionRow } from '../../../src/main/commands/table/row.ts';
import { COMMANDS, GROUPS, OWN_OPTIONS } from '../../../src/main/commands/table/table.ts';
import { roffOf, sectionOf } from './markdown.ts';
import { bold, definition, escaped, italic, paragraph, section, subsection, verbatim } from './roff.ts';

export interface About {
  readonly version: string;
  /** `2026-01-31` */
  readonly date: string;
  readonly readme: string;
}

/** In roff; ends with a line break. Throws where the README lacks a part of it. */
export function manualPage({ version, date, readme }: About): string {
  const parts = [
    `.TH GIT\\-REMOTE\\-DAEMON 1 ${date} "git\\-remote\\-daemon ${escaped(version)}" "Git Manual"`,
    // Nothing is hyphenated, as commands and keys may be copied, and no line is stretched.
    '.nh\n.ad l',
    section('Name'),
    `git\\-remote\\-daemon \\- ${escaped('keep a live link to each remote, and fetch as soon as something moves there')}`,
    section('Synopsis'),
    ...SYNOPSIS.map((pieces) => `.PP\n.nf\n${pieces}\n.fi`),
    section('Description'),
    ...DESCRIPTION.map((text) => paragraph(escaped(text))),
    section('Commands'),
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      subsection(escaped(title)),
      ...COMMANDS.filter((row) => row.group === group).map(commandPart),
    ]),
    section('Options without a command'),
    ...OWN_OPTIONS.map(optionPart),
    section('Examples'),
    ...EXAMPLES.map(([command, what]) => definition(bold(command), [escaped(what)])),
    section('Configuration'),
    roffOf(sectionOf(readme, 'Configuration')),
    section('Control protocol'),
    roffOf(sectionOf(readme, 'The control protocol')),
    section('Files'),
    roffOf(sectionOf(readme, 'The files it keeps')),
    section('Exit status'),
    ...EXIT_STATUSES.map(([status, what]) => definition(bold(status), [escaped(what)])),
    section('See also'),
    '.BR git (1),\n.BR git\\-fetch (1),\n.BR git\\-maintenance (1),\n.BR git\\-config (1)',
  ];
  // Behind a heading a paragraph begins of its own accord.
  return `${parts.join('\n')}\n`.replaceAll(/^(\.S[HS] .*\n)\.PP\n/gm, '$1');
}

const SYNOPSIS = [
  `${bold('git remote-daemon')} [${italic('COMMAND')}] [${italic('OPTION')}...] [${italic('WORD')}...]`,
  `${bold('git remote-daemon help')} ${italic('COMMAND')}`,
];

const DESCRIPTION = [
  'It runs in a git repository, keeps a live link to each of its remotes, and fetches as soon as branches or tags move there, so that origin/main is true and nobody polls by hand. It never touches your own branches, your index or your work tree, and it asks you nothing.',
  'To leave a remote alone: git config remote.NAME.remotedaemon false',
];

function commandPart(row: CommandRow): string {
  const [name = '', ...others] = synopsis(row);
  return [
    // What belongs together is not broken.
    `.TP\n${[bold(name), ...others.map((piece) => escaped(piece).replaceAll(' ', '\\ '))].join(' ')}`,
    `${escaped(row.summary.replace(/^./, (letter) => letter.toUpperCase()))}.`,
    '.RS',
    ...row.description.map((text) => (isToCopy(text) ? verbatim([text.trim()]) : paragraph(escaped(text)))),
    ...row.options.map(optionPart),
    '.RE',
  ].join('\n');
}

const optionPart = (option: OptionRow): string => definition(bold(optionNames(option)), [escaped(option.summary)]);
