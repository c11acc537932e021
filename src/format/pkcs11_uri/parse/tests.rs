use std::path::Path;

use super::*;

#[test]
fn what_names_a_key_and_how_it_is_reached() {
    let uri = "pkcs11:token=My%20t%C3%B6ken;serial=12;slot-id=7;object=a%3bb;id=%00%fF;type=private\
               ?module-path=/usr/lib/x%3f.so&pin-source=file:/etc/pin";
    let uri = Pkcs11Uri::parse(uri.as_bytes()).unwrap();
    assert_eq!(uri.token, Some("My töken".into()));
    assert_eq!(uri.serial, Some("12".into()));
    assert_eq!(uri.slot, Some(7));
    assert_eq!(uri.object, Some("a;b".into()));
    assert_eq!(uri.id.unwrap().as_bytes(), b"\0\xff");
    assert_eq!(
        uri.module_path.as_deref(),
        Some(Path::new("/usr/lib/x?.so"))
    );
    assert_eq!(uri.pin_source.as_deref(), Some(Path::new("/etc/pin")));
    assert_eq!((uri.model, uri.manufacturer), (None, None));
    let uri = Pkcs11Uri::parse(b"pkcs11:object=;model=m;manufacturer=x?module-name=softhsm2");
    let uri = uri.unwrap();
    assert_eq!(uri.object, Some("".into()));
    assert_eq!(uri.module_name, Some("softhsm2".into()));
    let nothing = Pkcs11Uri::parse(b"pkcs11:").unwrap();
    assert_eq!(nothing.token, None);
    assert_eq!(nothing.to_string(), "pkcs11:");
}

#[test]
fn the_forms_of_a_file_with_the_pin() {
    for (form, expected) in [
        ("/etc/pin", Some("/etc/pin")),
        ("file:/etc/pin", Some("/etc/pin")),
        ("file:///etc/pin", Some("/etc/pin")),
        ("file://host/etc/pin", None),
        ("pin", None),
        ("file:pin", None),
        ("|cat", None),
        ("https://x/pin", None),
        ("", None),
    ] {
        let uri = Pkcs11Uri::parse(format!("pkcs11:?pin-source={form}").as_bytes());
        match expected {
            Some(path) => assert_eq!(uri.unwrap().pin_source, Some(path.into())),
            None => assert_eq!(uri.unwrap_err(), UriError::PinSource, "{form}"),
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let long = format!("pkcs11:object={}", "x".repeat(URI_MAX));
    for (uri, message) in [
        ("key.pem", "it does not begin with 'pkcs11:'"),
        (&long, "it is longer than 4096 bytes"),
        ("pkcs11:token=my token", "byte 16: it must be written as"),
        ("pkcs11:token=t\u{f6}", "byte 15: "),
        ("pkcs11:token=%4", "a '%' without"),
        ("pkcs11:token=%zz", "a '%' without"),
        ("pkcs11:token", "'token' has no '='"),
        ("pkcs11:lable=x", "the attribute 'lable' is not known"),
        ("pkcs11:pin-source=/x", "belongs behind the '?'"),
        ("pkcs11:?token=x", "belongs before the '?'"),
        ("pkcs11:id=1;id=1", "the attribute 'id' is there twice"),
        ("pkcs11:slot-id=-1", "'slot-id' is no decimal number"),
        ("pkcs11:type=cert", "'type' is not 'private'"),
        ("pkcs11:?module-name=../x", "'module-name' is no plain name"),
    ] {
        let error = Pkcs11Uri::parse(uri.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(message), "{uri}: {error}");
    }
}

#[test]
fn no_message_quotes_a_pin() {
    for uri in [
        "pkcs11:token=x?pin-value=1234",
        "pkcs11:pin-value=1234",
        "pkcs11:?pin-source=1234",
        "pkcs11:slot-id=1234x",
        "pkcs11:type=1234",
        "pkcs11:?module-name=1234/",
        "pkcs11:token=1234%",
    ] {
        let error = Pkcs11Uri::parse(uri.as_bytes()).unwrap_err();
        assert!(!format!("{error}{error:?}").contains("1234"), "{error}");
    }
    let refused = Pkcs11Uri::parse(b"pkcs11:token=x?pin-value=1234");
    assert_eq!(refused.unwrap_err(), UriError::PinValue);
}
