import { labelsOf, TYPE } from "chancery/dns";
import { type Found, setOf, warn, type ZoneRule } from "../rule.ts";

/** RFC 2782: `_service._proto.name`. RFC 6698 §3: `_port._proto.name`. Elsewhere nobody asks for them. */
export const ownerShape: ZoneRule = {
  rule: "owner-shape",
  check: (name, sets) => {
    const [first = "", second = ""] = labelsOf(name);
    const found: Found[] = [];
    if (setOf(sets, TYPE.SRV) !== undefined && !(/^_./.test(first) && /^_[a-z]/.test(second)))
      found.push(warn("SRV is asked for at _service._proto.name (RFC 2782)", "such as _submission._tcp.example.com"));
    if (
      setOf(sets, TYPE.TLSA) !== undefined &&
      !(/^(?:_\d{1,5}|\*)$/.test(first) && /^_(?:tcp|udp|sctp)$/.test(second))
    )
      found.push(warn("TLSA is asked for at _port._proto.name (RFC 6698 §3)", "such as _25._tcp.mx.example.com"));
    return found;
  },
};
