// The program `chancery`. Kept tiny so that compile caching is on before anything larger loads.
import { enableCompileCache } from "node:module";
import { compileCacheDirectory } from "./compile-cache.ts";

if (compileCacheDirectory !== undefined) enableCompileCache(compileCacheDirectory);
const { runCommandLine } = await import("./cli/program.ts");
await runCommandLine(process.argv.slice(2));
