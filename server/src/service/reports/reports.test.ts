import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeReports } from "./reports.suite.ts";

describeReports(freshDatabase);
