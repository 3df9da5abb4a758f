import { freshDatabase } from "../engine/database/fresh.fixture.ts";
import { describeSigners } from "./signer-leases.suite.ts";

describeSigners(freshDatabase);
