/** How a DNS host wants records typed in its web forms. */
export type DnsHost = {
  id: string;
  name: string;
  /** Its name servers' names, in lower case. Absent: those of no host in particular. */
  nameServers?: RegExp;
  /** What its forms call the owner name and the value. */
  fields: { name: string; value: string };
  /** Whether a name as a value ends in a dot; without one some hosts add the domain to it. */
  target: "bare" | "dotted";
  /** `bare`: pasted as it is, and split by the host; `quoted`: in quotes, in pieces of 255 octets at most. */
  text: "bare" | "quoted";
  /** What is easily missed there. */
  notes: readonly string[];
};

const proxy =
  "set the proxy status of every record to DNS only (the grey cloud): a record that is proxied leads nowhere";

/** The hosts that are known, by what their forms ask for. */
export const dnsHosts: readonly DnsHost[] = [
  {
    id: "cloudflare",
    name: "Cloudflare",
    nameServers: /\.ns\.cloudflare\.com$/,
    fields: { name: "Name", value: "Target or Content" },
    target: "bare",
    text: "bare",
    notes: [
      proxy,
      "all at once: DNS > Records > Import and Export takes the file that --format zone prints; unselect Proxy imported DNS records",
      "CNAME flattening of all records (DNS > Settings) has to be off",
    ],
  },
  {
    id: "route53",
    name: "Amazon Route 53",
    nameServers: /^ns-\d+\.awsdns-\d+\./,
    fields: { name: "Record name", value: "Value" },
    target: "bare",
    text: "quoted",
    notes: [
      "leave Alias off: it is a thing of its own there, and no CNAME",
      "all at once: --format route53 prints what aws route53 change-resource-record-sets --change-batch takes",
    ],
  },
  {
    id: "azure",
    name: "Azure DNS",
    nameServers: /\.azure-dns\.(com|net|org|info)$/,
    fields: { name: "Name", value: "Alias or Value" },
    target: "bare",
    text: "bare",
    notes: ["leave Alias record set at No"],
  },
  {
    id: "google-cloud",
    name: "Google Cloud DNS",
    nameServers: /^ns-cloud-[a-e]\d\.googledomains\.com$/,
    fields: { name: "DNS name", value: "Canonical name or Data" },
    target: "dotted",
    text: "quoted",
    notes: [],
  },
  {
    id: "godaddy",
    name: "GoDaddy",
    nameServers: /\.domaincontrol\.com$/,
    fields: { name: "Name", value: "Value" },
    target: "bare",
    text: "bare",
    notes: [],
  },
  {
    id: "namecheap",
    name: "Namecheap",
    nameServers: /\.registrar-servers\.com$/,
    fields: { name: "Host", value: "Target or Value" },
    target: "bare",
    text: "bare",
    notes: ["records are made under Advanced DNS"],
  },
  {
    id: "digitalocean",
    name: "DigitalOcean",
    nameServers: /^ns\d\.digitalocean\.com$/,
    fields: { name: "Hostname", value: "Is an alias of, or Value" },
    target: "dotted",
    text: "bare",
    notes: [],
  },
  {
    id: "ovh",
    name: "OVHcloud",
    nameServers: /^(?:d?ns\d+)\.(?:ovh\.net|anycast\.me)$/,
    fields: { name: "Sub-domain", value: "Target or Value" },
    target: "dotted",
    text: "bare",
    notes: [],
  },
  {
    id: "gandi",
    name: "Gandi",
    nameServers: /\.gandi\.net$/,
    fields: { name: "Name", value: "Hostname or Text value" },
    target: "dotted",
    text: "quoted",
    notes: [],
  },
  {
    id: "hetzner",
    name: "Hetzner DNS",
    nameServers: /^(?:hydrogen|helium|oxygen)\.ns\.hetzner\.(?:com|de)$/,
    fields: { name: "Name", value: "Value" },
    target: "dotted",
    text: "quoted",
    notes: [],
  },
];

/** Any other host: how most forms are. */
export const anyHost: DnsHost = {
  id: "other",
  name: "your DNS host",
  fields: { name: "Name or Host", value: "Target or Value" },
  target: "dotted",
  text: "bare",
  notes: [
    "most forms add your domain to the name by themselves, and take the target without its final dot as well; where the domain ends up twice, look at how its other records are written",
  ],
};

export const dnsHostIds = [...dnsHosts, anyHost].map(({ id }) => id);

/** Who runs these name servers: one host for all of them; undefined: nobody that is known, or several. */
export function hostOf(nameServers: readonly string[]): DnsHost | undefined {
  const found = new Set(nameServers.map((name) => dnsHosts.find((host) => host.nameServers?.test(name.toLowerCase()))));
  return found.size === 1 ? [...found][0] : undefined;
}
