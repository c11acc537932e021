#!/bin/bash
# Files that the kernel refuses for one cause each: `dpkg-ima why` names it from the kernel's record, and the command that it
# gives makes the program run. /host/files has `own`, signed packages as a repository; `other`, the same signed by a key that
# the machine does not hold, with its certificate other.cert.pem; `unsigned-own`; and the machine's own key.pem.
. /usr/lib/vm/lib.sh
files=/host/files
cd /root || exit 2
echo "deb [trusted=yes] file:$files/own ./" >/etc/apt/sources.list
apt-get -qq update || exit 2
certificate=/etc/keys/ima/cert.pem
package=''

# field NAME OBJECT: the value of a string.
field() { sed -nE "s/.*\"$1\":\"([^\"]*)\".*/\1/p" <<<"$2"; }

# The last refusal of a file.
told() { dpkg-ima why --json "$1" | tail -n1; }

# says REASON PATH
says() {
  local object
  object=$(told "$2")
  [[ $(field effect "$object") == refused && $(field reason "$object") == "$1" ]] || { echo "$object"; return 1; }
}

# helps PATH: what it says, with the words in capitals replaced.
helps() {
  local command
  command=$(field remedy "$(told "$1")")
  command=${command//CERTIFICATE/$certificate}
  command=${command//KEY/$files/key.pem}
  command=${command//DEB/$package}
  echo "-> $command"
  eval "$command"
}

# cause REASON PATH: it is refused, why says so, the command helps, and it runs.
cause() {
  check "$1: $2 is refused" expect_refused "$2" "$2"
  check "... why says so" says "$1" "$2"
  check "... its command works" helps "$2"
  check "... and it runs" expect_no_refusal "$2"
  check "... and why says so" eval "told $2 | grep -qF '\"accepted_now\":true'"
}

# label FILE HEX: gives it that label.
label() { setfattr -n security.ima -v "0x$2" "$1"; }
hex_of() { getfattr --absolute-names --only-values -n security.ima "$1" | od -An -v -tx1 | tr -d ' \n'; }

check "a package is installed" expect_no_refusal dpkg -i "$files/own/life_3_amd64.deb"
program=/usr/bin/life
good=$(hex_of $program)
check "what is good is accepted" eval "dpkg-ima why $program | grep -F 'the kernel would accept it'"

setfattr -x security.ima $program
cause no-label $program
label /usr/bin/life-setuid "$good"
cause label-of-another-content /usr/bin/life-setuid
label /usr/bin/life-merged "${good:0:200}"
cause malformed /usr/bin/life-merged
label /usr/share/life/shared "0404$(printf '%064d' 0)"
cause hash-only /usr/share/life/shared
# SHA-1 in place of SHA-256, which this program does not know; the kernel hashes by it and finds no signature.
label $program "030202${good:6}"
cause unknown-hash-algorithm $program
label /usr/bin/life-setuid "0303${good:4}"
cause unknown-version /usr/bin/life-setuid
label /usr/bin/life-merged "05${good:2}"
cause unknown-type /usr/bin/life-merged
echo '# more' >>$program
cause not-the-packages-content $program

cp $program copy
cause no-label /root/copy
printf '#!/bin/sh\nexit 0\n' >mine
chmod 755 mine
cause no-label /root/mine
echo '# more' >>mine
cause changed-since-signed /root/mine
echo '# more' >>/etc/life/run
cause changed-conffile /etc/life/run

package=$files/own/twin-a_1_amd64.deb
check "an unsigned package is installed" dpkg -i "$files/unsigned-own/twin-a_1_amd64.deb"
cause no-label /usr/bin/twin-a
certificate=$files/other.cert.pem
check "a package by another key is installed" dpkg -i "$files/other/foreign_1_amd64.deb"
cause wrong-key /usr/bin/foreign

check "all of it is told, and the exit status says so" eval 'dpkg-ima why >all; (($? == 1)) && grep -qF /root/mine all'
