//! Small numbers for the values that are counted, so that counting compares numbers and each value is kept once.
//!
//! A number says nothing about who has the value: tenants share the numbers, not the counts. Numbers are given until the
//! index is closed and are never taken back; there are as many as different skills, tags, cities, companies and codes.

use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

/// Gives values numbers.
#[derive(Debug, Default)]
pub struct Names {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    numbers: FxHashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// The number of a value.
    pub fn number(&self, name: &str) -> u32 {
        if let Some(number) = read(&self.known).numbers.get(name) {
            return *number;
        }
        let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(number) = known.numbers.get(name) {
            return *number;
        }
        // Four thousand million different values do not fit into memory.
        let number = u32::try_from(known.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        known.names.push(Arc::clone(&name));
        known.numbers.insert(name, number);
        number
    }

    /// The number of a value, when somebody has it.
    pub fn find(&self, name: &str) -> Option<u32> {
        read(&self.known).numbers.get(name).copied()
    }

    /// The value of a number.
    pub fn name(&self, number: u32) -> Arc<str> {
        let known = read(&self.known);
        known.names.get(number as usize).map_or_else(|| Arc::from(""), Arc::clone)
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    // Nothing that holds the lock can leave it half changed.
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}
