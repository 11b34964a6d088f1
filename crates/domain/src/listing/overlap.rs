//! How much of a page has been read at the end of the one before.

use super::Place;
use super::page::Item;

/// The greatest number of items that end `before` and begin `page`.
///
/// This is the Knuth–Morris–Pratt prefix function, run over `page` and then over the end of `before`, so that it takes
/// time in proportion to the page however alike its items are.
pub(super) fn length(before: &[(Place, Item)], page: &[Item]) -> usize {
    // borders[i] is the length of the longest proper prefix of page[..=i] that also ends it.
    let mut borders = vec![0; page.len()];
    for at in 1..page.len() {
        borders[at] = extended(page, &borders, borders[at - 1], &page[at]);
    }
    let tail = &before[before.len() - before.len().min(page.len())..];
    tail.iter()
        .fold(0, |matched, (_, item)| extended(page, &borders, matched, item))
}

/// The longest beginning of the page that ends with `item`, where the `matched` first ones ended right before it.
fn extended(page: &[Item], borders: &[usize], mut matched: usize, item: &Item) -> usize {
    loop {
        if page.get(matched).is_some_and(|wanted| wanted.says_the_same_as(item)) {
            return matched + 1;
        }
        if matched == 0 {
            return 0;
        }
        matched = borders[matched - 1];
    }
}
