//! A map that only grows, so that what it gives stays where it is: rows are fetched while others that were fetched before are looked at.

use std::cell::OnceCell;
use std::hash::{BuildHasher, Hash, RandomState};

/// How many chains there are. The rows of one question are some thousands at most.
const CHAINS: usize = 4096;

pub(super) struct Kept<K, V> {
    chains: Vec<OnceCell<Box<Link<K, V>>>>,
    hasher: RandomState,
}

struct Link<K, V> {
    key: K,
    value: V,
    next: OnceCell<Box<Link<K, V>>>,
}

impl<K, V> Link<K, V> {
    fn at(place: &OnceCell<Box<Link<K, V>>>) -> Option<&Link<K, V>> {
        place.get().map(|link| &**link)
    }
}

impl<K: Hash + Eq, V> Kept<K, V> {
    pub(super) fn new() -> Kept<K, V> {
        Kept { chains: (0..CHAINS).map(|_| OnceCell::new()).collect(), hasher: RandomState::new() }
    }

    /// The value of a key, which is made where there is none.
    pub(super) fn get_or_keep(&self, key: K, make: impl FnOnce(&K) -> V) -> &V {
        let mut place = self.chain(&key);
        while let Some(link) = place.get() {
            if link.key == key {
                return &link.value;
            }
            place = &link.next;
        }
        let value = make(&key);
        // Making it may have kept others in this chain.
        while let Some(link) = place.get() {
            place = &link.next;
        }
        &place.get_or_init(|| Box::new(Link { key, value, next: OnceCell::new() })).value
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let mut place = self.chain(key);
        while let Some(link) = place.get() {
            if link.key == *key {
                return Some(&link.value);
            }
            place = &link.next;
        }
        None
    }

    /// All values, in no order.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        let links = |first| std::iter::successors(Link::at(first), |link| Link::at(&link.next));
        self.chains.iter().flat_map(links).map(|link| &link.value)
    }

    fn chain(&self, key: &K) -> &OnceCell<Box<Link<K, V>>> {
        let place = usize::try_from(self.hasher.hash_one(key)).unwrap_or_default() % CHAINS;
        &self.chains[place]
    }
}

#[cfg(test)]
mod tests {
    use super::{CHAINS, Kept};

    #[test]
    fn what_is_kept_stays_where_it_is() {
        let kept = Kept::new();
        let first = kept.get_or_keep(0, |_| "first".to_owned());
        for key in 1..CHAINS * 2 {
            kept.get_or_keep(key, |key| key.to_string());
        }
        let again = kept.get_or_keep(0, |_| "another".to_owned());
        assert!(std::ptr::eq(first, again) && kept.get(&(CHAINS + 1)) == Some(&(CHAINS + 1).to_string()));
        assert_eq!((kept.get(&usize::MAX), kept.values().count()), (None, CHAINS * 2));
    }
}
