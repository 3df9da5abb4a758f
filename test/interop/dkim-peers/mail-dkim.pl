# Mail::DKIM over a batch of messages (see batch.ts). Usage: mail-dkim.pl KEYS verify|sign
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

my ($keys, $verb) = @ARGV;
open my $file, '<', "$keys/records" or die "$keys/records: $!\n";
my %records = map { chomp; split / /, $_, 2 } <$file>;
{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my $record = $records{ $_[0] } // return;
        return Net::DNS::RR->new(owner => $_[0], type => 'TXT', txtdata => [ $record =~ /(.{1,255})/g ]);
    };
}

sub verify {
    my ($message) = @_;
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    my ($signature) = $verifier->signatures;
    return ('unusable', 'no signature') unless defined $signature;
    my $result = $signature->result // 'none';
    return ($result eq 'pass' || $result eq 'fail' ? $result : 'unusable', $signature->result_detail // '');
}

my %private_keys;

sub sign {
    my ($message, $selector, $domain, $canonicalization, $names, $oversigned, $identity, $lifetime) = @_;
    $private_keys{$selector} //= Mail::DKIM::PrivateKey->load(File => "$keys/$selector.pkcs1");
    my $signer = Mail::DKIM::Signer->new(
        Algorithm => 'rsa-sha256',
        Method    => $canonicalization,
        Domain    => $domain,
        Selector  => $selector,
        Key       => $private_keys{$selector},
        Timestamp => time,
        ($identity ne '-' ? (Identity   => $identity)          : ()),
        ($lifetime ne '-' ? (Expiration => time + $lifetime) : ()),
    );
    # `*`: as many as there are; `+`: once more.
    $signer->extended_headers({ map { $_ => $oversigned eq 'oversigned' ? '+' : '*' } split /:/, $names });
    $signer->PRINT($message);
    $signer->CLOSE;
    return ('signed', unpack 'H*', $signer->signature->as_string . "\r\n");
}

binmode STDIN;
while (defined(my $line = <STDIN>)) {
    my ($octets, @words) = split ' ', $line;
    read(STDIN, my $message = '', $octets) == $octets or die "the input ends early\n" if $octets > 0;
    my ($word, $detail) = eval { $verb eq 'verify' ? verify($message) : sign($message, @words) };
    ($word, $detail) = ('unusable', $@) unless defined $word;
    print "$word\t", $detail =~ s/[^ -~]+/ /gr, "\n";
}
