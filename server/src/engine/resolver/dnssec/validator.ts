import type { DnssecState } from "chancery/dns";
import type { Found, IterativeSession } from "../session.ts";
import { checkStatement, statementOf } from "./check-answer.ts";
import { denialSets, signersOf } from "./signed-sets.ts";
import type { Validation } from "./validation.ts";
import { ZoneChain } from "./zone-chain.ts";

/** Answers that are tried before one counts as bogus, as validating resolvers ask other servers too. */
const serversTriedMax = 3;

/** Judges what one session finds (RFC 4035 §5). */
export class Validator {
  readonly #session: IterativeSession;
  readonly #chain: ZoneChain;

  constructor(session: IterativeSession, validation: Validation) {
    this.#session = session;
    this.#chain = new ZoneChain(session, validation);
  }

  /** The state of an answer. Where one server's is bogus and another's is not, the other's stands, as for any resolver. */
  async judge(found: Found, name: string, type: number): Promise<{ found: Found; dnssec: DnssecState }> {
    const first = { found, dnssec: await this.#stateOf(found, name, type) };
    const avoid = new Set([found.server]);
    while (first.dnssec.state === "bogus" && avoid.size < serversTriedMax) {
      const other = await this.#session.find(name, type, 0, avoid);
      if ("reason" in other) break;
      const dnssec = await this.#stateOf(other, name, type);
      if (dnssec.state === "secure" || dnssec.state === "insecure") return { found: other, dnssec };
      avoid.add(other.server);
    }
    return first;
  }

  async #stateOf(found: Found, name: string, type: number): Promise<DnssecState> {
    const statement = statementOf(found.message, name, type);
    const isPresent = statement.kind === "present";
    const sets = isPresent ? [statement.set] : denialSets(statement.authority);
    const about = isPresent ? statement.set.name : name;
    for (const signer of signersOf(sets, about, type)) {
      const trust = await this.#chain.trustIn(signer);
      if (trust === "no-zone") continue;
      return trust.state === "secure" ? checkStatement(statement, this.#chain.secure(signer, trust.keys)) : trust;
    }
    return this.#chain.unsigned(about, type, isPresent ? "signature-missing" : "denial-missing");
  }
}
