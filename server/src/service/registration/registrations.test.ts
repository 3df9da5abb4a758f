import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeRegistrations } from "./registrations.suite.ts";

describeRegistrations(freshDatabase);
