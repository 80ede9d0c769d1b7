/** How often a live region may fetch itself anew: soon after the first change, then no faster than its answers come. */

/** Changes that arrive together are shown together. */
export const QUIET = 250;
/** A stream of changes that never pauses is shown after so long all the same. */
const FIRST_MOST = 1_000;
/** Between the end of one refresh and the beginning of the next. */
const EVERY = 1_000;
/** A server that needs long is asked less often: it rests so many times as long as it worked for the answer. */
const REST = 4;
const REST_MOST = 15_000;

export interface Pace {
  /** When the first and the last of the changes came that have not been shown yet (ms). */
  since: number;
  heard: number;
  /** When the last refresh ended (ms), and how long it took; 0: none yet. */
  finished: number;
  took: number;
}

/**
 * The moment (ms) from which a region with changes may be fetched.
 * Many viewers hear of a change at the same time: `chance` (0 to 1) spreads their pauses by a quarter.
 */
export function earliest({ since, heard, finished, took }: Pace, chance: number): number {
  const quiet = Math.min(heard + QUIET, since + FIRST_MOST);
  if (!finished) return quiet;
  return Math.max(quiet, finished + Math.min(REST_MOST, Math.max(EVERY, REST * took)) * (1 + chance / 4));
}
