//! The kinds of keys by which kernels verify IMA signatures.

use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKeyRef};

use super::KeyError;

/// A kind of key that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// RSA with a modulus of 2048 bits: every kernel takes it.
    Rsa2048,
    /// RSA with a modulus of 3072 bits: every kernel takes it.
    Rsa3072,
    /// RSA with a modulus of 4096 bits: every kernel takes it, and none a larger one.
    Rsa4096,
    /// ECDSA over NIST P-256; Debian 12's kernel has no ECDSA.
    P256,
    /// ECDSA over NIST P-384; Debian 12's kernel has no ECDSA.
    P384,
    /// ECDSA over NIST P-521: kernels since 6.10.
    P521,
}

impl KeyType {
    /// The kind of that key.
    ///
    /// SECURITY: SPEC: `rsa_check_key_length`, crypto/rsa.c of the kernel, takes 512, 1024, 1536,
    /// 2048, 3072 and 4096 bits; below 2048 is too weak to trust. There is no EdDSA at all.
    ///
    /// # Errors
    /// [`KeyError::Bits`] or [`KeyError::Kind`] for any other.
    pub fn of<T: HasPublic>(key: &PKeyRef<T>) -> Result<Self, KeyError> {
        match key.id() {
            Id::RSA => Self::of_bits(key.bits()),
            Id::EC => Self::of_curve(curve_of(key)),
            other => Err(KeyError::Kind(name_of(Nid::from_raw(other.as_raw())))),
        }
    }

    fn of_bits(bits: u32) -> Result<Self, KeyError> {
        match bits {
            2048 => Ok(Self::Rsa2048),
            3072 => Ok(Self::Rsa3072),
            4096 => Ok(Self::Rsa4096),
            _ => Err(KeyError::Bits(bits)),
        }
    }

    /// A curve without a name stands in the key with its parameters, which the kernel does not read.
    fn of_curve(curve: Option<Nid>) -> Result<Self, KeyError> {
        match curve {
            Some(Nid::X9_62_PRIME256V1) => Ok(Self::P256),
            Some(Nid::SECP384R1) => Ok(Self::P384),
            Some(Nid::SECP521R1) => Ok(Self::P521),
            Some(other) => Err(KeyError::Kind(format!("ECDSA over {}", name_of(other)))),
            None => Err(KeyError::Kind("ECDSA over an unnamed curve".to_owned())),
        }
    }

    /// Whether it is an RSA key, whose signatures need padding.
    pub(super) const fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }
}

fn curve_of<T: HasPublic>(key: &PKeyRef<T>) -> Option<Nid> {
    key.ec_key().ok()?.group().curve_name()
}

/// OpenSSL's name for it, such as ED25519.
fn name_of(kind: Nid) -> String {
    kind.short_name().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;

    fn ec(curve: Nid) -> PKey<Private> {
        let group = EcGroup::from_curve_name(curve).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    }

    #[test]
    fn curves_of_nist_only() {
        for (curve, kind) in [
            (Nid::X9_62_PRIME256V1, KeyType::P256),
            (Nid::SECP384R1, KeyType::P384),
            (Nid::SECP521R1, KeyType::P521),
        ] {
            assert_eq!(KeyType::of(&ec(curve)).unwrap(), kind);
        }
        for curve in [Nid::SECP256K1, Nid::SECP224R1] {
            let error = KeyType::of(&ec(curve)).unwrap_err();
            assert!(matches!(error, KeyError::Kind(_)), "{error}");
        }
    }

    #[test]
    fn moduli_of_the_kernel_that_are_strong_enough() {
        let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        assert_eq!(KeyType::of(&rsa(2048)).unwrap(), KeyType::Rsa2048);
        for bits in [1024, 2056] {
            let error = KeyType::of(&rsa(bits)).unwrap_err();
            assert!(matches!(error, KeyError::Bits(b) if b == bits), "{error}");
        }
    }

    #[test]
    fn others_are_named() {
        let error = KeyType::of(&PKey::generate_ed25519().unwrap()).unwrap_err();
        assert!(error.to_string().contains("ED25519"), "{error}");
    }
}
