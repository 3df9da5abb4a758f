import type { Lookup } from "./resolution.ts";

/** The same look-ups, none of which outlives `deadline`: what is not known by then is unknown. */
export const within = (lookup: Lookup, deadline: AbortSignal): Lookup => ({
  lookup: (name, type, signal) =>
    lookup.lookup(name, type, signal === undefined ? deadline : AbortSignal.any([deadline, signal])),
});
