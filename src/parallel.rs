//! Much work side by side: as many threads as there are cores, results in the order of the items. It knows nothing of what is done.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Fewer tables with their rules are done before a second thread has started, whatever is done with them.
pub(crate) const MIN_TABLES: usize = 200;

/// The same of objects, whose texts are made sooner than those of a table's rules.
pub(crate) const MIN_OBJECTS: usize = 2_000;

/// Calls `work` with stretches of `items`, one for each core; with all of them where there are fewer than `least`, which a thread is not worth.
pub(crate) fn stretches<T: Sync, R: Send>(items: &[T], least: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if items.len() < least.max(2) || cores == 1 {
        return vec![work(items)];
    }
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            items.chunks(items.len().div_ceil(cores)).map(|stretch| scope.spawn(move || work(stretch))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Calls `work` with each of a few items, which take differently long: whoever is done takes the next one.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], is_worth: bool, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if !is_worth || cores == 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let taken = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, work(item)))
        });
        taken.collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(items.len())).map(|_| scope.spawn(take)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does both, side by side where it is worth a thread, and gives both results.
pub(crate) fn both<A, B: Send>(is_worth: bool, first: impl FnOnce() -> A, second: impl FnOnce() -> B + Send) -> (A, B) {
    if !is_worth {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let thread = scope.spawn(second);
        let first = first();
        (first, thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::{both, each, stretches};

    #[test]
    fn both_are_done() {
        for is_worth in [false, true] {
            assert_eq!(both(is_worth, || 1, || "two"), (1, "two"));
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        for is_worth in [false, true] {
            assert_eq!(each(&items, is_worth, |&item| item), items);
        }
        for least in [0, 10, 10_000] {
            let found: Vec<usize> = stretches(&items, least, |some| some.to_vec()).concat();
            assert_eq!(found, items);
        }
        assert_eq!(stretches(&[], 0, |some: &[u8]| some.len()), [0]);
    }
}
