/** One row of an aggregate report: how many messages, how DMARC judged them, and what was seen. */
export type LabRow = {
  count?: number;
  sourceIp?: string;
  dkimAligned: boolean;
  spfAligned: boolean;
  signatures?: readonly { domain: string; selector: string; result: "pass" | "fail" }[];
  spfDomain: string;
};

/** An aggregate report (RFC 9990) for a day `daysAgo`. */
export function report(domain: string, rows: readonly LabRow[], daysAgo = 1): string {
  const end = Math.floor(Date.now() / 1000) - daysAgo * 86_400;
  const word = (holds: boolean): string => (holds ? "pass" : "fail");
  return `<?xml version="1.0" encoding="UTF-8"?>
<feedback>
 <version>1.0</version>
 <report_metadata>
  <org_name>Receiver</org_name><email>reports@receiver.test</email><report_id>${domain}-${daysAgo}</report_id>
  <date_range><begin>${end - 86_400}</begin><end>${end}</end></date_range>
 </report_metadata>
 <policy_published><domain>${domain}</domain><p>reject</p><sp>reject</sp></policy_published>
${rows
  .map(
    ({ count = 10, sourceIp = "192.0.2.25", dkimAligned, spfAligned, signatures = [], spfDomain }) => ` <record>
  <row>
   <source_ip>${sourceIp}</source_ip><count>${count}</count>
   <policy_evaluated><disposition>none</disposition><dkim>${word(dkimAligned)}</dkim><spf>${word(spfAligned)}</spf></policy_evaluated>
  </row>
  <identifiers><header_from>${domain}</header_from><envelope_from>${spfDomain}</envelope_from></identifiers>
  <auth_results>
${signatures.map((one) => `   <dkim><domain>${one.domain}</domain><selector>${one.selector}</selector><result>${one.result}</result></dkim>\n`).join("")}   <spf><domain>${spfDomain}</domain><result>pass</result></spf>
  </auth_results>
 </record>`,
  )
  .join("\n")}
</feedback>
`;
}
