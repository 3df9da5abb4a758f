import { verify, type Verification } from "chancery/dkim";
import { now, octets } from "../../protocol/vectors/dkim/example.ts";
import { usual, type Names } from "./verifier-cases.ts";

/** Verifies at the time of the examples, and notes which names were asked for. */
export async function judge(
  text: string,
  names: Names = usual,
): Promise<{ verifications: Verification[]; asked: string[] }> {
  const asked: string[] = [];
  const verifications = await verify(octets(text), {
    now,
    resolveTxt: async (name) => {
      asked.push(name);
      const found = names[name];
      if (found === undefined) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
      return found;
    },
  });
  return { verifications, asked };
}
