//! Packets for others, when the host forwards (RFC 1812 5.2, RFC 4443 3).

use core::net::IpAddr;

use super::network::{Hop, Network};
use super::output::Queue;
use crate::event::DropReason;
use crate::ip::forward::{Decision, ForwardConfig, decide, decrement_hop_limit, rewrite_options};
use crate::ip::{Cast, Datagram};
use crate::time::Instant;
use crate::wire::ethernet::HEADER_LEN;

impl Network {
    /// Sends a packet that came by `interface` on its way.
    pub(super) fn forward(&mut self, now: Instant, interface: usize, link: Cast, packet: &[u8], datagram: &Datagram) {
        let config = ForwardConfig { faults: self.faults, ..ForwardConfig::default() };
        let interfaces = &self.interfaces;
        let mtu_of = |index: usize| interfaces.get(index).map_or(0, |it| it.mtu);
        match decide(&config, &self.routes, &self.local, interface, link, packet, datagram, mtu_of) {
            Decision::Send { interface: out, next_hop, mtu, redirect } => {
                if let Some(error) = redirect {
                    self.send_error(now, interface, link, packet, error);
                }
                self.pass_on(now, Hop { interface: out, next_hop, mtu, local: false }, packet, datagram);
            }
            Decision::Drop(reason) => self.dropped(now, interface, reason),
            Decision::Error { error, reason } => {
                self.dropped(now, interface, reason);
                self.send_error(now, interface, link, packet, error);
            }
        }
    }

    fn pass_on(&mut self, now: Instant, hop: Hop, packet: &[u8], datagram: &Datagram) {
        let mut scratch = core::mem::take(&mut self.scratch);
        let end = datagram.total_len.min(packet.len());
        if let (Some(frame), Some(packet)) = (scratch.get_mut(..HEADER_LEN + end), packet.get(..end)) {
            frame[HEADER_LEN..].copy_from_slice(packet);
            decrement_hop_limit(self.faults, &mut frame[HEADER_LEN..]);
            // RFC1812-5.3.13.5-1, RFC1812-5.3.13.6-1: the address of the interface that it leaves by.
            if let Some(IpAddr::V4(own)) = self.source_for(hop.interface, hop.next_hop) {
                rewrite_options(&mut frame[HEADER_LEN..], own, &self.local, now);
            }
            // Whatever stops it now was recorded where it happened.
            let _ = self.forward_frame(now, hop, Queue::Datagram, frame);
        } else {
            self.dropped(now, hop.interface, DropReason::Malformed);
        }
        self.scratch = scratch;
    }
}
