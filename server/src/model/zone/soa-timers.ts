import type { Soa } from "chancery/dns";
import { day, hour, minute } from "../seconds.ts";

/** One timer of a SOA record outside what is sane, with what to do. */
export type SoaTimerProblem = { timer: "refresh" | "retry" | "expire" | "minimum"; problem: string; remedy: string };

/** Sane timers of a SOA record (RFC 1912 §2.2, RFC 2308 §5): refresh 1 h to 1 d, retry below it, expire 14 d or more, minimum 5 min to 1 h. */
export function soaTimerProblems({
  refresh,
  retry,
  expire,
  minimum,
}: Pick<Soa, "refresh" | "retry" | "expire" | "minimum">): SoaTimerProblem[] {
  const problems: SoaTimerProblem[] = [];
  const add = (timer: SoaTimerProblem["timer"], problem: string, remedy: string): void =>
    void problems.push({ timer, problem, remedy });
  if (refresh < hour) add("refresh", `refresh ${refresh} s: secondaries ask very often`, "write 3600 to 86400");
  if (refresh > day)
    add(
      "refresh",
      `refresh ${refresh} s: a secondary that missed a NOTIFY stays behind that long`,
      "write 3600 to 86400",
    );
  if (retry >= refresh)
    add("retry", `retry ${retry} s is not below refresh ${refresh} s`, "write 600, or a tenth of refresh");
  if (expire < 14 * day)
    add(
      "expire",
      `expire ${expire} s: secondaries stop answering after an outage that long`,
      "write 1209600 (14 days) or more",
    );
  if (expire <= refresh + retry)
    add("expire", `expire ${expire} s is not above refresh and retry together`, "write 1209600 (14 days) or more");
  if (minimum < 5 * minute)
    add("minimum", `minimum ${minimum} s: every question for a name that is not there comes back`, "write 300 to 3600");
  if (minimum > hour)
    add(
      "minimum",
      `minimum ${minimum} s: a key that is asked for before it is there stays absent for resolvers that long (RFC 2308 §5)`,
      "write 300 to 3600",
    );
  return problems;
}
