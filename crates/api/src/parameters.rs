//! The parameters of an address: `?office=odihr&theme=elections&limit=20`.
//!
//! Whoever answers at an address takes those that it knows, and then asks whether there were others: none is passed over in
//! silence, since a filter with a slip of the pen would answer with all that there is.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use newsroom_domain::{Locale, fault::Malformed, filter::ReleaseFilter};
use url::form_urlencoded;

use crate::error::{ApiError, ErrorCode, FieldFault};

/// The most parameters that an address may have.
const MOST: usize = 1_000;

/// The parameters of an address that have not been taken yet, with the faults of those that have.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    given: Vec<(String, String)>,
    known: Vec<Cow<'static, str>>,
    faults: Vec<FieldFault>,
}

impl Parameters {
    /// The parameters of a query string (`application/x-www-form-urlencoded`, WHATWG URL standard, section 5.1).
    ///
    /// # Errors
    /// `BAD_REQUEST` where there are too many.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let given: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .take(MOST + 1)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if given.len() > MOST {
            return Err(ApiError::bad_request(format!("Give at most {MOST} parameters.")));
        }
        Ok(Self {
            given,
            ..Self::default()
        })
    }

    /// All values of a parameter, in order; those that are blank are none.
    pub(crate) fn all(&mut self, name: impl Into<Cow<'static, str>>) -> Vec<String> {
        let name = name.into();
        let taken = self.given.extract_if(.., |(given, _)| *given == name);
        let values = taken
            .map(|(_, value)| value)
            .filter(|value| !value.trim().is_empty())
            .collect();
        self.known.push(name);
        values
    }

    /// The value of a parameter that may be given once.
    pub(crate) fn one(&mut self, name: impl Into<Cow<'static, str>>) -> Option<String> {
        let name = name.into();
        let mut values = self.all(name.clone()).into_iter();
        let value = values.next();
        if values.next().is_some() {
            self.fault(&name, "CONFLICTING", "give this parameter once");
        }
        value
    }

    /// The value of a parameter, as what it stands for. What it cannot be is a fault.
    pub(crate) fn read<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        let value = self.one(name)?;
        match value.parse::<T>() {
            Ok(read) => Some(read),
            Err(error) => {
                self.fault(name, "MALFORMED", error.to_string());
                None
            }
        }
    }

    /// The revision of the taxonomy that whoever asks has.
    pub(crate) fn known_taxonomy(&mut self) -> Option<i64> {
        let name = "knownTaxonomy";
        let known = self.one(name)?.parse().ok();
        if known.is_none() {
            let message = "give the revision that you have, a whole number as in `taxonomyRevision`; 0 for none";
            self.fault(name, "MALFORMED", message);
        }
        known
    }

    /// All values of a parameter, as what they stand for.
    pub(crate) fn read_all<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Vec<T> {
        let mut read = Vec::new();
        for (index, value) in self.all(name).into_iter().enumerate() {
            match value.parse::<T>() {
                Ok(value) => read.push(value),
                Err(error) => self.faults.push(FieldFault::new(
                    format!("{name}.{index}"),
                    "MALFORMED",
                    error.to_string(),
                )),
            }
        }
        read
    }

    /// Whether a parameter is set: `true` or `1`; not, where it is `false`, `0` or not given.
    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        match self.one(name).as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => {
                self.fault(name, "MALFORMED", "give true or false");
                false
            }
        }
    }

    /// How many are asked for; so many as is usual, where nothing is said.
    pub(crate) fn limit(&mut self, usual: u64, most: u64) -> u64 {
        let Some(given) = self.one("limit") else { return usual };
        match given.parse() {
            Ok(limit) if (1..=most).contains(&limit) => limit,
            _ => {
                self.fault("limit", "OUT_OF_RANGE", format!("give a number from 1 to {most}"));
                usual
            }
        }
    }

    /// A cursor to go on from.
    ///
    /// # Errors
    /// `INVALID_CURSOR` where it is none of its kind.
    pub(crate) fn cursor<T: FromStr<Err = Malformed>>(&mut self, name: &'static str) -> Result<Option<T>, ApiError> {
        let cursor = self.one(name).map(|text| text.parse::<T>());
        cursor.transpose().map_err(|fault| {
            let message = fault.at(name).to_string();
            ApiError::new(ErrorCode::InvalidCursor, message)
        })
    }

    /// The filter of those who follow changes: that of a list, but for the publishing dates.
    pub(crate) fn undated_filter(&mut self) -> ReleaseFilter {
        ReleaseFilter {
            locales: self.read_all::<Locale>("locale"),
            ..self.filed_under()
        }
    }

    fn filed_under(&mut self) -> ReleaseFilter {
        ReleaseFilter {
            offices: self.all("office"),
            themes: self.all("theme"),
            types: self.all("type"),
            without_office: self.flag("withoutOffice"),
            without_theme: self.flag("withoutTheme"),
            without_type: self.flag("withoutType"),
            ..ReleaseFilter::default()
        }
    }

    /// The filter of a list: `office`, `theme`, `type`, `withoutOffice`, `withoutTheme`, `withoutType`, `from` and `to`, and the
    /// locales that releases can be read in under `locales`.
    pub(crate) fn release_filter(&mut self, locales: &'static str) -> ReleaseFilter {
        ReleaseFilter {
            locales: self.read_all::<Locale>(locales),
            published_from: self.read("from"),
            published_to: self.read("to"),
            ..self.filed_under()
        }
    }

    /// Notes what is wrong with a parameter.
    pub(crate) fn fault(&mut self, name: &str, code: &str, message: impl Into<String>) {
        self.faults.push(FieldFault::new(name, code, message));
    }

    /// Says that all parameters which are known have been taken.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` with all faults at once; each parameter that nobody took is one.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        self.given.sort_unstable();
        self.given.dedup_by(|one, other| one.0 == other.0);
        let known = match self.known.as_slice() {
            [] => "none is taken".to_owned(),
            known => format!("there are: {}", known.join(", ")),
        };
        for (name, _) in &self.given {
            let name = newsroom_domain::text::excerpt(name);
            let message = format!("there is no such parameter here; {known}");
            self.faults.push(FieldFault::new(name, "UNKNOWN_PARAMETER", message));
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(ApiError::validation(self.faults))
    }
}

/// A filter as the parameters that it is read from, with its locales under that name.
pub(crate) fn parameters_of(filter: &ReleaseFilter, locales_name: &'static str) -> Vec<(&'static str, String)> {
    // Taken apart, so that a filter that is added has to be dealt with here.
    let ReleaseFilter {
        offices,
        themes,
        types,
        without_office,
        without_theme,
        without_type,
        locales,
        published_from,
        published_to,
    } = filter;
    let all = |name: &'static str, values: &[String]| -> Vec<_> {
        values.iter().map(|value| (name, value.clone())).collect()
    };
    let flag = |name: &'static str, is_set: bool| is_set.then(|| (name, "true".to_owned()));
    let mut parameters = [all("office", offices), all("theme", themes), all("type", types)].concat();
    parameters.extend(flag("withoutOffice", *without_office));
    parameters.extend(flag("withoutTheme", *without_theme));
    parameters.extend(flag("withoutType", *without_type));
    parameters.extend(published_from.map(|day| ("from", day.to_string())));
    parameters.extend(published_to.map(|day| ("to", day.to_string())));
    parameters.extend(locales.iter().map(|locale| (locales_name, locale.to_string())));
    parameters
}

/// Refuses a filter that cannot be, in the words of an address.
pub(crate) fn refuse_filter(faults: Vec<newsroom_domain::FieldFault>) -> ApiError {
    ApiError::validation(named_as_parameters(faults))
}

/// Gives the faults of a filter the names that the parameters have in an address.
pub(crate) fn named_as_parameters(faults: Vec<newsroom_domain::FieldFault>) -> Vec<FieldFault> {
    faults
        .into_iter()
        .map(|fault| {
            let (field, rest) = fault
                .path
                .split_once('.')
                .map_or((&*fault.path, None), |(field, rest)| (field, Some(rest.to_owned())));
            let name = match field {
                "offices" => "office",
                "themes" => "theme",
                "types" => "type",
                "locales" => "locale",
                "publishedFrom" => "from",
                "publishedTo" => "to",
                other => other,
            };
            let path = rest.map_or_else(|| name.to_owned(), |rest| format!("{name}.{rest}"));
            FieldFault::new(path, fault.code, fault.message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(error: &ApiError) -> Vec<(&str, &str)> {
        error.fields.iter().map(|fault| (&*fault.path, &*fault.code)).collect()
    }

    #[test]
    fn a_parameter_that_is_repeated_means_any_of_its_values() {
        let mut parameters = Parameters::parse(Some("office=odihr&theme=&office=osce+secretariat")).unwrap();
        let filter = parameters.release_filter("locale");
        assert_eq!(filter.offices, ["odihr", "osce secretariat"]);
        assert!(filter.themes.is_empty());
        parameters.finish().unwrap();
    }

    #[test]
    fn all_faults_are_named_at_once_and_unknown_parameters_among_them() {
        let mut parameters = Parameters::parse(Some("limit=0&from=yesterday&ofice=x&ofice=y&flag=maybe&to=")).unwrap();
        parameters.limit(20, 100);
        parameters.flag("flag");
        parameters.release_filter("locale");
        let error = parameters.finish().unwrap_err();
        assert_eq!(
            faults(&error),
            [
                ("limit", "OUT_OF_RANGE"),
                ("flag", "MALFORMED"),
                ("from", "MALFORMED"),
                ("ofice", "UNKNOWN_PARAMETER")
            ]
        );
    }
}
