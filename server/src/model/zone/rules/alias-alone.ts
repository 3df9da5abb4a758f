import { TYPE, typeName } from "chancery/dns";
import { refuse, setOf, type ZoneRule } from "../rule.ts";

/** Types that may stand beside a CNAME (RFC 4034 §3, §4; RFC 2535 §2.3.5 for KEY). */
const besideCname: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, 25];

/** RFC 1034 §3.6.2, RFC 2181 §10.1: a CNAME stands alone. RFC 6672 §2.4: one DNAME, and no CNAME beside it. */
export const aliasAlone: ZoneRule = {
  rule: "alias-alone",
  check: (name, sets, { origin }) => {
    const cname = setOf(sets, TYPE.CNAME);
    const dname = setOf(sets, TYPE.DNAME);
    const found = [];
    if (cname !== undefined && name === origin)
      found.push(
        refuse(
          "a CNAME at the top of a zone, where SOA and NS stand (RFC 1034 §3.6.2)",
          "put A and AAAA records there, or the CNAME at a name below",
        ),
      );
    else if (cname !== undefined) {
      const others = sets.filter(({ type }) => !besideCname.includes(type)).map(({ type }) => typeName(type));
      if (others.length > 0)
        found.push(
          refuse(
            `a CNAME beside ${others.join(", ")}: nothing else may stand at the name of a CNAME (RFC 2181 §10.1)`,
            `remove the CNAME first, or ${others.join(", ")}; one request may do both`,
          ),
        );
    }
    for (const set of [cname, dname])
      if (set !== undefined && set.data.length > 1)
        found.push(
          refuse(
            `${set.data.length} ${typeName(set.type)} records at one name; there can be one (RFC 2181 §10.1, RFC 6672 §2.4)`,
            "keep the one that is meant",
          ),
        );
    return found;
  },
};
