import { expect, test } from "vitest";
import { only, signed } from "../../../vectors/dkim/checking.ts";
import { crlf, octets } from "../../../vectors/dkim/example.ts";
import { authorshipOf, type Authorship } from "../../mail/author.ts";
import { splitMessage } from "../../mail/message.ts";

const passing = async (from: string): Promise<Authorship> => {
  const text = signed({ h: "from:to" }, { header: `${from}${crlf("To: suzie@example.net")}` });
  expect((await only(text)).result).toBe("pass");
  const message = splitMessage(octets(text));
  if (!message.ok) throw new Error(message.problem);
  return authorshipOf(message.value.header);
};

test("DKIM-R-08 the author domain is the From field's and never the signing domain", async () => {
  expect(await passing("From: joe@example.net\r\n")).toEqual({
    fromFields: 1,
    authorDomain: "example.net",
    problem: undefined,
  });
});

test.each([
  ["two From fields", "From: a@example.com\r\nFrom: b@example.com\r\n", 2, "several-from-fields"],
  [
    "two, one with a space before its colon",
    "From : a@example.net\r\nFrom: b@example.com\r\n",
    2,
    "several-from-fields",
  ],
  ["two addresses in one field", "From: a@example.com, b@example.net\r\n", 1, "several-addresses"],
  ["a group", "From: all: a@example.com;\r\n", 1, "group"],
  ["no address", "From: Joe\r\n", 1, "unparsable"],
])(
  "DKIM-R-19 DKIM passes for %s, and there is no author domain for DMARC",
  async (_title, from, fromFields, problem) => {
    expect(await passing(from)).toEqual({ fromFields, authorDomain: undefined, problem });
  },
);
