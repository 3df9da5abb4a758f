// Only what Node itself brings is loaded here: this runs before all else.
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where Node keeps what it has compiled, so that the next start is quick. In the user's own cache and not in the shared temporary directory, where
 * somebody else could have put code in its place. Where it cannot be made, nothing is kept, and starts are slower.
 */
export const compileCacheDirectory = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "chancery");
