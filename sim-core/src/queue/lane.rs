//! Lanes: queues in which a key goes behind smaller ones.

/// How many keys of a lane may be gone before those that wait move up.
const GONE_MAX: usize = 64;

/// Keys in order: one that comes before the last does not go in.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Those before `front` are gone.
    pub keys: Vec<u128>,
    front: usize,
    /// The last key that went in, be it gone by now.
    pub last: u128,
}

impl Lane {
    pub fn clear(&mut self) {
        self.keys.clear();
        self.front = 0;
        self.last = 0;
    }

    pub fn clone_from(&mut self, from: &Self) {
        self.keys.clear();
        self.keys.extend_from_slice(&from.keys[from.front..]);
        self.front = 0;
        self.last = from.last;
    }

    /// Adds a key that is not before the last one; whether it is the only one.
    #[inline]
    pub fn push(&mut self, key: u128) -> bool {
        let is_only = self.keys.is_empty();
        self.last = key;
        self.keys.push(key);
        is_only
    }

    pub fn first(&self) -> Option<u128> {
        self.keys.get(self.front).copied()
    }

    pub fn drop_first(&mut self) {
        self.front += 1;
        if self.front == self.keys.len() {
            self.keys.clear();
            self.front = 0;
        } else if self.front >= GONE_MAX && self.front * 2 >= self.keys.len() {
            self.keys.drain(..self.front);
            self.front = 0;
        }
    }
}
