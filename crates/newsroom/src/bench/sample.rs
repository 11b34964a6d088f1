//! What the archive has to be asked about: releases from all over it, with what they can be found by.

use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::connection::Connection;

const DAYS: &str = "{ releases(first: 0) { totalCount histogram(interval: DAY) { date count } } }";
const NEWEST_OF_DAY: &str = "query($filter: ReleaseFilter) { releases(filter: $filter, first: 1) {
  edges { cursor node { slug title publishingDate offices { slug } themes { slug } } } } }";

/// The archive, and some releases of it.
#[derive(Debug)]
pub(super) struct Sample {
    /// How many releases readers have.
    pub(super) releases: u64,
    /// At least one.
    picked: Vec<Picked>,
}

/// A release of the archive.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) slug: String,
    /// Where it is in the list of all.
    pub(super) cursor: String,
    /// Its publishing date.
    pub(super) day: String,
    /// One of its offices.
    pub(super) office: Option<String>,
    /// One of its themes.
    pub(super) theme: Option<String>,
    /// Two words of its title, or the same one twice.
    pub(super) words: [String; 2],
}

impl Sample {
    /// Takes as many releases as are wanted, or fewer where the deadline comes first: more from days that have more. Those that
    /// have an office and a theme go before others.
    ///
    /// # Errors
    /// Where there is no release, or the server fails.
    pub(super) async fn take(connection: &mut Connection, seed: u64, wanted: usize, deadline: Instant) -> Result<Self> {
        let archive = connection.ask(&json!({"query": DAYS})).await?.data;
        let days = Days::read(&archive["releases"]["histogram"]);
        let mut random = Random(seed);
        let (mut picked, mut others) = (Vec::new(), Vec::new());
        for _ in 0..wanted.saturating_mul(2) {
            let Some(day) = days.any(&mut random) else { break };
            let request = json!({"query": NEWEST_OF_DAY, "variables": {"filter": {"publishedTo": day}}});
            let found = connection.ask(&request).await?.data;
            match Picked::read(&found["releases"]["edges"][0], &mut random) {
                Some(release) if release.office.is_some() && release.theme.is_some() => picked.push(release),
                Some(release) => others.push(release),
                // It was removed since the days were counted.
                None => {}
            }
            if picked.len() == wanted || Instant::now() >= deadline {
                break;
            }
        }
        picked.extend(others);
        if picked.is_empty() {
            bail!("there is no release in this newsroom to ask about: import some first");
        }
        Ok(Self {
            releases: archive["releases"]["totalCount"].as_u64().unwrap_or_default(),
            picked,
        })
    }

    /// The nth of them; from the first on again where there are fewer.
    pub(super) fn nth(&self, number: usize) -> &Picked {
        &self.picked[number % self.picked.len()]
    }
}

impl Picked {
    fn read(edge: &Value, random: &mut Random) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut any = |list: &Value| {
            let list = list.as_array().filter(|list| !list.is_empty())?;
            text(&list[random.below(list.len())]["slug"])
        };
        let node = &edge["node"];
        let title = text(&node["title"])?;
        let words = || title.split(|letter: char| !letter.is_alphanumeric());
        let longest = words().max_by_key(|word| word.chars().count())?.to_owned();
        let other = words().rfind(|word| word.chars().count() >= 5 && *word != longest);
        let other = other.unwrap_or(&longest).to_owned();
        Some(Self {
            slug: text(&node["slug"])?,
            cursor: text(&edge["cursor"])?,
            day: text(&node["publishingDate"])?,
            office: any(&node["offices"]),
            theme: any(&node["themes"]),
            words: [other, longest],
        })
    }
}

/// The days that have releases, each with how many there are up to it.
#[derive(Debug)]
struct Days(Vec<(String, usize)>);

impl Days {
    fn read(histogram: &Value) -> Self {
        let mut so_far = 0;
        let bars = histogram.as_array().into_iter().flatten();
        let days = bars.filter_map(|bar| {
            so_far += usize::try_from(bar["count"].as_u64()?).ok()?;
            Some((bar["date"].as_str()?.to_owned(), so_far))
        });
        Self(days.collect())
    }

    /// Any day, the likelier the more releases it has.
    fn any(&self, random: &mut Random) -> Option<&str> {
        let (_, all) = self.0.last().filter(|(_, all)| *all > 0)?;
        let drawn = random.below(*all);
        let at = self.0.partition_point(|(_, so_far)| *so_far <= drawn);
        self.0.get(at).map(|(day, _)| day.as_str())
    }
}

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the same numbers on every machine.
#[derive(Debug)]
struct Random(u64);

impl Random {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // Below a `usize`, so that it is one.
        usize::try_from(z % bound as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_drawn_by_how_many_releases_they_have() {
        let days = Days::read(&json!([
            {"date": "2024-11-20", "count": 1}, {"date": "2024-11-21", "count": 8}, {"date": "2024-11-22", "count": 1},
        ]));
        let mut random = Random(1);
        let drawn: Vec<&str> = (0..1_000).filter_map(|_| days.any(&mut random)).collect();
        let times = |wanted: &str| drawn.iter().filter(|day| **day == wanted).count();
        assert_eq!(drawn.len(), 1_000);
        assert!(times("2024-11-21") > 700, "{}", times("2024-11-21"));
        assert!(times("2024-11-20") > 50 && times("2024-11-22") > 50);
    }

    #[test]
    fn no_day_is_drawn_where_there_is_no_release() {
        assert_eq!(Days::read(&json!([])).any(&mut Random(1)), None);
    }
}
