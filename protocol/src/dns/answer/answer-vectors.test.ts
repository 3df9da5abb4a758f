import { describe, expect, test } from "vitest";
import { replyLines, vectorFiles } from "../../../vectors/dns/cases.ts";
import { answer } from "./answer.ts";
import { parseMessage } from "../message/message.ts";

describe.each(vectorFiles().map((file) => [file.file, file] as const))("%s", (_, { title, zones, options, cases }) => {
  test.each(cases.map((one) => [one.asked, one] as const))(`${title}: %s`, (_asked, { query, transport, expected }) => {
    const octets = answer(zones, query, transport, options);
    if (expected[0]?.startsWith("octets ") === true) {
      expect([`octets ${Buffer.from(octets ?? []).toString("hex")}`]).toEqual(expected);
    } else expect(replyLines(octets)).toEqual(expected);
    const [asked, replied] = [parseMessage(query), octets && parseMessage(octets)];
    if (!asked.ok || asked.value.questions.length > 1 || !replied?.ok) return;
    expect(replied.value.questions).toEqual(asked.value.questions);
    expect(replied.value.edns !== undefined).toBe(asked.value.edns !== undefined); // DNS-C-01
    if (replied.value.edns) expect(replied.value.edns).toMatchObject({ version: 0, udpSize: 1232 });
    if (transport === "udp")
      expect(octets?.length).toBeLessThanOrEqual(Math.min(1232, Math.max(512, asked.value.edns?.udpSize ?? 0)));
  });
});
