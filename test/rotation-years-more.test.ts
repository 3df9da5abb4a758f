import { describe, test } from "vitest";
import { liveTenYears } from "./simulation/ten-years.ts";

describe("ten years", () => {
  test("of five hundred domains more", { timeout: 300_000 }, () => liveTenYears(500, 500));
});
