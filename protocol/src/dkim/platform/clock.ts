/** The one place of this workspace that reads the clock, for callers who give no `now`. Epoch seconds. */
export const clockNow = (): number => Math.floor(Date.now() / 1000);
