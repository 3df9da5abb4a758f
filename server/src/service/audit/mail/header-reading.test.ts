import { splitHeader, type HeaderField } from "chancery/mail";
import { describe, expect, test } from "vitest";
import { pathOf, timeOf } from "./message-path.ts";
import { isBulk, presentFieldsOf, staysWithinOrganization, unsubscribeOf } from "./message-signs.ts";

function header(...lines: string[]): HeaderField[] {
  const split = splitHeader(Buffer.from(`${lines.join("\r\n")}\r\n`));
  return split.ok ? split.value : expect.fail(split.problem);
}

describe("the path of a message", () => {
  const outside =
    "Received: from out.esp.example (out.esp.example [203.0.113.9])\r\n by mx.example.org; Sun, 22 Nov 2026 05:00:00 +0000 (UTC)";

  test("is told by the first client whose address is not a private one", () => {
    const seen = pathOf(
      header(
        "Return-Path: <bounce@ESP.example>",
        "Received: from mx.example.org (mx [10.1.2.3]) by store.example.org; Sun, 22 Nov 2026 05:00:02 +0000",
        outside,
        "Received: from laptop (home [198.51.100.1]) by out.esp.example; Sun, 22 Nov 2026 04:59:59 +0000",
      ),
    );
    expect(seen).toEqual({
      path: { returnPath: "esp.example", client: "out.esp.example", clientIp: "203.0.113.9" },
      smtp: { ip: "203.0.113.9", helo: "out.esp.example", mailFrom: "bounce@ESP.example" },
    });
  });

  test("is not known without Received, and SPF not without Return-Path", () => {
    expect(pathOf(header("From: a@customer.example"))).toEqual({
      path: { returnPath: undefined, client: undefined, clientIp: undefined },
      smtp: undefined,
    });
    expect(pathOf(header(outside)).smtp).toBeUndefined();
    expect(pathOf(header("Return-Path: <>", outside)).path.returnPath).toBe("");
  });

  test("when it was received stands at the end of the topmost Received, when it was written in Date", () => {
    const at = Date.UTC(2026, 10, 22, 5) / 1000;
    const date = "Date: Sun, 22 Nov 2026 03:00:00 -0100 (a place)";
    expect(timeOf(header(outside, date))).toEqual({ received: at, at });
    expect(timeOf(header(date))).toEqual({ received: undefined, at: at - 3600 });
    expect(timeOf(header("Date: some day"))).toEqual({ received: undefined, at: undefined });
  });
});

describe("bulk mail", () => {
  test.each([
    ["List-Unsubscribe", ["List-Unsubscribe: <https://esp.example/u>"], true],
    ["Feedback-ID", ["Feedback-ID: campaign:customer"], true],
    ["Precedence: bulk", ["Precedence: Bulk"], true],
    ["List-Id", ["List-Id: <news.customer.example>"], true],
    [
      "a list that one can write to",
      ["List-Id: <talk.customer.example>", "List-Post: <mailto:talk@customer.example>"],
      false,
    ],
    ["nothing of that", ["Subject: hello"], false],
  ])("is told by %s", (_title, lines, expected) => {
    expect(isBulk(header(...lines))).toBe(expected);
  });
});

describe("UNS-01 List-Unsubscribe", () => {
  test("its addresses are counted by scheme, over folds", () => {
    expect(
      unsubscribeOf(
        header(
          "List-Unsubscribe: <mailto:u@esp.example>,\r\n <HTTPS://esp.example/u?a=1,2>, <http://esp.example>",
          "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ),
      ),
    ).toEqual({
      uris: { https: 1, mailto: 1, other: 1 },
      oneClick: true,
    });
  });
  test("what List-Unsubscribe-Post says has to be exact", () => {
    expect(unsubscribeOf(header("List-Unsubscribe-Post: One-Click"))).toEqual({ uris: undefined, oneClick: false });
    expect(unsubscribeOf(header("Subject: hello"))).toEqual({ uris: undefined, oneClick: undefined });
  });
});

test("fields that mislead are told once, however often they are there", () => {
  expect(presentFieldsOf(header("From: a@b.example", "SUBJECT: x", "Subject: y", "X-Mailer: z"))).toEqual([
    "from",
    "subject",
  ]);
});

describe("mail that stays within an organization of Microsoft's", () => {
  const hop =
    "Received: from A1.eurprd01.prod.outlook.com (2603::1) by A2.eurprd01.prod.outlook.com; Sun, 22 Nov 2026 05:00:00 +0000";
  test.each([
    ["the mark that does not leave", ["X-MS-Exchange-Organization-AuthAs: Internal", "Received: from x by y; z"], true],
    ["the other mark, and Microsoft's servers alone", [hop, hop, "X-MS-Exchange-CrossTenant-AuthAs: Internal"], true],
    [
      "the other mark, on mail that left",
      ["Received: from A1.prod.outlook.com by mx.example.org; z", hop, "X-MS-Exchange-CrossTenant-AuthAs: Internal"],
      false,
    ],
    [
      "the other mark, on mail that came from outside",
      ["Received: from out.esp.example by A2.prod.outlook.com; z", "X-MS-Exchange-CrossTenant-AuthAs: Internal"],
      false,
    ],
    ["anonymous mail", [hop, "X-MS-Exchange-Organization-AuthAs: Anonymous"], false],
    ["no mark", [hop], false],
  ])("%s", (_title, lines, expected) => {
    expect(staysWithinOrganization(header(...lines))).toBe(expected);
  });
});
