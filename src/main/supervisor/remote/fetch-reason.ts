// Owns: why a remote is fetched, and which of two reasons asks for more. Pure.
// Leaves: when it is fetched (sync-step.ts), and what is looked at then (syncing.ts).

/**
 * `news`: the link told that refs moved. `loss`: and that some are gone, or not whether they are. `check`: whatever
 * there is to see is to be seen, told or not. The later holds the earlier.
 */
export type FetchReason = (typeof REASONS)[number];
const REASONS = ['news', 'loss', 'check'] as const;

/** A fetch for both reasons sees what either does. */
export const both = (one: FetchReason, other: FetchReason): FetchReason =>
  REASONS.findLast((reason) => reason === one || reason === other) ?? 'check';
