import { freshDatabase } from "../../../engine/database/fresh.fixture.ts";
import { describeRollouts } from "./rollout.suite.ts";

describeRollouts(freshDatabase);
