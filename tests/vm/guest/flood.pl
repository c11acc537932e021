# For scripts/flood.sh: flood.pl FOLDER SECONDS, what a user without any rights can do in a folder of his own.
use strict;
use warnings;
use POSIX ();

my ($folder, $seconds) = @ARGV;
my $end = time + $seconds;

sub child {
    my ($action) = @_;
    my $pid = fork;
    return if !defined $pid || $pid;
    $action->() while time < $end;
    POSIX::_exit(0);
}
sub sparse {
    my ($name, $size) = @_;
    open my $file, '>', $name or return;
    truncate $file, $size;
}
sub write_whole {
    my ($name, $content) = @_;
    open my $file, '>', $name or return;
    print $file $content;
}
sub grow {
    my ($name) = @_;
    open my $file, '>>', $name or return;
    print $file 'x' x 1_000_000;
    opened($name);
    truncate $file, 0 if -s $file > 8_000_000;
}
sub opened { open my $file, '<', $_[0] or return }

# Files of a size that a list names: what is rewritten is new to the guard each time.
for my $number (1 .. 50) {
    child(sub { write_whole("$folder/own-$number", chr(rand 256) x 4_000_000); opened("$folder/own-$number") });
}
sparse("$folder/large-$_", 400_000_000), sparse("$folder/huge-$_", 2**40) for 1 .. 20;
for my $number (1 .. 20) {
    child(sub { sparse("$folder/large-$number", 0); sparse("$folder/large-$number", 400_000_000); opened("$folder/large-$number") });
    child(sub { opened("$folder/huge-$number") });
}
# As many opens at once as there are descriptors.
for my $number (1 .. 1300) {
    child(sub { sparse("$folder/many-$number", 4_000_000); opened("$folder/many-$number"); select undef, undef, undef, 0.5 });
}
# Files that grow while they are looked at, and programs started without pause.
for my $number (1 .. 5) {
    child(sub { grow("$folder/grows-$number") });
    child(sub { system '/bin/true' });
}
POSIX::mkfifo("$folder/fifo-$_", 0600) for 1 .. 10;
child(sub { sysopen my $file, "$folder/fifo-" . (1 + int rand 10), POSIX::O_RDONLY() | POSIX::O_NONBLOCK() or return });
1 while wait > 0;
