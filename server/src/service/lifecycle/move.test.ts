import { describeMoves } from "./move.suite.ts";
import { freshStages } from "./fresh-stages.fixture.ts";

describeMoves(freshStages());
