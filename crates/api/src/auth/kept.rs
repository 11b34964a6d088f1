//! What was read from the database and is good for a second.

use std::hash::Hash;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// How long it is good for.
pub(super) const KEPT: Duration = Duration::from_secs(1);
/// How many are kept at once.
const MOST: usize = 10_000;

/// Values by their keys, for a second each.
#[derive(Debug)]
pub(super) struct Kept<K, V>(Cache<K, (Instant, V)>);

impl<K: Hash + Eq + Clone, V: Clone> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Kept<K, V> {
    /// The value, where it is kept, or else what `read` reads. What fails is not kept.
    pub(super) async fn get<E>(&self, key: K, read: impl AsyncFnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some((at, value)) = self.0.get(&key)
            && at.elapsed() < KEPT
        {
            return Ok(value);
        }
        // From before it is read on: it is never older than it seems.
        let at = Instant::now();
        let value = read().await?;
        self.0.insert(key, (at, value.clone()));
        Ok(value)
    }

    pub(super) fn forget(&self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_value_is_read_again_after_a_second_and_when_it_was_forgotten() {
        let kept = Kept::<u8, u8>::default();
        let get = async |value: u8| kept.get(1, async || Ok::<_, ()>(value)).await.unwrap();
        assert_eq!((get(1).await, get(2).await), (1, 1));
        kept.forget();
        assert_eq!(get(3).await, 3);
        tokio::time::sleep(KEPT).await;
        assert_eq!(get(4).await, 4);
    }
}
