import type { TestProject } from "vitest/node";
import { openDatabase } from "../../server/src/engine/database/open.ts";
import { startPostgres } from "../postgres.ts";

/** One PostgreSQL for all test files of the project that runs on it, with a database to copy: making the tables anew takes most of a second. */
export default async function shareCluster(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startPostgres();
  const template = new URL(cluster.createDatabase());
  const db = await openDatabase({ file: "/nonexistent/never-touched.db", url: template.href });
  await db.destroy();
  const name = template.pathname.slice(1);
  project.provide("postgres", { server: template.href.slice(0, -name.length - 1), template: name });
  return () => cluster.stop();
}
