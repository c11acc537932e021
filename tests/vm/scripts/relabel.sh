#!/bin/bash
# In a whole Debian that was restored without its labels and, told so, enforces nothing: relabel on the running system.
. /usr/lib/vm/lib.sh
cd /root || exit 2
runs() { cp /usr/bin/env unsigned && ./unsigned true; }
unlabelled() { [[ ! $(label_type /usr/bin/env) ]]; }

check "nothing is enforced" runs
check "a program has no label" unlabelled
time check "relabel" dpkg-ima relabel
check "... the program is signed" [ "$(label_type /usr/bin/env)" = 03 ]
check "status: the next boot is well" sh -c 'dpkg-ima status | grep "good    next boot:"'
