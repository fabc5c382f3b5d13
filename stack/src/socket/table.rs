//! The socket table: slots that are used again, and handles that notice it.

/// Names one socket of one host. After `close` the handle is dead: the slot may be used again, the generation tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketHandle {
    slot: u32,
    generation: u32,
}

impl SocketHandle {
    /// The index of the slot, unique among the sockets that are open at one time.
    pub const fn slot(self) -> u32 {
        self.slot
    }
}

#[derive(Clone, Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// A bounded table of values. Slots are numbered densely and used again, the last freed one first.
#[derive(Clone, Debug)]
pub struct Table<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    limit: usize,
}

impl<T> Table<T> {
    /// An empty table for at most `limit` values.
    pub const fn new(limit: usize) -> Self {
        Self { slots: Vec::new(), free: Vec::new(), limit }
    }

    /// Puts a value in. Gives it back if the table is full.
    pub fn insert(&mut self, value: T) -> Result<SocketHandle, T> {
        if self.len() >= self.limit {
            return Err(value);
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(Slot { generation: 0, value: None });
                (self.slots.len() - 1) as u32
            }
        };
        let entry = &mut self.slots[slot as usize];
        entry.value = Some(value);
        Ok(SocketHandle { slot, generation: entry.generation })
    }

    /// Takes the value out of a slot; handles to it are dead from now on.
    pub fn remove(&mut self, slot: u32) -> Option<T> {
        let entry = self.slots.get_mut(slot as usize)?;
        let value = entry.value.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        self.free.push(slot);
        Some(value)
    }

    /// Values in the table.
    pub const fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether the table holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot that a handle names, if the handle is alive.
    pub fn resolve(&self, handle: SocketHandle) -> Option<u32> {
        let entry = self.slots.get(handle.slot as usize)?;
        (entry.generation == handle.generation && entry.value.is_some()).then_some(handle.slot)
    }

    /// The handle of the value in a slot.
    pub fn handle(&self, slot: u32) -> Option<SocketHandle> {
        let entry = self.slots.get(slot as usize).filter(|entry| entry.value.is_some())?;
        Some(SocketHandle { slot, generation: entry.generation })
    }

    /// The value in a slot.
    #[inline]
    pub fn get(&self, slot: u32) -> Option<&T> {
        self.slots.get(slot as usize)?.value.as_ref()
    }

    /// The value in a slot, to change.
    #[inline]
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.slots.get_mut(slot as usize)?.value.as_mut()
    }

    /// Every slot that holds a value. Costs the whole table: not for the path of a packet.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| Some((slot as u32, entry.value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_die_with_their_value() {
        let mut table = Table::new(2);
        let first = table.insert('a').expect("room");
        let second = table.insert('b').expect("room");
        assert_eq!(table.insert('c'), Err('c'));
        assert_eq!(table.remove(first.slot()), Some('a'));
        assert_eq!(table.resolve(first), None);
        let third = table.insert('c').expect("room");
        assert_eq!(third.slot(), first.slot());
        assert_ne!(third, first);
        assert_eq!(table.resolve(first), None);
        assert_eq!(table.resolve(third).and_then(|slot| table.get(slot)), Some(&'c'));
        assert_eq!(table.handle(second.slot()), Some(second));
        assert_eq!(table.iter().map(|(_, value)| *value).collect::<String>(), "cb");
    }
}
