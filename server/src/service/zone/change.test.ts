import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeZoneChanges } from "./change.suite.ts";

describeZoneChanges(freshDatabase);
