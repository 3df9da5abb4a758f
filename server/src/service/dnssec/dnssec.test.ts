import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeDnssec } from "./dnssec.suite.ts";

describeDnssec(freshDatabase);
