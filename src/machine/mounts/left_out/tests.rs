//! Which mounts of a list are left out, for several roots.

use super::*;

const MOUNTINFO: &str = "\
22 1 254:0 / / rw - ext4 /dev/vda rw
23 22 0:5 / /proc rw - proc proc rw
24 23 0:30 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw
30 22 0:40 / /mnt/ssh rw - fuse.sshfs\x1b[31m host: rw
31 22 0:41 / /mnt/nfs rw - nfs4 host:/x rw
32 31 254:1 / /mnt/nfs/disk rw - xfs /dev/vdb rw
33 31 0:42 / /mnt/nfs/cifs rw - cifs //host rw
34 22 0:43 / /data rw - autofs systemd-1 rw
35 34 254:2 / /data rw - ext4 /dev/vdc rw
36 22 0:44 / /srv/a/b rw - ceph host: rw
37 22 254:3 / /srv/a rw - ext4 /dev/vdd rw
38 22 0:45 / /usr/bin/x rw - fuse x rw
39 22 0:46 / /sys/fs/fuse/connections rw - fusectl none rw
40 22 0:47 / /media/ntfs rw - fuseblk /dev/sda1 rw
";

fn left_out(root: &str, device: &str) -> (Vec<String>, LeftOut) {
    let left_out = LeftOut::beneath(Path::new(root), device, MOUNTINFO.as_bytes());
    let words = left_out.worth_a_word().map(ToString::to_string).collect();
    (words, left_out)
}

#[test]
fn what_others_serve_is_left_out_where_it_can_be_reached() {
    let (words, left_out) = left_out("/", "254:0");
    assert_eq!(
        words,
        [
            "'/media/ntfs' (fuseblk)",
            "'/mnt/nfs' (nfs4)",
            "'/mnt/ssh' (fuse.sshfs\\033[31m)",
            "'/usr/bin/x' (fuse)",
        ]
    );
    for (path, there) in [
        ("/mnt/ssh", true),
        ("mnt/ssh", true),
        ("/mnt/ssh/x", false),
        ("/mnt", false),
        ("/data", false),
        ("/srv/a/b", false),
        ("/proc/sys/fs/binfmt_misc", true),
    ] {
        assert_eq!(left_out.is_at(Path::new(path)), there, "{path}");
    }
}

#[test]
fn a_root_is_looked_into_whatever_it_is() {
    let (words, _) = left_out("/mnt/nfs", "0:41");
    assert_eq!(words, ["'/mnt/nfs/cifs' (cifs)"]);
    let (words, _) = left_out("/mnt/nfs/cifs", "0:42");
    assert_eq!(words, [""; 0]);
    let (words, _) = left_out("/mnt", "0:41");
    assert_eq!(
        words,
        ["'/mnt/nfs/cifs' (cifs)", "'/mnt/ssh' (fuse.sshfs\\033[31m)"]
    );
}

#[test]
fn a_list_that_turns_in_circles_ends() {
    let circle =
        "1 2 0:1 / /a rw - fuse x rw\n2 1 0:2 / /a rw - fuse x rw\n3 3 0:3 / /b rw - fuse x rw\n";
    let left_out = LeftOut::beneath(Path::new("/"), "9:9", circle.as_bytes());
    assert!(left_out.is_at(Path::new("/b")));
}
