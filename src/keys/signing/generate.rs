//! A test key, and a certificate for it that the kernel takes.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name};

use super::{KeyError, KeyType};

/// X.509 version 3, which has extensions, counts from zero.
const VERSION_3: i32 = 2;
/// Bits of a serial number. SPEC: RFC 5280 4.1.2.2: positive, at most 20 bytes.
const SERIAL_BITS: i32 = 159;

/// The properties of a key and its certificate.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// The kind of key.
    pub kind: KeyType,
    /// Common name of the certificate.
    pub name: String,
    /// Days from now that the certificate is valid. The kernel does not check them.
    pub days: u32,
}

/// A new key with its certificate.
#[derive(Clone, Debug)]
pub struct Generated {
    /// PKCS#8 in PEM, not encrypted.
    pub key_pem: Vec<u8>,
    /// The certificate in PEM.
    pub certificate_pem: Vec<u8>,
    /// The certificate in DER, as `keyctl padd asymmetric` and evmctl take it.
    pub certificate_der: Vec<u8>,
}

/// Makes a key and a self-signed certificate.
///
/// # Errors
/// If the library fails.
pub fn generate(request: &KeyRequest) -> Result<Generated, KeyError> {
    let key = new_key(request.kind).map_err(KeyError::openssl("make a key"))?;
    certify(&key, request).map_err(KeyError::openssl("make a certificate"))
}

fn new_key(kind: KeyType) -> Result<PKey<Private>, ErrorStack> {
    match kind {
        KeyType::Rsa2048 => PKey::from_rsa(Rsa::generate(2048)?),
        KeyType::Rsa3072 => PKey::from_rsa(Rsa::generate(3072)?),
        KeyType::Rsa4096 => PKey::from_rsa(Rsa::generate(4096)?),
        KeyType::P256 => new_ec_key(Nid::X9_62_PRIME256V1),
        KeyType::P384 => new_ec_key(Nid::SECP384R1),
        KeyType::P521 => new_ec_key(Nid::SECP521R1),
    }
}

fn new_ec_key(curve: Nid) -> Result<PKey<Private>, ErrorStack> {
    let mut group = EcGroup::from_curve_name(curve)?;
    group.set_asn1_flag(Asn1Flag::NAMED_CURVE);
    PKey::from_ec_key(EcKey::generate(&group)?)
}

fn certify(key: &PKey<Private>, request: &KeyRequest) -> Result<Generated, ErrorStack> {
    let certificate = self_signed(key, request)?;
    Ok(Generated {
        key_pem: key.private_key_to_pem_pkcs8()?,
        certificate_pem: certificate.to_pem()?,
        certificate_der: certificate.to_der()?,
    })
}

fn self_signed(key: &PKey<Private>, request: &KeyRequest) -> Result<X509, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, &request.name)?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::MAYBE_ZERO, false)?;

    let mut builder = X509::builder()?;
    builder.set_version(VERSION_3)?;
    builder.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    builder.set_not_after(Asn1Time::days_from_now(request.days)?.as_ref())?;
    builder.set_pubkey(key)?;
    add_extensions(&mut builder)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// SPEC: Documentation/security/keys and `restrict_link_by_digsig`: no CA, digitalSignature, and the
/// identifier that signatures name. The authority's is a copy of the subject's, so it comes after.
fn add_extensions(builder: &mut X509Builder) -> Result<(), ErrorStack> {
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    let subject = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(subject)?;
    let authority = AuthorityKeyIdentifier::new()
        .keyid(true)
        .build(&builder.x509v3_context(None, None))?;
    builder.append_extension(authority)
}
