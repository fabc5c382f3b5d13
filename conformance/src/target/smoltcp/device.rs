//! A link of two frame queues, as smoltcp's `phy::Device`.

use std::collections::VecDeque;

use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// Frames that may wait to be taken before the device says that it is busy. smoltcp then keeps what
/// its sockets have to send; replies made while a frame is received are not held back.
const TRANSMIT_QUEUE: usize = 4096;

/// Both directions of the one link.
#[derive(Debug)]
pub(super) struct QueueDevice {
    /// Tester to target.
    pub(super) received: VecDeque<Vec<u8>>,
    /// Target to tester, with the time at which each left.
    pub(super) sent: VecDeque<(Instant, Vec<u8>)>,
    /// Frames ever sent, to tell progress from spinning.
    pub(super) sent_count: u64,
    ip_mtu: usize,
}

impl QueueDevice {
    /// An idle link with this MTU in bytes of IP packet.
    pub(super) fn new(ip_mtu: usize) -> Self {
        Self { received: VecDeque::new(), sent: VecDeque::new(), sent_count: 0, ip_mtu }
    }
}

/// A received frame.
pub(super) struct Received(Vec<u8>);

/// The right to send one frame.
pub(super) struct Transmit<'a> {
    now: Instant,
    sent: &'a mut VecDeque<(Instant, Vec<u8>)>,
    count: &'a mut u64,
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Transmit<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.sent.push_back((self.now, frame));
        *self.count += 1;
        result
    }
}

impl Device for QueueDevice {
    type RxToken<'a> = Received;
    type TxToken<'a> = Transmit<'a>;

    fn receive(&mut self, now: Instant) -> Option<(Received, Transmit<'_>)> {
        let frame = self.received.pop_front()?;
        Some((Received(frame), Transmit { now, sent: &mut self.sent, count: &mut self.sent_count }))
    }

    fn transmit(&mut self, now: Instant) -> Option<Transmit<'_>> {
        (self.sent.len() < TRANSMIT_QUEUE).then_some(Transmit {
            now,
            sent: &mut self.sent,
            count: &mut self.sent_count,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        // smoltcp counts the Ethernet header into the MTU.
        capabilities.max_transmission_unit = self.ip_mtu + 14;
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }
}
