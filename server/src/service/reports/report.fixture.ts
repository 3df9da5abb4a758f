/** A row of an aggregate report, as a reporter writes it. */
export type ReportedRow = {
  count?: number;
  source?: string;
  /** Signing domain, selector (undefined: left out) and result. */
  signatures?: readonly (readonly [string, string | undefined, "pass" | "fail"])[];
};

/** An aggregate report (RFC 9990) as a reporter sends it. */
export function aggregateXml(
  domain: string,
  {
    begin,
    end,
    id = "r1",
    organization = "Receiver",
  }: { begin: number; end: number; id?: string; organization?: string },
  rows: readonly ReportedRow[],
): string {
  const dkim = ([name, selector, result]: readonly [string, string | undefined, string]): string =>
    `<dkim><domain>${name}</domain>${selector === undefined ? "" : `<selector>${selector}</selector>`}<result>${result}</result></dkim>`;
  const row = ({ count = 1, source = "192.0.2.1", signatures = [] }: ReportedRow): string =>
    `<record><row><source_ip>${source}</source_ip><count>${count}</count>` +
    "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>" +
    `<identifiers><header_from>${domain}</header_from></identifiers><auth_results>${signatures.map(dkim).join("")}</auth_results></record>`;
  return (
    `<?xml version="1.0"?><feedback><report_metadata><org_name>${organization}</org_name><email>dmarc@receiver.example</email>` +
    `<report_id>${id}</report_id><date_range><begin>${begin}</begin><end>${end}</end></date_range></report_metadata>` +
    `<policy_published><domain>${domain}</domain><p>none</p></policy_published>${rows.map(row).join("")}</feedback>`
  );
}

/** A failure report (RFC 6591) as a receiver mails it. */
export const failureMail = (fields: readonly string[]): string =>
  [
    "From: feedback@receiver.example",
    "To: reports@customer.example",
    "Subject: a signature failed",
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "One message failed.",
    "--b",
    "Content-Type: message/feedback-report",
    "",
    ...fields,
    "",
    "--b--",
    "",
  ].join("\r\n");
