import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeWatching } from "./watch.suite.ts";

describeWatching(freshDatabase);
