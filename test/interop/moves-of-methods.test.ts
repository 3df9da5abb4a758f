// Every move from one delegation method to another: the ways that most go are made by the unit tests, on both databases.
import { describeJourneys, everyWay } from "../../server/src/app/moves.suite.ts";
import { freshDatabase } from "../../server/src/engine/database/fresh.fixture.ts";
import { noWayTo } from "../../server/src/model/delegation/move-ways.ts";

const claim = { domain: "mail.customer.example", label: "s", seed: "", challengeToken: "", options: {} };

describeJourneys(
  freshDatabase,
  everyWay((from, to) => noWayTo(to, { ...claim, method: from }) === undefined),
);
