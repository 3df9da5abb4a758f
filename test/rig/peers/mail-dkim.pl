# Verifies messages with Mail::DKIM. Usage: mail-dkim.pl RESOLVER PORT FILE...; one line a file: result, tab, detail.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

my ($address, $port, @files) = @ARGV;
Mail::DKIM::DNS::resolver(
    Net::DNS::Resolver->new(nameservers => [$address], port => $port, recurse => 1, udp_timeout => 10, tcp_timeout => 10, searchlist => [], dnsrch => 0, defnames => 0));

for my $path (@files) {
    open my $file, '<:raw', $path or die "$path: $!\n";
    my $verifier = Mail::DKIM::Verifier->new;
    local $/;
    $verifier->PRINT(scalar <$file>);
    $verifier->CLOSE;
    my @results = map { $_->result_detail } $verifier->signatures;
    my $passed = @results && !grep { $_ ne 'pass' } @results;
    print $passed ? 'pass' : @results ? 'fail' : 'none', "\t", join(', ', map { s/\s+/ /gr } @results), "\n";
}
