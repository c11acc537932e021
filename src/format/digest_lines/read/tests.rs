use super::*;
use crate::format::digest_lines::unsigned_line;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};

fn digest(algorithm: HashAlgorithm) -> Digest {
    Digest::of(algorithm, b"content")
}

fn signature(algorithm: HashAlgorithm) -> Signature {
    Signature::new(algorithm, KeyId(0xa598_2554), &[7; 256]).unwrap()
}

fn first(text: &[u8]) -> Result<DigestLine, DigestLineError> {
    DigestLines::new(text).next().expect("there is a line")
}

#[test]
fn lines_go_there_and_back_with_each_algorithm() {
    for algorithm in HashAlgorithm::ALL {
        let digest = digest(algorithm);
        let text = unsigned_line(&digest, "x_1.deb/usr/bin/x\\040y");
        let line = first(format!("\n# comment\n{text}\n").as_bytes()).unwrap();
        assert_eq!(line.digest, digest);
        let signed = line.signed(&signature(algorithm));
        assert!(signed.starts_with(&format!("{digest} {algorithm} x_1.deb/usr/bin/x\\040y AwI")));
        let line = first(format!("{signed}\n").as_bytes()).unwrap();
        assert_eq!(line.digest, digest);
        assert_eq!(line.signature().unwrap(), signature(algorithm));
    }
}

/// The line as it was, a space, and the value in hexadecimal.
#[test]
fn what_evmctl_and_sha256sum_write_is_read() {
    let value = signature(HashAlgorithm::Sha256).to_bytes();
    let hex = data_encoding::HEXLOWER.encode(&value);
    let digest = digest(HashAlgorithm::Sha256);
    for name in ["", " sha256 x/y", "  a name"] {
        let line = first(format!("{digest}{name} {hex}\n").as_bytes()).unwrap();
        assert_eq!(
            line.signature().unwrap(),
            signature(HashAlgorithm::Sha256),
            "{name}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let digest = digest(HashAlgorithm::Sha256);
    let good = unsigned_line(&digest, "x");
    let long = "x".repeat(LINE_MAX);
    for (text, message) in [
        (format!("{good}\nx\n"), "line 2: it does not begin with"),
        (
            format!("{good}\n{good}"),
            "line 2: it does not end in a line feed",
        ),
        (format!("{good}\n{good}\u{e9}\n"), "line 2: a byte outside"),
        (format!("{good}\n{good}{long}\n"), "line 2: longer than"),
        (
            format!("{good}\n{}\n", &good[1..]),
            "line 2: it does not begin",
        ),
    ] {
        let lines: Vec<_> = DigestLines::new(text.as_bytes()).collect();
        let [Ok(_), Err(error)] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn a_signature_that_no_list_could_carry_is_refused() {
    let digest = digest(HashAlgorithm::Sha256);
    let other = data_encoding::BASE64.encode(&signature(HashAlgorithm::Sha512).to_bytes());
    for (rest, message) in [
        ("", "it does not end with a signature"),
        (" sha256 x", "it does not end with a signature"),
        (" AwIE", "security.ima: its size field"),
        (" 0302", "security.ima: its size field"),
        (" 030", "it does not end with a signature"),
        (&format!(" {other}"), "security.ima: over sha512"),
    ] {
        let line = first(format!("{digest}{rest}\n").as_bytes()).unwrap();
        let error = line.signature().unwrap_err().to_string();
        assert!(error.starts_with(&format!("line 1: {message}")), "{error}");
    }
}

#[test]
fn a_text_without_end_is_refused() {
    let endless = std::io::BufReader::new(std::io::repeat(b'a'));
    let error = DigestLines::new(endless).next().unwrap().unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[test]
fn a_text_has_a_limit() {
    let text = format!("{}\n", unsigned_line(&digest(HashAlgorithm::Sha256), "x"));
    let mut lines = DigestLines::new(text.as_bytes());
    lines.digests = DIGESTS_MAX - 1;
    assert!(lines.next().unwrap().is_ok());
    let mut lines = DigestLines::new(text.as_bytes());
    lines.digests = DIGESTS_MAX;
    let error = lines.next().unwrap().unwrap_err();
    assert!(matches!(error.problem, DigestLineProblem::TooMany));
    let mut lines = DigestLines::new(text.as_bytes());
    lines.left = text.len() as u64 - 1;
    let error = lines.next().unwrap().unwrap_err();
    assert!(matches!(error.problem, DigestLineProblem::TextTooLong));
}
