// Owns: how many comparisons a link has answered, and whether a fetch has worked that began after the last of them. Pure.
// Leaves: what that is good for (workers/refs/left-behind.ts).

export interface Answers {
  readonly heard: number;
  /** How many comparisons were asked of the links of this remote so far. */
  readonly asked: number;
  /** Of the fetch that runs: how many had been heard when it began. */
  readonly began?: number;
  /** A fetch has worked that began when all of these had been heard. */
  readonly fetchedAfter?: number;
}

export const NO_ANSWERS: Answers = { heard: 0, asked: 0 };

export type AnswersEvent = 'asked' | 'answered' | 'fetch-began' | 'fetch-worked' | 'fetch-failed' | 'link-left';

export function stepAnswers(before: Answers, event: AnswersEvent): Answers {
  const { heard, asked, began, fetchedAfter } = before;
  switch (event) {
    case 'asked':
      return { ...before, asked: asked + 1 };
    case 'answered':
      return { asked, heard: heard + 1, ...(began !== undefined && { began }) };
    case 'fetch-began':
      return { asked, heard, began: heard, ...(fetchedAfter !== undefined && { fetchedAfter }) };
    case 'fetch-worked':
      return { asked, heard, ...(heard > 0 && began === heard && { fetchedAfter: heard }) };
    case 'fetch-failed':
      return { asked, heard, ...(fetchedAfter !== undefined && { fetchedAfter }) };
    case 'link-left':
      return { ...NO_ANSWERS, asked };
    default:
      return event satisfies never;
  }
}
