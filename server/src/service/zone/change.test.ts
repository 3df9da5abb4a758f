import { describe } from "vitest";
import { describeZoneChanges } from "./change.suite.ts";

describe("SQLite", () => describeZoneChanges(() => undefined));
