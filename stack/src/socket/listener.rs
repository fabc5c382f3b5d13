//! A listening socket's two queues: connections whose handshake runs, and connections that wait for `accept`
//! (RFC 9293 3.9.1.1, RFC 4987 for why both are bounded).

use std::collections::VecDeque;

/// The queues of one listener, by socket slot.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Handshakes under way (SYN-RECEIVED).
    embryonic: Vec<u32>,
    /// Established connections that nobody accepted yet, oldest first.
    ready: VecDeque<u32>,
    backlog: usize,
    syn_queue: usize,
}

impl Listener {
    /// A listener that keeps `backlog` connections for `accept` and `syn_queue` handshakes. A backlog of 0 counts as 1, as
    /// POSIX allows and every system does.
    pub fn new(backlog: usize, syn_queue: usize) -> Self {
        Self { embryonic: Vec::new(), ready: VecDeque::new(), backlog: backlog.max(1), syn_queue: syn_queue.max(1) }
    }

    /// `listen` was called again.
    pub fn set_backlog(&mut self, backlog: usize) {
        self.backlog = backlog.max(1);
    }

    /// Whether one more handshake may begin.
    pub fn syn_queue_full(&self) -> bool {
        self.embryonic.len() >= self.syn_queue
    }

    /// Whether no more connection may be completed until `accept` takes one.
    pub fn accept_queue_full(&self) -> bool {
        self.ready.len() >= self.backlog
    }

    /// A handshake has begun.
    pub fn begin(&mut self, slot: u32) {
        self.embryonic.push(slot);
    }

    /// The handshake in `slot` is complete: it waits for `accept` now.
    pub fn complete(&mut self, slot: u32) {
        self.forget_embryonic(slot);
        self.ready.push_back(slot);
    }

    /// The connection in `slot` is gone before anybody accepted it.
    pub fn forget(&mut self, slot: u32) {
        if !self.forget_embryonic(slot)
            && let Some(place) = self.ready.iter().position(|&waiting| waiting == slot)
        {
            self.ready.remove(place);
        }
    }

    /// The oldest connection that waits for `accept`.
    pub fn accept(&mut self) -> Option<u32> {
        self.ready.pop_front()
    }

    /// Whether `accept` would give something.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Every slot of both queues, handshakes first; the queues are empty afterwards.
    pub fn drain(&mut self) -> impl Iterator<Item = u32> + '_ {
        self.embryonic.drain(..).chain(self.ready.drain(..))
    }

    fn forget_embryonic(&mut self, slot: u32) -> bool {
        let place = self.embryonic.iter().position(|&waiting| waiting == slot);
        if let Some(place) = place {
            self.embryonic.swap_remove(place);
        }
        place.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_bounded_and_ordered() {
        let mut listener = Listener::new(0, 2);
        listener.begin(7);
        assert!(!listener.syn_queue_full());
        listener.begin(8);
        assert!(listener.syn_queue_full() && !listener.accept_queue_full());
        listener.complete(8);
        assert!(!listener.syn_queue_full() && listener.accept_queue_full());
        listener.complete(7);
        listener.begin(9);
        listener.forget(9);
        assert_eq!(listener.accept(), Some(8));
        listener.forget(7);
        assert!(!listener.has_ready());
        listener.begin(1);
        assert_eq!(listener.drain().collect::<Vec<_>>(), [1]);
    }
}
