import { gzipSync } from "node:zlib";

/** A row as large reporters write them, indented; addresses, counts and results vary, as they do in mail. */
const rowXml = (at: number): string => `  <record>
    <row>
      <source_ip>203.0.${at % 113}.${(at * 7) % 251}</source_ip>
      <count>${((at * 31) % 900) + 1}</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>${at % 9 === 0 ? "fail" : "pass"}</dkim>
        <spf>${at % 4 === 0 ? "pass" : "fail"}</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>bounce-${at % 977}.example.net</envelope_from>
      <header_from>example.com</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>example.com</domain>
        <selector>s${at % 3}</selector>
        <result>${at % 9 === 0 ? "fail" : "pass"}</result>
      </dkim>
      <spf>
        <domain>bounce-${at % 977}.example.net</domain>
        <scope>mfrom</scope>
        <result>pass</result>
      </spf>
    </auth_results>
  </record>
`;

const head = `<?xml version="1.0" encoding="UTF-8" ?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Example</org_name>
    <email>dmarc@example.org</email>
    <report_id>17323</report_id>
    <date_range>
      <begin>1718236800</begin>
      <end>1718323199</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain>
    <adkim>r</adkim>
    <p>none</p>
  </policy_published>
`;

/** A report of so many rows, compressed as it is sent; `octets` is what it is when it is not. */
export function gzippedReport(rows: number): { file: Buffer; octets: number } {
  const xml = Buffer.from(`${head}${Array.from({ length: rows }, (_, at) => rowXml(at)).join("")}</feedback>\n`);
  return { file: gzipSync(xml), octets: xml.length };
}
