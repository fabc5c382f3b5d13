//! How packet specs are written: small methods that chain.
//!
//! ```
//! use wireproof_conformance::timeline::packet;
//!
//! // Sends an echo request with TTL 1; as an expectation it would match any such request.
//! let spec = packet::ipv4().ttl(1).echo_request(7, 1).payload(b"hello");
//! assert_eq!(spec.layers.len(), 3);
//! ```
//!
//! Layers go from the outside in. A setter speaks of the last layer that has the field; `set` takes any field
//! of the table in [`super::layer`].

use std::net::{Ipv4Addr, Ipv6Addr};

use super::field::{Field, mask};
use super::layer::{FieldId, LayerKind, flag_bits};
use super::packet::{
    Body, Checksum, LayerSpec, NdOption, PacketSpec, Patch, PayloadSpec, Slice, TcpOption, TcpOptionsSpec,
};

/// A spec without layers: any frame.
pub fn any_frame() -> PacketSpec {
    PacketSpec::default()
}

/// An Ethernet frame.
pub fn ethernet() -> PacketSpec {
    PacketSpec::default().push(LayerKind::Ethernet)
}

/// An ARP packet. Sending: by default a request of the tester for the target's address, broadcast.
pub fn arp() -> PacketSpec {
    PacketSpec::default().push(LayerKind::Arp)
}

/// An IPv4 packet, by default from the tester to the target.
pub fn ipv4() -> PacketSpec {
    PacketSpec::default().push(LayerKind::Ipv4)
}

/// An IPv6 packet, by default from the tester to the target.
pub fn ipv6() -> PacketSpec {
    PacketSpec::default().push(LayerKind::Ipv6)
}

impl PacketSpec {
    /// Adds a layer at the end.
    #[must_use]
    pub fn push(mut self, kind: LayerKind) -> Self {
        self.layers.push(LayerSpec::new(kind));
        self
    }

    /// The last layer of this kind, added if it is missing: Ethernet in front, LLC behind it, others at the end.
    fn layer_mut(&mut self, kind: LayerKind) -> &mut LayerSpec {
        let at = match self.layers.iter().rposition(|layer| layer.kind == kind) {
            Some(at) => at,
            None => {
                let at = match kind {
                    LayerKind::Ethernet => 0,
                    LayerKind::Llc => usize::from(self.layers.first().is_some_and(|l| l.kind == LayerKind::Ethernet)),
                    kind if kind.is_extension() => {
                        self.layers.iter().rposition(|l| l.kind.is_ip() || l.kind.is_extension()).map_or(0, |at| at + 1)
                    }
                    _ => self.layers.len(),
                };
                self.layers.insert(at, LayerSpec::new(kind));
                at
            }
        };
        &mut self.layers[at]
    }

    /// Says something about a field; its layer is added if it is missing.
    #[must_use]
    pub fn set(mut self, field: FieldId, what: impl Into<Field>) -> Self {
        self.layer_mut(field.layer()).fields.push((field, what.into()));
        self
    }

    /// Like [`PacketSpec::set`] for a field that IPv4 and IPv6 both have.
    fn set_ip(self, v4: FieldId, v6: FieldId, what: impl Into<Field>) -> Self {
        match self.ip_kind() {
            Some(LayerKind::Ipv4) => self.set(v4, what),
            Some(_) => self.set(v6, what),
            None => panic!("the spec has no IP layer to set {v4} in"),
        }
    }

    /// Sets the body of the last layer of this kind.
    #[must_use]
    pub fn body(mut self, kind: LayerKind, body: Body) -> Self {
        self.layer_mut(kind).body = Some(body);
        self
    }

    // Ethernet.

    /// Destination station.
    #[must_use]
    pub fn eth_dst(self, mac: impl Into<Field>) -> Self {
        self.set(FieldId::EthDst, mac)
    }

    /// Source station.
    #[must_use]
    pub fn eth_src(self, mac: impl Into<Field>) -> Self {
        self.set(FieldId::EthSrc, mac)
    }

    /// Puts the packet into an 802.3 frame with LLC and SNAP (RFC 1042).
    #[must_use]
    pub fn snap(mut self) -> Self {
        self.layer_mut(LayerKind::Ethernet);
        self.layer_mut(LayerKind::Llc);
        self
    }

    // ARP.

    /// Operation: 1 request, 2 reply.
    #[must_use]
    pub fn arp_op(self, op: impl Into<Field>) -> Self {
        self.set(FieldId::ArpOperation, op)
    }

    /// Sender's hardware and protocol address.
    #[must_use]
    pub fn arp_sender(self, mac: impl Into<Field>, ip: impl Into<Field>) -> Self {
        self.set(FieldId::ArpSenderMac, mac).set(FieldId::ArpSenderIp, ip)
    }

    /// Target's hardware and protocol address.
    #[must_use]
    pub fn arp_target(self, mac: impl Into<Field>, ip: impl Into<Field>) -> Self {
        self.set(FieldId::ArpTargetMac, mac).set(FieldId::ArpTargetIp, ip)
    }

    // IP, both families.

    /// Source address.
    #[must_use]
    pub fn src(self, address: impl Into<Field>) -> Self {
        self.set_ip(FieldId::Ipv4Src, FieldId::Ipv6Src, address)
    }

    /// Destination address.
    #[must_use]
    pub fn dst(self, address: impl Into<Field>) -> Self {
        self.set_ip(FieldId::Ipv4Dst, FieldId::Ipv6Dst, address)
    }

    /// TTL or hop limit.
    #[must_use]
    pub fn ttl(self, ttl: impl Into<Field>) -> Self {
        self.set_ip(FieldId::Ipv4Ttl, FieldId::Ipv6HopLimit, ttl)
    }

    /// TOS or traffic class, all eight bits.
    #[must_use]
    pub fn tos(self, tos: impl Into<Field>) -> Self {
        self.set_ip(FieldId::Ipv4Tos, FieldId::Ipv6TrafficClass, tos)
    }

    /// ECN field: 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE.
    #[must_use]
    pub fn ecn(self, ecn: impl Into<Field>) -> Self {
        self.set_ip(FieldId::Ipv4Ecn, FieldId::Ipv6Ecn, ecn)
    }

    /// Protocol or next header of the IP header.
    #[must_use]
    pub fn protocol(self, protocol: impl Into<Field>) -> Self {
        self.set_ip(FieldId::Ipv4Protocol, FieldId::Ipv6NextHeader, protocol)
    }

    /// The options area of the IPv4 header, padded with zero bytes to a multiple of four when sent.
    #[must_use]
    pub fn ip_options(self, bytes: impl AsRef<[u8]>) -> Self {
        self.body(LayerKind::Ipv4, Body::Raw(bytes.into()))
    }

    /// A hop-by-hop header with these options (bytes as on the wire), padded with PadN when sent.
    #[must_use]
    pub fn hop_by_hop(self, options: impl AsRef<[u8]>) -> Self {
        self.body(LayerKind::HopByHop, Body::Raw(options.into()))
    }

    /// A destination options header with these options (bytes as on the wire), padded with PadN when sent.
    #[must_use]
    pub fn dest_options(self, options: impl AsRef<[u8]>) -> Self {
        self.body(LayerKind::DestOptions, Body::Raw(options.into()))
    }

    /// A routing header: type, segments left, and what follows from byte 4 on.
    #[must_use]
    pub fn routing(self, kind: u8, segments_left: u8, rest: impl AsRef<[u8]>) -> Self {
        self.body(LayerKind::Routing, Body::Raw(rest.into()))
            .set(FieldId::RoutingType, kind)
            .set(FieldId::RoutingSegmentsLeft, segments_left)
    }

    /// An IPv6 fragment header as it is; to send slices of a packet use [`PacketSpec::fragment`].
    #[must_use]
    pub fn fragment_header(mut self) -> Self {
        self.layer_mut(LayerKind::Fragment);
        self
    }

    /// Sends only bytes `offset..offset + len` of what IP carries, as a fragment (offset should be a multiple of 8).
    /// All fragments of one datagram are the same spec with different slices and the same `id`.
    #[must_use]
    pub fn fragment(mut self, id: u32, offset: usize, len: usize, more: bool) -> Self {
        self.slice = Some(Slice { offset, len, more, id });
        self
    }

    /// The first `len` bytes as a fragment, with more to come.
    #[must_use]
    pub fn first_fragment(self, id: u32, len: usize) -> Self {
        self.fragment(id, 0, len, true)
    }

    /// Everything from `offset` on as the last fragment.
    #[must_use]
    pub fn last_fragment(self, id: u32, offset: usize) -> Self {
        self.fragment(id, offset, usize::from(u16::MAX), false)
    }

    // ICMP.

    /// ICMP for IPv4 with this type and code.
    #[must_use]
    pub fn icmpv4(self, kind: impl Into<Field>, code: impl Into<Field>) -> Self {
        self.push(LayerKind::Icmpv4).set(FieldId::Icmpv4Type, kind).set(FieldId::Icmpv4Code, code)
    }

    /// ICMPv6 with this type and code.
    #[must_use]
    pub fn icmpv6(self, kind: impl Into<Field>, code: impl Into<Field>) -> Self {
        self.push(LayerKind::Icmpv6).set(FieldId::Icmpv6Type, kind).set(FieldId::Icmpv6Code, code)
    }

    /// ICMP of the spec's family: type and code for IPv4, then for IPv6.
    fn icmp(self, v4: (u8, u8), v6: (u8, u8)) -> Self {
        match self.ip_kind() {
            Some(LayerKind::Ipv4) => self.icmpv4(v4.0, v4.1),
            Some(_) => self.icmpv6(v6.0, v6.1),
            None => panic!("the spec has no IP layer for an ICMP message"),
        }
    }

    /// Sets an ICMP field in the spec's family.
    fn set_icmp(self, v4: FieldId, v6: FieldId, what: impl Into<Field>) -> Self {
        if self.ip_kind() == Some(LayerKind::Ipv4) { self.set(v4, what) } else { self.set(v6, what) }
    }

    /// An echo request.
    #[must_use]
    pub fn echo_request(self, ident: impl Into<Field>, seq: impl Into<Field>) -> Self {
        self.icmp((8, 0), (128, 0)).set_icmp(FieldId::Icmpv4Ident, FieldId::Icmpv6Ident, ident).set_icmp(
            FieldId::Icmpv4Seq,
            FieldId::Icmpv6Seq,
            seq,
        )
    }

    /// An echo reply.
    #[must_use]
    pub fn echo_reply(self, ident: impl Into<Field>, seq: impl Into<Field>) -> Self {
        self.icmp((0, 0), (129, 0)).set_icmp(FieldId::Icmpv4Ident, FieldId::Icmpv6Ident, ident).set_icmp(
            FieldId::Icmpv4Seq,
            FieldId::Icmpv6Seq,
            seq,
        )
    }

    /// Destination unreachable with this code for IPv4 and for IPv6 (RFC 792, RFC 4443 3.1).
    #[must_use]
    pub fn unreachable(self, v4_code: u8, v6_code: u8) -> Self {
        self.icmp((3, v4_code), (1, v6_code))
    }

    /// Port unreachable.
    #[must_use]
    pub fn port_unreachable(self) -> Self {
        self.unreachable(3, 4)
    }

    /// Protocol unreachable; for IPv6 parameter problem, unrecognised next header (RFC 4443 3.4).
    #[must_use]
    pub fn protocol_unreachable(self) -> Self {
        self.icmp((3, 2), (4, 1))
    }

    /// Fragmentation needed (RFC 1191 4) or packet too big (RFC 4443 3.2), with the MTU.
    #[must_use]
    pub fn packet_too_big(self, mtu: impl Into<Field>) -> Self {
        self.icmp((3, 4), (2, 0)).set_icmp(FieldId::Icmpv4Mtu, FieldId::Icmpv6Mtu, mtu)
    }

    /// Time exceeded in transit.
    #[must_use]
    pub fn ttl_exceeded(self) -> Self {
        self.icmp((11, 0), (3, 0))
    }

    /// Time exceeded in reassembly.
    #[must_use]
    pub fn reassembly_time_exceeded(self) -> Self {
        self.icmp((11, 1), (3, 1))
    }

    /// Parameter problem with code and pointer.
    #[must_use]
    pub fn parameter_problem(self, code: u8, pointer: impl Into<Field>) -> Self {
        self.icmp((12, code), (4, code)).set_icmp(FieldId::Icmpv4Pointer, FieldId::Icmpv6Pointer, pointer)
    }

    /// What follows is the IP header of the labelled frame and `len` octets behind it (matching: at least).
    #[must_use]
    pub fn quote(self, label: &str, len: usize) -> Self {
        self.payload_spec(PayloadSpec::Quote { label: label.to_owned(), len })
    }

    /// What follows is the IP header of the labelled frame and 8 octets behind it (RFC 792; matching: at least).
    #[must_use]
    pub fn quote_header(self, label: &str) -> Self {
        self.quote(label, 8)
    }

    // Neighbour discovery, MLD, IGMP.

    /// A neighbour solicitation for `target`.
    #[must_use]
    pub fn neighbor_solicitation(self, target: impl Into<Field>) -> Self {
        self.icmpv6(135, 0).set(FieldId::NdTarget, target)
    }

    /// A neighbour advertisement of `target`; its flags are `nd.router`, `nd.solicited`, `nd.override`.
    #[must_use]
    pub fn neighbor_advertisement(self, target: impl Into<Field>) -> Self {
        self.icmpv6(136, 0).set(FieldId::NdTarget, target)
    }

    /// A router solicitation.
    #[must_use]
    pub fn router_solicitation(self) -> Self {
        self.icmpv6(133, 0)
    }

    /// A router advertisement with this lifetime in seconds.
    #[must_use]
    pub fn router_advertisement(self, lifetime: impl Into<Field>) -> Self {
        self.icmpv6(134, 0).set(FieldId::RaLifetime, lifetime)
    }

    /// A redirect to `target` for `destination` (IPv6).
    #[must_use]
    pub fn nd_redirect(self, target: Ipv6Addr, destination: Ipv6Addr) -> Self {
        self.icmpv6(137, 0).set(FieldId::NdTarget, target).set(FieldId::NdDestination, destination)
    }

    /// A redirect to `gateway` with this code (IPv4). Add the quote.
    #[must_use]
    pub fn redirect(self, code: u8, gateway: Ipv4Addr) -> Self {
        self.icmpv4(5, code).set(FieldId::Icmpv4Gateway, gateway)
    }

    /// Adds a neighbour discovery option.
    #[must_use]
    pub fn nd_option(mut self, option: NdOption) -> Self {
        match &mut self.layer_mut(LayerKind::Icmpv6).body {
            Some(Body::Nd(options)) => options.push(option),
            body => *body = Some(Body::Nd(vec![option])),
        }
        self
    }

    /// Adds a source link-layer address option.
    #[must_use]
    pub fn source_mac(self, mac: impl Into<Field>) -> Self {
        self.nd_option(NdOption::SourceMac(mac.into()))
    }

    /// Adds a target link-layer address option.
    #[must_use]
    pub fn target_mac(self, mac: impl Into<Field>) -> Self {
        self.nd_option(NdOption::TargetMac(mac.into()))
    }

    /// An IGMP message of this type about `group`.
    #[must_use]
    pub fn igmp(self, kind: impl Into<Field>, group: impl Into<Field>) -> Self {
        self.push(LayerKind::Igmp).set(FieldId::IgmpType, kind).set(FieldId::IgmpGroup, group)
    }

    // UDP and TCP.

    /// UDP between these ports.
    #[must_use]
    pub fn udp(self, src_port: impl Into<Field>, dst_port: impl Into<Field>) -> Self {
        self.push(LayerKind::Udp).set(FieldId::UdpSrcPort, src_port).set(FieldId::UdpDstPort, dst_port)
    }

    /// TCP between these ports, without a flow: sequence numbers are absolute.
    #[must_use]
    pub fn tcp(self, src_port: impl Into<Field>, dst_port: impl Into<Field>) -> Self {
        self.push(LayerKind::Tcp).set(FieldId::TcpSrcPort, src_port).set(FieldId::TcpDstPort, dst_port)
    }

    /// Control bits by their letters, e.g. `"FA"`. Matching leaves PSH free; see [`PacketSpec::flags_exact`].
    #[must_use]
    pub fn flags(self, letters: &str) -> Self {
        self.set(FieldId::TcpFlags, flag_bits(letters))
    }

    /// Exactly these control bits, PSH included.
    #[must_use]
    pub fn flags_exact(self, letters: &str) -> Self {
        self.set(FieldId::TcpFlags, mask(0x1ff, flag_bits(letters)))
    }

    /// At least these control bits are set. Match only.
    #[must_use]
    pub fn flags_with(self, letters: &str) -> Self {
        let bits = flag_bits(letters);
        self.set(FieldId::TcpFlags, mask(bits, bits))
    }

    /// None of these control bits is set. Match only.
    #[must_use]
    pub fn flags_without(self, letters: &str) -> Self {
        self.set(FieldId::TcpFlags, mask(flag_bits(letters), 0))
    }

    /// SYN alone.
    #[must_use]
    pub fn syn(self) -> Self {
        self.flags("S")
    }

    /// SYN and ACK.
    #[must_use]
    pub fn syn_ack(self) -> Self {
        self.flags("SA")
    }

    /// ACK alone (data or not).
    #[must_use]
    pub fn ack(self) -> Self {
        self.flags("A")
    }

    /// ACK alone and no data.
    #[must_use]
    pub fn pure_ack(self) -> Self {
        self.flags("A").no_payload()
    }

    /// FIN and ACK.
    #[must_use]
    pub fn fin(self) -> Self {
        self.flags("FA")
    }

    /// RST alone.
    #[must_use]
    pub fn rst(self) -> Self {
        self.flags("R")
    }

    /// RST and ACK.
    #[must_use]
    pub fn rst_ack(self) -> Self {
        self.flags("RA")
    }

    /// RST, with or without ACK. Match only.
    #[must_use]
    pub fn any_rst(self) -> Self {
        self.flags_with("R")
    }

    /// Sequence number, relative to the sender's initial one (the SYN has 0, the first byte of data 1).
    #[must_use]
    pub fn seq(self, seq: impl Into<Field>) -> Self {
        self.set(FieldId::TcpSeq, seq)
    }

    /// Acknowledgment number, relative to the receiver's initial one (its SYN acknowledged: 1).
    #[must_use]
    pub fn ack_number(self, ack: impl Into<Field>) -> Self {
        self.set(FieldId::TcpAck, ack)
    }

    /// Sequence number: the next one in order, plus `delta`.
    #[must_use]
    pub fn seq_next(self, delta: i64) -> Self {
        self.seq(Field::Next(delta))
    }

    /// Acknowledgment number: everything seen so far, plus `delta`.
    #[must_use]
    pub fn ack_next(self, delta: i64) -> Self {
        self.ack_number(Field::Next(delta))
    }

    /// Sequence number of the tester: the right edge of the window that the target offered, plus `delta` (0 is
    /// the first number outside).
    #[must_use]
    pub fn seq_edge(self, delta: i64) -> Self {
        self.seq(Field::Edge(delta))
    }

    /// Window as it stands on the wire.
    #[must_use]
    pub fn window(self, window: impl Into<Field>) -> Self {
        self.set(FieldId::TcpWindow, window)
    }

    /// URG set and the urgent pointer.
    #[must_use]
    pub fn urgent(self, pointer: impl Into<Field>) -> Self {
        self.set(FieldId::TcpUrgent, pointer)
    }

    fn tcp_options(mut self, change: impl FnOnce(&mut TcpOptionsSpec)) -> Self {
        let layer = self.layer_mut(LayerKind::Tcp);
        if !matches!(layer.body, Some(Body::Tcp(_))) {
            layer.body = Some(Body::Tcp(TcpOptionsSpec::default()));
        }
        if let Some(Body::Tcp(options)) = &mut layer.body {
            change(options);
        }
        self
    }

    /// Sending: exactly these TCP options instead of the default ones. Matching: these are there, among others.
    #[must_use]
    pub fn options(self, list: impl Into<Vec<TcpOption>>) -> Self {
        self.tcp_options(|options| options.list = Some(list.into()))
    }

    /// Sending: no TCP options. Matching: none is there.
    #[must_use]
    pub fn no_options(self) -> Self {
        self.options_exact(Vec::new())
    }

    /// Exactly these TCP options (matching: in any order, padding aside).
    #[must_use]
    pub fn options_exact(self, list: impl Into<Vec<TcpOption>>) -> Self {
        self.tcp_options(|options| {
            options.list = Some(list.into());
            options.exact = true;
        })
    }

    /// One more TCP option besides the default ones.
    #[must_use]
    pub fn option(self, option: TcpOption) -> Self {
        self.tcp_options(|options| options.also.push(option))
    }

    /// Matching: no TCP option of this kind.
    #[must_use]
    pub fn without_option(self, kind: u8) -> Self {
        self.tcp_options(|options| options.absent.push(kind))
    }

    /// MSS option.
    #[must_use]
    pub fn mss(self, mss: impl Into<Field>) -> Self {
        self.option(TcpOption::Mss(mss.into()))
    }

    /// SACK blocks, relative to the flow.
    #[must_use]
    pub fn sack(self, blocks: impl Into<Vec<(i64, i64)>>) -> Self {
        self.option(TcpOption::Sack(blocks.into()))
    }

    /// Timestamps option.
    #[must_use]
    pub fn timestamps(self, value: impl Into<Field>, echo: impl Into<Field>) -> Self {
        self.option(TcpOption::Timestamps(value.into(), echo.into()))
    }

    // Payload and what is wrong with the packet.

    /// Sets the payload.
    #[must_use]
    pub fn payload_spec(self, payload: PayloadSpec) -> Self {
        self.body(LayerKind::Payload, Body::Payload(payload))
    }

    /// Exactly these bytes.
    #[must_use]
    pub fn payload(self, bytes: impl AsRef<[u8]>) -> Self {
        self.payload_spec(PayloadSpec::Bytes(bytes.into()))
    }

    /// `len` bytes of the data pattern, at the flow's place in the stream (without a TCP flow: from 0).
    #[must_use]
    pub fn data(self, len: usize) -> Self {
        self.payload_spec(PayloadSpec::Pattern { offset: None, len })
    }

    /// `len` bytes of the data pattern from `offset` on.
    #[must_use]
    pub fn data_at(self, offset: u64, len: usize) -> Self {
        self.payload_spec(PayloadSpec::Pattern { offset: Some(offset), len })
    }

    /// `len` times the same byte.
    #[must_use]
    pub fn fill(self, byte: u8, len: usize) -> Self {
        self.payload_spec(PayloadSpec::Fill { byte, len })
    }

    /// A payload of this length.
    #[must_use]
    pub fn payload_len(self, len: impl Into<Field>) -> Self {
        self.payload_spec(PayloadSpec::Len(len.into()))
    }

    /// No payload.
    #[must_use]
    pub fn no_payload(self) -> Self {
        self.payload(b"")
    }

    /// Sets the checksum rule of the last layer that has one (the innermost: TCP before IP).
    #[must_use]
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        match self.layers.iter_mut().rev().find(|layer| layer.kind.checksum_offset().is_some()) {
            Some(layer) => layer.checksum = checksum,
            None => panic!("no layer of the spec has a checksum"),
        }
        self
    }

    /// A wrong checksum in the innermost layer that has one.
    #[must_use]
    pub fn bad_checksum(self) -> Self {
        self.checksum(Checksum::Wrong)
    }

    /// Sets the checksum rule of one layer.
    #[must_use]
    pub fn checksum_of(mut self, kind: LayerKind, checksum: Checksum) -> Self {
        self.layer_mut(kind).checksum = checksum;
        self
    }

    /// Overwrites bytes of a layer after everything was computed.
    #[must_use]
    pub fn patch(mut self, layer: LayerKind, offset: usize, bytes: impl AsRef<[u8]>) -> Self {
        self.patches.push(Patch { layer, offset, bytes: bytes.into() });
        self
    }

    /// Cuts the frame to this many bytes behind the Ethernet header.
    #[must_use]
    pub fn truncate(mut self, len: usize) -> Self {
        self.truncate = Some(len);
        self
    }

    /// Adds bytes behind the packet, as Ethernet padding is.
    #[must_use]
    pub fn pad(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.padding = bytes.into();
        self
    }

    /// Matching: no layer of this kind.
    #[must_use]
    pub fn without(mut self, kind: LayerKind) -> Self {
        self.absent.push(kind);
        self
    }

    /// Matching: whole datagrams; fragments are put together first.
    #[must_use]
    pub const fn reassembled(mut self) -> Self {
        self.reassembled = true;
        self
    }

    /// Sending: the flow's state does not move, because the target must not accept this.
    #[must_use]
    pub const fn untracked(mut self) -> Self {
        self.untracked = true;
        self
    }
}
