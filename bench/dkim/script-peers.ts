// Mail::DKIM and dkimpy under the same work, each through a few lines in its own language.
import { spawnSync } from "node:child_process";
import type { ChildPeer } from "./child-peer.ts";
import { signedFields } from "./message.ts";

const perl = String.raw`
use strict; use warnings;
use Mail::DKIM::Signer; use Mail::DKIM::Verifier; use Net::DNS::RR;
my ($verb, $message, $keyFile, $algorithm, $seconds) = @ARGV;
sub slurp { local $/; open my $in, '<:raw', $_[0] or die; scalar <$in> }
my ($text, $key) = (slurp($message), slurp($keyFile));
my ($name, $record) = $verb eq 'verify' ? $key =~ /^(\S+) (.*)$/ : ();
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub { Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => [$record =~ /(.{1,255})/g]) };
sub used { my ($user, $system) = times; $user + $system }
my ($started, $count) = (used(), 0);
do {
  my $dkim = $verb eq 'sign'
    ? Mail::DKIM::Signer->new(Algorithm => "$algorithm-sha256", Method => 'relaxed/relaxed', Domain => 'example.com', Selector => 'r',
        Headers => '${signedFields.join(":")}', Key => Mail::DKIM::PrivateKey->load(File => $keyFile))
    : Mail::DKIM::Verifier->new;
  $dkim->PRINT($text); $dkim->CLOSE;
  if ($verb eq 'sign') { $dkim->signature->as_string } else { die $dkim->result_detail if $dkim->result ne 'pass' }
  $count++;
} while (used() - $started < $seconds);
print +(used() - $started) / $count;
`;

const python = String.raw`
import sys, time, dkim
verb, message, key_file, algorithm, seconds = sys.argv[1:]
text, key = open(message, "rb").read(), open(key_file, "rb").read()
headers = [name.encode() for name in "${signedFields.join(":")}".split(":")]
if algorithm == "ed25519" and verb == "sign":
    import base64
    key = base64.b64encode(base64.b64decode(b"".join(key.splitlines()[1:-1]))[-32:])
record = key.split(b" ", 1)[-1].strip()
started, count = time.process_time(), 0
while count == 0 or time.process_time() - started < float(seconds):
    if verb == "sign":
        dkim.sign(text, b"r", b"example.com", key, canonicalize=(b"relaxed", b"relaxed"), include_headers=headers,
                  signature_algorithm=algorithm.encode() + b"-sha256")
    elif not dkim.verify(text, dnsfunc=lambda name, timeout=5: record):
        sys.exit("dkimpy does not verify")
    count += 1
print((time.process_time() - started) / count)
`;

const works = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;

/** Those that are installed (Debian: libmail-dkim-perl, python3-dkim). */
export function scriptPeers(file: (name: string, content: string) => string): ChildPeer[] {
  const peers: ChildPeer[] = [];
  if (works("perl", "-MMail::DKIM", "-e", "1")) {
    const command: [string, string] = ["perl", file("mail-dkim.pl", perl)];
    peers.push({ name: "Mail::DKIM", command, can: (_verb, algorithm) => algorithm === "rsa" });
  }
  if (works("/usr/bin/python3", "-c", "import dkim")) {
    peers.push({ name: "dkimpy", command: ["/usr/bin/python3", file("dkimpy.py", python)], can: () => true });
  }
  return peers;
}
