import { afterEach } from "vitest";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { type Stage, stageOf, type StageOptions } from "./lifecycle.fixture.ts";

export type Fresh = (options?: StageOptions) => Promise<Stage>;

/** Stages on fresh databases; each is closed after the test that made it. */
export function freshStages(): Fresh {
  const stages: Stage[] = [];
  afterEach(async () => {
    for (const made of stages.splice(0)) await made.close();
  });
  return async (options) => {
    const made = await stageOf(await freshDatabase(), options);
    stages.push(made);
    return made;
  };
}
