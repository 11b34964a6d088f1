//! What the index keeps of a text.

use newsroom_domain::ReleaseId;
use newsroom_domain::findable::FindableText;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{TantivyDocument, Term};

use super::analysis::{Language, TextTokenizer, units};

/// Raised whenever the same texts would be kept in another way: by other fields, other terms or other stems.
pub const SCHEMA_VERSION: u32 = 1;

const TOKENIZER: &str = "newsroom";
/// The half of a release's identity that rises with time.
pub(super) const HIGH: &str = "high";
/// The other half.
pub(super) const LOW: &str = "low";
/// The locale of the text.
pub(super) const LOCALE: &str = "locale";
/// How many words the title has that say something.
pub(super) const TITLE_WORDS: &str = "title_words";

/// The parts of a text, the weightiest first.
pub(super) const TEXTS: [&str; 3] = ["title", "lead", "body"];

/// The fields of a document, of which there is one for each live text.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    release: Field,
    high: Field,
    low: Field,
    locale: Field,
    title_words: Field,
    /// Title, lead and body.
    pub(super) texts: [Field; 3],
}

impl Fields {
    /// The fields, and the schema that has them.
    pub(super) fn new() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let text = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(TOKENIZER)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions)
                .set_fieldnorms(false),
        );
        let fields = Self {
            release: schema.add_bytes_field("release", INDEXED),
            high: schema.add_u64_field(HIGH, FAST),
            low: schema.add_u64_field(LOW, FAST),
            locale: schema.add_text_field(LOCALE, TextOptions::default().set_fast("raw")),
            title_words: schema.add_u64_field(TITLE_WORDS, FAST),
            texts: TEXTS.map(|name| schema.add_text_field(name, text.clone())),
        };
        (fields, schema.build())
    }

    /// What all documents of a release have.
    pub(super) fn of_release(&self, release: ReleaseId) -> Term {
        Term::from_field_bytes(self.release, release.uuid().as_bytes())
    }

    /// The document of a text.
    pub(super) fn document(&self, text: &FindableText) -> TantivyDocument {
        let language = Language::of(&text.locale);
        let (high, low) = text.release.uuid().as_u64_pair();
        let title_words = units(&text.title, language)
            .iter()
            .filter(|unit| !unit.is_stop_word(language))
            .count();
        let mut document = TantivyDocument::new();
        document.add_bytes(self.release, text.release.uuid().as_bytes());
        document.add_u64(self.high, high);
        document.add_u64(self.low, low);
        document.add_text(self.locale, text.locale.as_str());
        document.add_u64(self.title_words, title_words as u64);
        for (field, part) in self.texts.iter().zip([&text.title, &text.lead, &text.body]) {
            document.add_text(*field, format!("{}{part}", language.sign()));
        }
        document
    }
}

/// The one way in which texts are analysed here, and what a locale is kept by.
pub(super) fn tokenizers() -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register(TOKENIZER, TextAnalyzer::from(TextTokenizer::default()));
    tokenizers
}
