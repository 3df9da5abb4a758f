import { freshDatabase } from "../engine/database/fresh.fixture.ts";
import { describeJourneys, mainWays } from "./moves.suite.ts";

describeJourneys(freshDatabase, mainWays);
