//! The words behind a rule's action: each is a condition or an option, and its value is checked.

use super::{Comparison, Condition, Hook, Id, Mask, Mistake};
use crate::format::decimal::decimal;

/// A word that the kernel would take.
#[derive(Debug)]
pub(super) enum Word {
    /// `func=`
    Hook(Hook),
    /// A condition that the access must fulfil.
    Condition(Condition),
    /// `appraise_type=`
    AppraiseType(AppraiseType),
    /// `digest_type=verity`
    Verity,
    /// A word that only kernels take that were built for appended signatures.
    OfAppended,
    /// A word that does not change which accesses are refused.
    Option,
}

/// Values of `appraise_type=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppraiseType {
    /// `imasig`
    Signature,
    /// `sigv3`
    VeritySignature,
}

/// Words whose number is compared. `uid` and `euid` share a field of the kernel's rule, and so do the groups.
const IDS: [(&str, Id); 6] = [
    ("euid", Id::User),
    ("uid", Id::User),
    ("egid", Id::Group),
    ("gid", Id::Group),
    ("fowner", Id::Owner),
    ("fgroup", Id::OwnerGroup),
];
const LSM: [&str; 6] = [
    "subj_user",
    "subj_role",
    "subj_type",
    "obj_user",
    "obj_role",
    "obj_type",
];
/// The last of a TPM's 24 platform configuration registers, to which measurements go.
const PCR_MAX: u32 = 23;

/// The name of a word that the kernel knows, and the word itself unless it cannot have that value.
///
/// A rule may have each name once: `uid` and `euid` share theirs.
type Known = (&'static str, Option<Word>);

/// Reads a word.
pub(super) fn parse(word: &str) -> Result<(&'static str, Word), Mistake> {
    let known = if word == "permit_directio" {
        Some(("permit_directio", Some(Word::Option)))
    } else {
        parse_id(word).or_else(|| parse_value(word.split_once('=')?))
    };
    let (name, parsed) = known.ok_or_else(|| Mistake::Word(word.into()))?;
    let parsed = parsed.ok_or_else(|| Mistake::Value(word.into()))?;
    Ok((name, parsed))
}

/// Reads `name=value`; none if no word has that name.
fn parse_value((name, value): (&str, &str)) -> Option<Known> {
    if let Some(name) = LSM.into_iter().find(|known| *known == name) {
        let word = Word::Condition(Condition::Lsm(value.to_owned()));
        return Some((name, Some(word).filter(|_| !value.is_empty())));
    }
    Some(match name {
        "func" => ("func", Hook::from_name(value).map(Word::Hook)),
        "mask" => ("mask", mask(value)),
        "fsmagic" => ("fsmagic", magic(value)),
        "fsname" => ("fsname", filesystem(value, !value.is_empty())),
        "fsuuid" => ("fsuuid", filesystem(value, is_uuid(value))),
        "appraise_type" => ("appraise_type", appraise_type(value)),
        "appraise_flag" => ("appraise_flag", of_appended(value == "check_blacklist")),
        "appraise_algos" => ("appraise_algos", option(are_algorithms(value))),
        "digest_type" => ("digest_type", (value == "verity").then_some(Word::Verity)),
        "pcr" => (
            "pcr",
            option(value.parse().is_ok_and(|pcr: u32| pcr <= PCR_MAX)),
        ),
        "template" => (
            "template",
            option(value.starts_with("ima-") || value.starts_with("evm-")),
        ),
        "keyrings" => ("keyrings", option(!value.is_empty())),
        "label" => ("label", option(!value.is_empty())),
        _ => return None,
    })
}

/// Reads a word of [`IDS`]; none if it is not one of these.
fn parse_id(word: &str) -> Option<Known> {
    let (known, id) = IDS.into_iter().find(|(known, _)| {
        let rest = word.strip_prefix(known);
        rest.is_some_and(|rest| rest.starts_with(['=', '>', '<']))
    })?;
    let (operator, value) = word[known.len()..].split_at(1);
    let comparison = match operator {
        "=" => Comparison::Equal,
        ">" => Comparison::Greater,
        _ => Comparison::Less,
    };
    let name = match id {
        Id::User => "uid or euid",
        Id::Group => "gid or egid",
        Id::Owner | Id::OwnerGroup => known,
    };
    // SPEC: `INVALID_UID`: u32::MAX stands for no user.
    let value = decimal(value.as_bytes()).filter(|value| *value != u32::MAX);
    let condition = value.map(|value| Condition::Id(id, comparison, value));
    Some((name, condition.map(Word::Condition)))
}

fn option(fits: bool) -> Option<Word> {
    fits.then_some(Word::Option)
}

fn of_appended(fits: bool) -> Option<Word> {
    fits.then_some(Word::OfAppended)
}

fn filesystem(value: &str, fits: bool) -> Option<Word> {
    fits.then(|| Word::Condition(Condition::Filesystem(value.to_owned())))
}

/// SPEC: `^` matches if the bit is among those of the access, and without it if it is the only one. An [`Access`] has
/// one bit, so the two are the same.
///
/// [`Access`]: super::Access
fn mask(value: &str) -> Option<Word> {
    let mask = match value.strip_prefix('^').unwrap_or(value) {
        "MAY_EXEC" => Mask::Exec,
        "MAY_READ" => Mask::Read,
        "MAY_WRITE" => Mask::Write,
        "MAY_APPEND" => Mask::Append,
        _ => return None,
    };
    Some(Word::Condition(Condition::Mask(mask)))
}

/// SPEC: kstrtoul() with base 16: with or without 0x. 0 would be no condition.
fn magic(value: &str) -> Option<Word> {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let magic = u64::from_str_radix(digits, 16).ok();
    let magic = magic.filter(|magic| hexadecimal && *magic != 0)?;
    Some(Word::Condition(Condition::FsMagic(magic)))
}

fn appraise_type(value: &str) -> Option<Word> {
    match value {
        "imasig" => Some(Word::AppraiseType(AppraiseType::Signature)),
        "sigv3" => Some(Word::AppraiseType(AppraiseType::VeritySignature)),
        _ => of_appended(value == "imasig|modsig"),
    }
}

/// Whether every kernel that we support has these algorithms.
fn are_algorithms(value: &str) -> bool {
    let known = ["sha1", "sha224", "sha256", "sha384", "sha512"];
    value.split(',').all(|name| known.contains(&name))
}

/// Whether it is 8-4-4-4-12 hexadecimal digits.
fn is_uuid(value: &str) -> bool {
    let lengths = value.split('-').map(str::len);
    let digits = value
        .bytes()
        .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    digits && lengths.eq([8, 4, 4, 4, 12])
}
