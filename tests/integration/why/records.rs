//! Records of refusals, as auditd and journald keep them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::support::{Run, System, scratch};

/// When the first record is from, in seconds since 1970.
pub const SECONDS: u64 = 1_764_000_000;

/// A record as Linux 6.1 and 6.12 write it, without what comes before the fields.
pub fn fields(cause: &str, name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"');
    let name = match plain {
        true => format!("\"{name}\""),
        false => data_encoding::HEXUPPER.encode(name.as_bytes()),
    };
    format!(
        "pid=612 uid=1000 auid=1000 ses=2 subj=unconfined op=appraise_data cause={cause} comm=\"bash\" \
         name={name} dev=\"vda\" ino=131 res=0 errno=0"
    )
}

/// The same of a file that is there: with its inode.
pub fn fields_of(system: &System, cause: &str, name: &str) -> String {
    let inode = fs::symlink_metadata(system.at(name)).map_or(131, |file| file.ino());
    fields(cause, name).replace(" ino=131 ", &format!(" ino={inode} "))
}

/// auditd's log with those records, each by its cause and file; one a second.
pub fn log(system: &System, records: &[(&str, &str)]) {
    let folder = system.at("/var/log/audit");
    fs::create_dir_all(&folder).unwrap();
    let mut text = "type=DAEMON_START msg=audit(1764000000.000:1): op=start ver=3.0.9\n".to_owned();
    for (at, (cause, name)) in (1..).zip(records) {
        let (time, number) = (SECONDS + at, 100 + at);
        text += &format!(
            "type=INTEGRITY_DATA msg=audit({time}.123:{number}): {}\n",
            fields_of(system, cause, name)
        );
    }
    fs::write(folder.join("audit.log"), text).unwrap();
}

/// The id of the machine, and of its boot.
const MACHINE: &str = "0123456789abcdef0123456789abcdef";

/// A journal with those entries, each of several fields, made by systemd's own program.
pub fn journal(system: &System, entries: &[Vec<(&str, String)>]) {
    fs::create_dir_all(journal_file(system).parent().unwrap()).unwrap();
    fs::create_dir_all(system.at("/etc")).unwrap();
    fs::write(system.at("/etc/machine-id"), format!("{MACHINE}\n")).unwrap();
    // journald has them later than the kernel wrote them.
    let entries = (SECONDS + 31..).zip(entries);
    let export: String = entries.map(|(at, entry)| exported(at, entry)).collect();
    let file = scratch();
    let file = file.path().join("export");
    fs::write(&file, export).unwrap();
    Run::new(REMOTE)
        .arg("-o")
        .arg(journal_file(system))
        .arg(&file)
        .ok();
}

/// systemd's program that writes journals.
pub const REMOTE: &str = "/lib/systemd/systemd-journal-remote";

/// The file of that journal.
pub fn journal_file(system: &System) -> PathBuf {
    let folder = system.at("/var/log/journal").join(MACHINE);
    folder.join("system.journal")
}

/// An entry as it is given to that program, which journald has since that second.
pub fn exported(second: u64, entry: &[(&str, String)]) -> String {
    let time = second * 1_000_000;
    let mut export = format!("__REALTIME_TIMESTAMP={time}\n_BOOT_ID={MACHINE}\n");
    for (field, value) in entry {
        export += &format!("{field}={value}\n");
    }
    export + "\n"
}

/// An entry that journald makes of a record that came by the audit socket.
pub fn audit_entry(number: u64, cause: &str, name: &str) -> Vec<(&'static str, String)> {
    let time = (SECONDS + number - 100) * 1_000_000 + 123_000;
    vec![
        ("_TRANSPORT", "audit".to_owned()),
        ("_AUDIT_TYPE", "1800".to_owned()),
        ("_AUDIT_ID", number.to_string()),
        ("_SOURCE_REALTIME_TIMESTAMP", time.to_string()),
        ("MESSAGE", format!("INTEGRITY_DATA {}", fields(cause, name))),
    ]
}

/// An entry of the kernel's own log.
pub fn kernel_entry(message: &str) -> Vec<(&'static str, String)> {
    vec![
        ("_TRANSPORT", "kernel".to_owned()),
        ("SYSLOG_FACILITY", "0".to_owned()),
        ("MESSAGE", message.to_owned()),
    ]
}
