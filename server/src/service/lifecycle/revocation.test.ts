import { describeRevocation } from "./revocation.suite.ts";
import { freshStages } from "./fresh-stages.fixture.ts";

describeRevocation(freshStages());
