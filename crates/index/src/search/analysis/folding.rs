//! Folding: what writers write in different ways is made one.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Language;

/// The word in small letters, in its plain signs; Serbian in Latin letters, whichever it was written in.
pub(super) fn lower(word: &str, language: Language) -> String {
    let small: String = word.nfkc().flat_map(char::to_lowercase).nfc().collect();
    if language != Language::Serbian {
        return small;
    }
    let mut latin = String::with_capacity(small.len());
    for character in small.chars() {
        match serbian_latin(character) {
            Some(letters) => latin.push_str(letters),
            None => latin.push(character),
        }
    }
    latin
}

/// The word in small letters without marks: Shkodër is `shkoder`, Straße `strasse`, ещё `еще`. The Russian й stays, for it
/// is no и with a mark.
pub(crate) fn fold(word: &str, language: Language) -> String {
    let mut folded = String::with_capacity(word.len());
    for character in lower(word, language).chars() {
        if let Some(letters) = plain_letters(character) {
            folded.push_str(letters);
            continue;
        }
        let bare = std::iter::once(character).nfkd().filter(|c| !is_combining_mark(*c));
        for letter in bare.flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()) {
            match plain_letters(letter) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(letter),
            }
        }
    }
    if language == Language::Serbian && folded.contains(|letter| serbian_latin(letter).is_some()) {
        // A letter that is Serbian without its mark.
        return fold(&folded, language);
    }
    folded
}

/// The plain letters that stand for one that Unicode does not take apart, or takes apart too far.
fn plain_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'й' => "й",
        'ß' => "ss",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ø' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        _ => return None,
    })
}

/// The Latin letters of a Serbian Cyrillic one.
fn serbian_latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'ђ' => "đ",
        'е' => "e",
        'ж' => "ž",
        'з' => "z",
        'и' => "i",
        'ј' => "j",
        'к' => "k",
        'л' => "l",
        'љ' => "lj",
        'м' => "m",
        'н' => "n",
        'њ' => "nj",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'ћ' => "ć",
        'у' => "u",
        'ф' => "f",
        'х' => "h",
        'ц' => "c",
        'ч' => "č",
        'џ' => "dž",
        'ш' => "š",
        _ => return None,
    })
}
