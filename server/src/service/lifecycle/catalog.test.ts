import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeCatalog } from "./catalog.suite.ts";

describeCatalog(freshDatabase);
