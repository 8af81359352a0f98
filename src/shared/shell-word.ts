// Owns: a text as one word of a shell, here or on a server.
// Leaves: which command it is part of (main/config, workers/ssh).

/** Single-quoted as git does it (quote.c): `!` is taken out of the quotes, since csh reads it even there. */
export const shellQuoted = (text: string): string => `'${text.replace(/['!]/g, (character) => `'\\${character}'`)}'`;

/** The same, to be shown to a person: with quotes only where it needs them. */
export const shownWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : shellQuoted(text));
