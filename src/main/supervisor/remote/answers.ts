// Owns: how many comparisons a link has answered, and whether a fetch has worked that began after the last of them. Pure.
// Leaves: what that is good for (workers/refs/left-behind.ts).

export interface Answers {
  readonly heard: number;
  /** Of the fetch that runs: how many had been heard when it began. */
  readonly began?: number;
  /** A fetch has worked that began when all of these had been heard. */
  readonly fetchedAfter?: number;
}

export const NO_ANSWERS: Answers = { heard: 0 };

export type AnswersEvent = 'answered' | 'fetch-began' | 'fetch-worked' | 'fetch-failed' | 'link-left';

export function stepAnswers({ heard, began, fetchedAfter }: Answers, event: AnswersEvent): Answers {
  switch (event) {
    case 'answered':
      return { heard: heard + 1, ...(began !== undefined && { began }) };
    case 'fetch-began':
      return { heard, began: heard, ...(fetchedAfter !== undefined && { fetchedAfter }) };
    case 'fetch-worked':
      return heard > 0 && began === heard ? { heard, fetchedAfter: heard } : { heard };
    case 'fetch-failed':
      return { heard, ...(fetchedAfter !== undefined && { fetchedAfter }) };
    case 'link-left':
      return NO_ANSWERS;
    default:
      return event satisfies never;
  }
}
