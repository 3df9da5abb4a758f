import { describeSeries } from "./series.suite.ts";
import { freshStages } from "./fresh-stages.fixture.ts";

describeSeries(freshStages());
