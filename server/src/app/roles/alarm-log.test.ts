import { expect, test } from "vitest";
import type { Finding } from "../../model/finding.ts";
import { AlarmLog } from "./alarm-log.ts";

const alarm = (code: string): Finding => ({
  code,
  severity: "high",
  subject: "s1",
  summary: code,
  evidence: [],
  remedy: "",
});

test("an alarm is told when it begins and when it is over, and not in between", () => {
  const lines: string[] = [];
  const log = {
    error: (_: unknown, text: string) => lines.push(`error ${text}`),
    info: (fields: { alarm: string }, text: string) => lines.push(`info ${text}: ${fields.alarm}`),
  } as unknown as ConstructorParameters<typeof AlarmLog>[0];
  const told = new AlarmLog(log);
  const one = { id: "1", name: "one.example" };
  told.tell(one, [alarm("A")]);
  told.tell(one, [alarm("A"), alarm("B")]);
  told.tell({ id: "2", name: "two.example" }, []);
  told.tell(one, [alarm("B")]);
  told.tell(one, []);
  told.tell(one, [alarm("A")]);
  expect(lines).toEqual([
    "error A",
    "error B",
    "info an alarm is over: A s1",
    "info an alarm is over: B s1",
    "error A",
  ]);
});
