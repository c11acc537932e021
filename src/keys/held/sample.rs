//! For tests: two keys with signatures of one content, made with OpenSSL. The keys are short; the kernel verifies by
//! them all the same.

use data_encoding::BASE64;

use super::HeldKeys;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::keys::certificates::Certificate;

/// The signed content.
pub const CONTENT: &[u8] = b"shared";

/// One of the keys.
#[derive(Clone, Copy, Debug)]
pub enum SampleKey {
    /// The first.
    A,
    /// The second.
    B,
}

/// Both keys, held by certificate.
pub fn held() -> HeldKeys {
    HeldKeys::of(&[certificate(SampleKey::A), certificate(SampleKey::B)])
}

/// The digest of [`CONTENT`].
pub fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, CONTENT)
}

/// The id of the key.
pub fn key_id(key: SampleKey) -> KeyId {
    certificate(key).key_id
}

/// The key's signature of [`CONTENT`].
pub fn genuine(key: SampleKey) -> Signature {
    let payload = decode(match key {
        SampleKey::A => SIGNATURE_A,
        SampleKey::B => SIGNATURE_B,
    });
    Signature::new(HashAlgorithm::Sha256, key_id(key), &payload).expect("of a signature's length")
}

/// A signature that names the key and is not by it, another one for each number.
pub fn forged(key: SampleKey, number: u8) -> Signature {
    let payload = [number; 128];
    Signature::new(HashAlgorithm::Sha256, key_id(key), &payload).expect("of a signature's length")
}

/// A signature by a key that is not held, another one for each number.
pub fn strange(number: u8) -> Signature {
    let payload = [number; 128];
    Signature::new(HashAlgorithm::Sha256, KeyId(7), &payload).expect("of a signature's length")
}

/// The key's certificate.
pub fn certificate(key: SampleKey) -> Certificate {
    let der = decode(match key {
        SampleKey::A => CERTIFICATE_A,
        SampleKey::B => CERTIFICATE_B,
    });
    Certificate::from_der(der).expect("it names its key")
}

fn decode(text: &str) -> Vec<u8> {
    BASE64.decode(text.as_bytes()).expect("it is written below")
}

const CERTIFICATE_A: &str = "\
MIICCjCCAXOgAwIBAgIUZe448w6nlG9UEC7JGNaEbdTm5E4wDQYJKoZIhvcNAQELBQAwETEPMA0GA1UEAwwGdGVzdCBhMCAXDTI2\
MTEyNzEyNDIwM1oYDzIxMjYxMTAzMTI0MjAzWjARMQ8wDQYDVQQDDAZ0ZXN0IGEwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGB\
AKjLuI0mc81cJUkcp4hPDodOH/wSoDyBRB0c9SiwSL93vDxakKfdWawacwf/LjAJ5rxN/bVxT3Ex5U6j+iCkq1p4/XuELR/9S4r3\
Plm1pp1Rt0reIj7sBFft+15/k+7n9gJlaqNelG4zNteMYdbzRvBLIqDoqaUo+IKkILzi9xeBAgMBAAGjXTBbMB8GA1UdIwQYMBaA\
FICGwaBsYV1UbGG+2hG5B4FN86+tMAwGA1UdEwEB/wQCMAAwCwYDVR0PBAQDAgeAMB0GA1UdDgQWBBSAhsGgbGFdVGxhvtoRuQeB\
TfOvrTANBgkqhkiG9w0BAQsFAAOBgQA7kwRXNNzqla3mafMokag1YIEV/Gm0lZ1xJ7q+5FsEB6T3QF4vW392rWzQeYsTDynT9skY\
ufvQ9PHXABK29gbUoWtLIqoeO/+FS+BgshbnVJ954DB14Exf6MiHP035Per1tDUmDIF+VZQh5B/A2fNlEOrC2SPPlTXh6Avr7nWE\
1Q==";

const CERTIFICATE_B: &str = "\
MIICCjCCAXOgAwIBAgIUVuvtpgqiVvh0iSe51Za8wQvbhrkwDQYJKoZIhvcNAQELBQAwETEPMA0GA1UEAwwGdGVzdCBiMCAXDTI2\
MTEyNzEyNDIwM1oYDzIxMjYxMTAzMTI0MjAzWjARMQ8wDQYDVQQDDAZ0ZXN0IGIwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGB\
AOsXrMv6IQHB5lzXpsE+EbOGskTBEYm8FE8FbSfewHgP/3WzurxsknK5rwckv52U+Le+R3gqiYvUQe5pVNulTywYC/NJ3frT2mzL\
Qbuu1TuRY+yiFfCeU8nvBNvgi+FzV1funaruSmQRD+ZsI5nJ5+O3AyThxNL6GAPn3NCxrQ/FAgMBAAGjXTBbMB8GA1UdIwQYMBaA\
FDirwYmBVvAic+z1H0YN8Pi/4uTvMAwGA1UdEwEB/wQCMAAwCwYDVR0PBAQDAgeAMB0GA1UdDgQWBBQ4q8GJgVbwInPs9R9GDfD4\
v+Lk7zANBgkqhkiG9w0BAQsFAAOBgQAwpNRihPxEaUVpB9RdE6nCfO7zdMy12sQJhmffGSGDK6WuxOR5ZvA0B2vqZq4ozJUZcrhd\
GA0GqrgLXZ3TAirqXMK1/f0ENthd62Y0XWTtUdNSEPs3a7tSF/nEjFRZtSC4a4vuuz3SGMl2MbLD3Rbsslv4aB0xIpmaj/X2mYIH\
uw==";

const SIGNATURE_A: &str = "\
BYK/xph12CevOefvhEgFkIViqML2rkIUSNr6lvDLzfca7QxVc4EKJINZBztFWutmkN3KVPPbmkniiGUqay+eDLtzo1jE1lhuOAmJ\
AVrGdH5jeNiZi7t3rJ9eTrot65iadcFESiCjSNknAL6O8g5SgllhV+jZvHeoqLVNe400ghQ=";

const SIGNATURE_B: &str = "\
IfSfHa8SIGvBgoVJV4KTv1Qox/r6JF1u5lSj8mNf8mZnyIXxdwClrkPVofwmAuCJNHr87FQm47B5s5smIsuue3BByOWHflrxshl7\
Q+mgWKARaxQA457Od4S3dny5MFBgolfDiYyzag48uEcWiTqxw98Mh8NJBNwEnsG75MgLzq8=";
