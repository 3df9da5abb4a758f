import { describeAliases } from "./aliases.suite.ts";
import { freshStages } from "./fresh-stages.fixture.ts";

describeAliases(freshStages());
