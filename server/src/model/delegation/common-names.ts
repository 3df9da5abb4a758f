/** Names that many domains have, below a domain that sends mail: DNS lists none, so these are tried. "*": what answers for names that nobody made. */
export const commonNames: readonly string[] = [
  "*",
  ..."www mail smtp imap pop pop3 mx mx1 mx2 webmail relay out mta mta1 mta2 autodiscover autoconfig".split(" "),
  ..."bounce bounces return rp click clicks link links track tracking open img images image cdn static assets".split(
    " ",
  ),
  ..."app api m web news newsletter email em e go t info shop blog help support status docs login sso".split(" "),
  ..."_dmarc _mta-sts mta-sts _smtp._tls default._bimi _report._dmarc _chancery-challenge _acme-challenge".split(" "),
];
