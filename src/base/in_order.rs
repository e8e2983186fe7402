//! Serialises hash tables in the order of their keys, so that the same content is always the same
//! bytes: for `#[serde(serialize_with = "…")]`.

use serde::{Serialize, Serializer};

/// Serialises a map in the order of its keys.
pub(crate) fn map<'a, M, K, V, S>(map: &'a M, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a M: IntoIterator<Item = (&'a K, &'a V)>,
    K: Ord + Serialize + 'a,
    V: Serialize + 'a,
    S: Serializer,
{
    let mut entries: Vec<(&K, &V)> = map.into_iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    serializer.collect_map(entries)
}

/// Serialises a set in its order.
pub(crate) fn set<'a, C, T, S>(set: &'a C, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a C: IntoIterator<Item = &'a T>,
    T: Ord + Serialize + 'a,
    S: Serializer,
{
    let mut elements: Vec<&T> = set.into_iter().collect();
    elements.sort_unstable();
    serializer.collect_seq(elements)
}
