use super::*;

const DIGEST: &str = "c18271d4dece5e3304f36de93ec6fc1142c7d4caa77efc3200f9b08c51281fee";

/// A paragraph with one field replaced, or left out if the value is empty.
fn paragraph(changed: &str, value: &str) -> String {
    let fields = [
        ("Package", "hello"),
        ("Architecture", "amd64"),
        ("Version", "1:2.10-3"),
        ("Filename", "pool/main/h/hello/hello_2.10-3_amd64.deb"),
        ("Size", "53080"),
        ("SHA256", DIGEST),
    ];
    let line = |(name, good)| match if name == changed { value } else { good } {
        "" => String::new(),
        value => format!("{name}: {value}\n"),
    };
    fields.into_iter().map(line).collect()
}

fn read(text: &str) -> Vec<Result<IndexedPackage, IndexError>> {
    PackagesIndex::new(text.as_bytes()).collect()
}

#[test]
fn packages_are_told_with_their_place_and_content() {
    let first = paragraph("", "");
    let more = "Section: contrib/net\nSource: greetings (1.0)\n";
    let text = format!("\n\n{first}\n\n{first}{more}");
    let packages: Vec<_> = read(&text).into_iter().map(Result::unwrap).collect();
    let [plain, full] = packages.as_slice() else {
        panic!("{packages:?}");
    };
    assert_eq!(
        plain.name.path(),
        "h/hello/hello_1%3a2.10-3_amd64.imasigs.zst"
    );
    assert_eq!(
        (plain.size, plain.digest.to_string()),
        (53080, DIGEST.into())
    );
    assert_eq!(plain.path, "pool/main/h/hello/hello_2.10-3_amd64.deb");
    let words = |package: &IndexedPackage| [&package.source, &package.section].map(Text::to_string);
    assert_eq!(words(plain), ["hello", ""]);
    assert_eq!(words(full), ["greetings", "contrib/net"]);
}

#[test]
fn what_cannot_be_fetched_is_named_and_hides_nothing() {
    for (field, value) in [
        ("Package", ""),
        ("Package", "../x"),
        ("Package", "x\x1b[m"),
        ("Version", "1/../../x"),
        ("Architecture", ".."),
        ("Size", ""),
        ("Size", "-1"),
        ("Size", "18446744073709551616"),
        ("SHA256", ""),
        ("SHA256", "c182"),
        ("Filename", ""),
        ("Filename", "pool/../../../etc/passwd"),
        ("Filename", ".."),
        ("Filename", "/etc/passwd"),
        ("Filename", "a b"),
        ("Filename", "a?b"),
        ("Filename", "a\x1b"),
    ] {
        let text = format!("{}\n{}", paragraph(field, value), paragraph("", ""));
        let [first, second] = &read(&text)[..] else {
            panic!("{field} {value:?}");
        };
        assert!(
            matches!(first, Err(IndexError::Entry { .. })),
            "{field} {value:?} {first:?}"
        );
        assert!(second.is_ok());
    }
}

#[test]
fn no_more_than_a_paragraph_is_held() {
    let endless = io::repeat(b'x');
    let mut index = PackagesIndex::new(io::BufReader::new(endless));
    assert!(matches!(index.next(), Some(Err(IndexError::Paragraph))));
    assert!(index.next().is_none());
}
