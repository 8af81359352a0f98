// Owns: what a person means by a point in the past: `5m`, `yesterday`, `20:15`, `2025-11-30T20:15:03Z`. In this machine's time zone.
// Leaves: the number of an event (main/journal), and what is chosen by it (main/commands).

export type Since = { readonly kind: 'at'; readonly atMs: number } | { readonly kind: 'unclear'; readonly why: string };

/** `what` is what it was given for, such as `--since`. */
export function readSince(text: string, nowMs: number, what = '--since'): Since {
  const words = text.trim().toLowerCase();
  const atMs = dayNamed(words, nowMs) ?? spanBefore(words, nowMs) ?? timeOfDay(words, nowMs) ?? pointInTime(words);
  if (atMs !== undefined) return { kind: 'at', atMs };
  return {
    kind: 'unclear',
    why: `${what} must be a span such as 5m, 2h or 1d, a day such as yesterday, or a time such as 20:15 or 2025-11-30T20:15:03, not '${text}'`,
  };
}

/** With its midnight it begins, as for journalctl(1). */
function dayNamed(words: string, nowMs: number): number | undefined {
  const back = { today: 0, yesterday: 1 }[words];
  if (words === 'now') return nowMs;
  return back === undefined ? undefined : midnight(nowMs, back);
}

/** Days are not all of 24 hours. */
function midnight(nowMs: number, daysBack: number): number {
  const day = new Date(nowMs);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - daysBack).getTime();
}

const UNITS_MS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?)$/, 1_000],
  [/^(?:m|mins?|minutes?)$/, 60_000],
  [/^(?:h|hours?)$/, 3_600_000],
  [/^(?:d|days?)$/, 86_400_000],
  [/^(?:w|weeks?)$/, 7 * 86_400_000],
];

/** `90s`, `1h30m`, `2 days ago`; git's `5.minutes.ago`, too. */
function spanBefore(words: string, nowMs: number): number | undefined {
  const span = words.replaceAll('.', ' ').replace(/ ago$/, '');
  if (!/^(?:\d{1,6} ?[a-z]+ ?){1,5}$/.test(span)) return undefined;
  let backMs = 0;
  for (const [, digits, name = ''] of span.matchAll(/(\d+) ?([a-z]+)/g)) {
    const [, unitMs] = UNITS_MS.find(([unit]) => unit.test(name)) ?? [];
    if (unitMs === undefined) return undefined;
    backMs += Number(digits) * unitMs;
  }
  return nowMs - backMs;
}

/** The last time that it was so late. */
function timeOfDay(words: string, nowMs: number): number | undefined {
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(words) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const at = (daysBack: number): number => {
    const day = new Date(midnight(nowMs, daysBack));
    return day.setHours(Number(hours), Number(minutes), Number(seconds));
  };
  return at(0) <= nowMs ? at(0) : at(1);
}

const POINT =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[t ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?<fraction>\.\d{1,9})?)? ?(?<zone>z|[+-]\d{2}:?\d{2})?)?$/;

/** ISO 8601, with a zone or in that of this machine; a day stands for its midnight here. */
function pointInTime(words: string): number | undefined {
  const {
    year,
    month,
    day,
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    zone,
  } = POINT.exec(words)?.groups ?? {};
  if (year === undefined) return undefined;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // Of a day that there is not, such as 31 February, Date makes another.
  if (!isThere(written)) return undefined;
  const inZone = zone === undefined || zone === 'z' ? (zone ?? '') : zone.replace(/^(...):?/, '$1:');
  const atMs = Date.parse(`${written}${fraction.slice(0, 4)}${inZone.toUpperCase()}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function isThere(written: string): boolean {
  const atMs = Date.parse(`${written}Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(written);
}
