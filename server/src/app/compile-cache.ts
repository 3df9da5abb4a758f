// Only what Node itself brings is loaded here: this runs before all else.
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where Node keeps what it has compiled, so that the next start is quick. In the user's own cache and not in the shared temporary directory, where
 * somebody else could have put code in its place. Undefined for a user without a home (a user id that no account has, as containers like to
 * have); there, and where it cannot be made, nothing is kept, and starts are slower.
 */
export function cacheDirectory(xdgCacheHome: string | undefined, home: () => string): string | undefined {
  try {
    return join(xdgCacheHome || join(home(), ".cache"), "chancery");
  } catch {
    return undefined;
  }
}

export const compileCacheDirectory = cacheDirectory(process.env["XDG_CACHE_HOME"], homedir);
