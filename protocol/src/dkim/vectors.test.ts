import { describe, expect, test } from "vitest";
import { octets, resolver } from "../../vectors/dkim/example.ts";
import { readVector, vectorFiles } from "../../vectors/dkim/vector.ts";
import { resultOf } from "./verdict.ts";
import { verify } from "./verify.ts";

describe("every vector gets the verdict that it names", () => {
  test.each(vectorFiles)("%s", async (file) => {
    const { expected, now, records, message } = readVector(file);
    const verifications = await verify(octets(message), { resolveTxt: resolver(records), now });
    expect(verifications.map(({ result, reason }) => (reason === undefined ? result : `${result} ${reason}`))).toEqual(
      expected,
    );
  });

  test("every reason has a vector, but those that need an option or a message of a few MiB", () => {
    const seen = new Set(vectorFiles.flatMap((file) => readVector(file).expected.map((line) => line.split(" ")[1])));
    const missing = Object.keys(resultOf).filter((reason) => !seen.has(reason));
    expect(missing).toEqual(["header-too-large", "registry-suffix", "uncovered-body"]);
  });
});
