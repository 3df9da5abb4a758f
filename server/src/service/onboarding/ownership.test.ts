import { databaseMake, freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { describeOwnership } from "./ownership.suite.ts";
import { describeOwnershipHistory, describeProofPlace } from "./ownership-history.suite.ts";
import { describeOwnershipRace } from "./ownership-race.suite.ts";

const racers = { sqlite: { claims: 60, processes: 2 }, postgres: { claims: 1000, processes: 4 } };

describeOwnership(freshDatabase);
describeOwnershipHistory(freshDatabase);
describeOwnershipRace(freshDatabase, racers[databaseMake]);
describeProofPlace();
