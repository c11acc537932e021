#!/bin/bash
# For selftest: what unflushed.sh wrote, after the cut.
. /usr/lib/vm/lib.sh
check "what was flushed is there" grep -q flushed /root/flushed
check "what was not flushed is not" test ! -s /root/unflushed
