//! A digest of a value by which anybody can check a copy of it, however it was written down on the way.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// `sha-256:` and the SHA-256 of a JSON value's canonical form in hexadecimal. The form is that of RFC 8785 (JCS): no white space,
/// and the keys of objects in their order. All numbers of ours are whole, and all keys are of the ASCII letters, so that neither
/// the RFC's form of fractions nor its order of UTF-16 matters.
#[must_use]
pub fn canonical_digest(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(&mut text, value);
    format!("sha-256:{}", crate::audit::hex(&Sha256::digest(text)))
}

fn write_canonical(to: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            to.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                write_canonical(to, item);
            }
            to.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            to.push('{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                write_canonical(to, &Value::String(key.clone()));
                to.push(':');
                write_canonical(to, item);
            }
            to.push('}');
        }
        // Escapes are those of RFC 8785, section 3.2.2.2, already.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _infallible = write!(to, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_that_of_the_rfc() {
        let value: Value = serde_json::from_str(
            r#"{ "title": "Zażółć “gęślą”\n\u001f</script>", "a": [true, null, {"z": 1, "y": "\/"}], "Ab": 12 }"#,
        )
        .unwrap();
        let mut text = String::new();
        write_canonical(&mut text, &value);
        assert_eq!(
            text,
            "{\"Ab\":12,\"a\":[true,null,{\"y\":\"/\",\"z\":1}],\"title\":\"Zażółć “gęślą”\\n\\u001f</script>\"}"
        );
        assert_eq!(
            canonical_digest(&serde_json::json!({})),
            "sha-256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
    }
}
