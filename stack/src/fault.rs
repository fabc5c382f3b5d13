//! Planted faults: one named wrong behaviour each, to prove that the suites notice it.
//!
//! A fault is asked for at the place where the rule it breaks is implemented:
//! `if !config.faults.has(Fault::X) && rule_is_broken { drop }`. Without the `faults` feature
//! [`FaultSet::has`] is a constant `false` and nothing of this is left in the binary.
//! `wireproof mutants` lists each fault with the requirement it breaks and the cases that catch it.

/// Declares [`Fault`] from one table: variant, name, what goes wrong, requirement ids it breaks.
macro_rules! faults {
    ($($variant:ident, $name:literal, $what:literal, [$($id:literal),+ $(,)?];)+) => {
        /// A planted fault. The doc of each variant says what the stack then does wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Fault { $(#[doc = $what] $variant),+ }

        impl Fault {
            /// Every fault, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name that `--target mutant:NAME` takes.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What the stack does wrong when it is planted.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $what),+ }
            }

            /// The ids of the requirements that it breaks.
            pub const fn requirements(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($id),+]),+ }
            }
        }
    };
}

// Grouped by layer, bottom up; within a layer by the order of the code that asks.
faults! {
    // Link and ARP.
    ArpReplyToOthers, "arp-reply-to-others",
        "Answers ARP requests for addresses that are not its own.", ["RFC826-WP-2"];
    ArpNoMerge, "arp-no-merge",
        "Keeps an old hardware address although the neighbour says a new one.", ["RFC826-WP-3"];
    ArpFlood, "arp-flood",
        "Sends an ARP request for every packet instead of one per second.", ["RFC1122-2.3.2.1-2"];
    ArpNeverExpires, "arp-never-expires",
        "Uses an ARP entry for ever.", ["RFC1122-2.3.2.1-1"];
    ArpPendingDropped, "arp-pending-packet-dropped",
        "Drops the packet that waits for ARP instead of sending it afterwards.", ["RFC1122-2.3.2.2-1"];
    ArpAnswersReplies, "arp-answers-replies",
        "Answers ARP replies as if they were requests.", ["RFC826-WP-7"];
    // IPv4.
    Ipv4BadChecksumAccepted, "ipv4-bad-checksum-accepted",
        "Accepts IPv4 packets with a wrong header checksum.", ["RFC1122-3.2.1.2-1"];
    Ipv4VersionUnchecked, "ipv4-version-unchecked",
        "Accepts packets of another IP version as IPv4.", ["RFC1122-3.2.1.1-1"];
    Ipv4BadSourceAccepted, "ipv4-bad-source-accepted",
        "Accepts multicast, broadcast and loopback source addresses.", ["RFC1122-3.2.1.3-4"];
    Ipv4AnyDestination, "ipv4-any-destination",
        "Takes unicast packets for other hosts as its own.", ["RFC1122-3.2.1.3-3"];
    Ipv4UnknownOptionDropped, "ipv4-unknown-option-dropped",
        "Drops packets with an unknown IPv4 option.", ["RFC1122-3.2.1.8-3"];
    Ipv4PaddingKept, "ipv4-padding-kept",
        "Takes the padding of the link for a part of the packet.", ["RFC894-WP-1"];
    TtlBelowTwoDropped, "ttl-below-two-dropped",
        "Drops packets for itself whose TTL is below two.", ["RFC1122-3.2.1.7-2"];
    LinkBroadcastAccepted, "link-broadcast-accepted",
        "Accepts unicast packets that came in a broadcast frame.", ["RFC1122-3.3.6-6"];
    SourceRouteSilent, "source-route-silent",
        "Drops a packet with an uncompleted source route without telling its sender.", ["RFC1122-3.3.5-10"];
    EchoOptionsLost, "echo-options-lost",
        "Leaves record route and timestamp options out of echo replies.", ["RFC1122-3.2.2.6-8"];
    // Fragments.
    NoReassembly, "no-reassembly",
        "Drops every fragment.", ["RFC1122-3.2.1.4-1", "RFC1122-3.3.2-1", "RFC8200-5-4"];
    NoFragmentTimeout, "no-fragment-timeout",
        "Keeps incomplete datagrams for ever.", ["RFC8200-4.5-8"];
    FragmentTimeoutSilent, "fragment-timeout-silent",
        "Gives incomplete datagrams up without an ICMP time exceeded.", ["RFC1122-3.3.2-5", "RFC8200-4.5-9"];
    FragmentTimeoutAlwaysTold, "fragment-timeout-always-told",
        "Sends a time exceeded although the first fragment never came.", ["RFC8200-4.5-9", "RFC792-0-7"];
    OverlappingFragmentAccepted, "overlapping-fragment-accepted",
        "Reassembles IPv6 fragments that overlap.", ["RFC5722-4-2", "RFC8200-4.5-13"];
    FragmentIdIgnored, "fragment-id-ignored",
        "Mixes fragments of different identifications.", ["RFC791-WP-3"];
    FragmentLengthUnchecked, "fragment-length-unchecked",
        "Accepts fragments whose length is no multiple of 8 although more follow.", ["RFC8200-4.5-10"];
    FragmentBeyondMaximum, "fragment-beyond-maximum",
        "Drops fragments that reach beyond 65,535 octets without telling the sender.", ["RFC8200-4.5-11"];
    AtomicFragmentQueued, "atomic-fragment-queued",
        "Lets an atomic fragment wait for the other fragments of its identification.", ["RFC6946-4-1"];
    FragmentOddCut, "fragment-odd-cut",
        "Cuts packets at boundaries that are no multiple of 8 octets.", ["RFC791-3.2-8"];
    FragmentOptionsAllCopied, "fragment-options-all-copied",
        "Copies every option into every fragment.", ["RFC791-WP-4"];
    // Forwarding.
    ForwardWhileHost, "forward-while-host",
        "Forwards packets although it is no router.", ["RFC1122-3.1-6"];
    TtlZeroForwarded, "ttl-zero-forwarded",
        "Forwards packets whose TTL becomes zero.", ["RFC1812-5.3.1-4", "RFC4443-3.3-1"];
    TtlNotDecremented, "ttl-not-decremented",
        "Forwards packets with an unchanged TTL.", ["RFC1812-5.3.1-1"];
    TtlChecksumStale, "ttl-checksum-stale",
        "Does not update the header checksum when it decrements the TTL.", ["RFC1812-WP-1"];
    DontFragmentIgnored, "dont-fragment-ignored",
        "Fragments packets with DF set.", ["RFC791-2.3-4"];
    LinkBroadcastForwarded, "link-broadcast-forwarded",
        "Forwards packets that came in a broadcast frame.", ["RFC1812-5.3.4-1"];
    LpmShortestMatch, "lpm-shortest-match",
        "Takes the shortest matching prefix instead of the longest when it routes.", ["RFC1812-5.2.4.3-2"];
    RedirectOffLink, "redirect-off-link",
        "Sends redirects to hosts that are not on the link.", ["RFC1812-5.2.7.2-6"];
    // ICMP.
    EchoReplyDataTruncated, "echo-reply-data-truncated",
        "Returns only the first 64 octets of an echo request's data.", ["RFC1122-3.2.2.6-6", "RFC4443-4.2-6", "RFC792-0-15"];
    IcmpBadChecksumAccepted, "icmp-bad-checksum-accepted",
        "Accepts ICMP messages with a wrong checksum.", ["RFC792-WP-2", "RFC4443-WP-1"];
    IcmpErrorAboutIcmpError, "icmp-error-about-icmp-error",
        "Answers ICMP errors with ICMP errors.", ["RFC1122-3.2.2-6", "RFC4443-2.4-5"];
    ErrorToBroadcast, "error-to-broadcast",
        "Sends ICMP errors about packets to a broadcast or multicast address.", ["RFC1122-3.2.2-7", "RFC4443-2.4-5"];
    ErrorToLinkBroadcast, "error-to-link-broadcast",
        "Sends ICMP errors about packets that came in a broadcast frame.", ["RFC1122-3.2.2-8"];
    ErrorAboutLaterFragment, "error-about-later-fragment",
        "Sends ICMP errors about fragments other than the first.", ["RFC1122-3.2.2-9"];
    ErrorToAmbiguousSource, "error-to-ambiguous-source",
        "Sends ICMP errors to addresses that name no single host.", ["RFC1122-3.2.2-10"];
    ErrorQuoteShort, "error-quote-short",
        "Quotes four octets less than the header and 8 octets of the packet.", ["RFC792-WP-3", "RFC4443-2.4-4"];
    ErrorQuoteLong, "error-quote-long",
        "Sends ICMPv6 errors larger than 1280 octets.", ["RFC4443-2.4-4"];
    AddressMaskReply, "address-mask-reply",
        "Answers address mask requests without being an authorised agent.", ["RFC1122-3.2.2.9-9"];
    // IPv6.
    Ipv6BadSourceAccepted, "ipv6-bad-source-accepted",
        "Accepts multicast source addresses.", ["RFC4291-WP-1"];
    UnknownV6OptionIgnored, "unknown-v6-option-ignored",
        "Skips unknown IPv6 options whatever their action bits say.", ["RFC8200-4.2-2"];
    UnknownV6OptionMulticastSilent, "unknown-v6-option-multicast-silent",
        "Does not answer an option of action 10 in a packet to a group.", ["RFC8200-4.2-2"];
    RoutingHeaderIgnored, "routing-header-ignored",
        "Accepts packets whose routing header has segments left.", ["RFC8200-4.4-2"];
    UnknownNextHeaderSilent, "unknown-next-header-silent",
        "Drops packets with an unknown next header without a parameter problem.", ["RFC8200-4-4"];
    HopByHopAnywhere, "hop-by-hop-anywhere",
        "Accepts a hop-by-hop options header behind another header.", ["RFC8200-4-5"];
    ExtensionOrderEnforced, "extension-order-enforced",
        "Drops packets whose extension headers are not in the recommended order.", ["RFC8200-4.1-3"];
    // Path MTU.
    PmtuBelowMinimum, "pmtu-below-minimum",
        "Believes path MTUs below the minimum.", ["RFC1191-3-8", "RFC8201-4-2", "RFC8201-4-3"];
    PmtuIncreased, "pmtu-increased",
        "Raises a path MTU because a message says so.", ["RFC1191-3-9", "RFC8201-4-10"];
    PmtuIgnored, "pmtu-ignored",
        "Does not lower a path MTU.", ["RFC1191-3-1", "RFC8201-4-4"];
    // Neighbour discovery.
    NdpHopLimitUnchecked, "ndp-hop-limit-unchecked",
        "Accepts neighbour discovery messages that came through a router.", ["RFC4861-7.1.1-1", "RFC4861-7.1.2-1"];
    NdpCodeUnchecked, "ndp-code-unchecked",
        "Accepts neighbour discovery messages with a code other than zero.", ["RFC4861-7.1.1-1", "RFC4861-7.1.2-1"];
    NdpSolicitedFlagClear, "ndp-solicited-flag-clear",
        "Answers solicitations with the solicited flag clear.", ["RFC4861-7.2.4-8"];
    NdpTargetOptionMissing, "ndp-target-option-missing",
        "Leaves the link-layer address out of advertisements.", ["RFC4861-7.2.4-2", "RFC4861-4.4-6"];
    NdpSourceOptionMissing, "ndp-source-option-missing",
        "Leaves the link-layer address out of multicast solicitations.", ["RFC4861-7.2.2-2"];
    NdpOverrideIgnored, "ndp-override-ignored",
        "Lets an advertisement without the override flag replace an address.", ["RFC4861-7.2.5-3"];
    NdpAdvertisementCreates, "ndp-advertisement-creates",
        "Makes entries from advertisements that nobody asked for.", ["RFC4861-7.2.5-1"];
    NdpFlood, "ndp-flood",
        "Solicits more often than once per RetransTimer.", ["RFC4861-7.2.2-10", "RFC4861-7.3.3-3"];
    NdpNeverProbes, "ndp-never-probes",
        "Uses a stale address for ever without probing it.", ["RFC4861-WP-1"];
    NdpDadNotDefended, "ndp-dad-not-defended",
        "Does not answer solicitations from the unspecified address.", ["RFC4861-7.2.4-7"];
    // IGMP and MLD.
    IgmpNoReport, "igmp-no-report",
        "Does not answer membership queries.", ["RFC2236-WP-2"];
    IgmpNoSuppression, "igmp-no-suppression",
        "Sends its report although another host reported the group.", ["RFC2236-5-1"];
    IgmpChecksumUnchecked, "igmp-checksum-unchecked",
        "Accepts IGMP messages with a wrong checksum.", ["RFC2236-2.3-2"];
    IgmpLeaveToGroup, "igmp-leave-to-group",
        "Sends leave messages to the group instead of to all routers.", ["RFC2236-9-2"];
    IgmpVersion1Ignored, "igmp-version-1-ignored",
        "Keeps sending version 2 reports to a version 1 querier.", ["RFC2236-4-4"];
    MldSourceUnchecked, "mld-source-unchecked",
        "Accepts MLD queries from addresses that are not link-local.", ["RFC2710-5-1"];
    // The host as a whole, sockets.
    SnapFramesIgnored, "snap-frames-ignored",
        "Does not receive RFC 1042 frames.", ["RFC1122-2.3.3-2"];
    RedirectIgnored, "redirect-ignored",
        "Does not take a redirect into its routes.", ["RFC1122-3.2.2.2-2"];
    TtlOptionIgnored, "ttl-option-ignored",
        "Sends with the default TTL whatever the socket asks for.", ["RFC9293-MUST-49", "RFC1122-3.2.1.7-3"];
    TosOptionIgnored, "tos-option-ignored",
        "Sends with TOS 0 whatever the socket asks for.", ["RFC9293-MUST-48", "RFC1122-3.2.1.6-1"];
    UdpChecksumIgnored, "udp-checksum-ignored",
        "Delivers datagrams whose UDP checksum is wrong.", ["RFC1122-4.1.3.4-2"];
    UdpZeroChecksumV6Accepted, "udp-zero-checksum-v6-accepted",
        "Delivers IPv6 datagrams without a UDP checksum.", ["RFC8200-8.1-3"];
    UdpIcmpErrorsSwallowed, "udp-icmp-errors-swallowed",
        "Does not report ICMP errors to UDP sockets.", ["RFC1122-4.1.3.3-1"];
    NoPortUnreachable, "no-port-unreachable",
        "Sends no port unreachable for a UDP port without a socket.", ["RFC1122-4.1.3.1-1"];
    PortUnreachableForBroadcast, "port-unreachable-for-broadcast",
        "Sends port unreachable for broadcast and multicast datagrams too.", ["RFC1122-3.2.2-7"];
    TcpChecksumIgnored, "tcp-checksum-ignored",
        "Takes segments whose TCP checksum is wrong.", ["RFC9293-MUST-3"];
    ClosedPortRstWrongSeq, "closed-port-rst-wrong-seq",
        "The RST for a segment without a connection has a sequence number that is one too high.", ["RFC9293-WP-1"];
    SynToBroadcastAnswered, "syn-to-broadcast-answered",
        "Takes TCP segments that were sent to a broadcast or multicast address.", ["RFC9293-MUST-57"];
    ConnectToBroadcast, "connect-to-broadcast",
        "Lets a TCP socket connect to a broadcast or multicast address.", ["RFC9293-MUST-46"];
    // TCP: connections that do not exist, and listeners.
    ClosedSilent, "closed-silent",
        "Answers nothing where no connection exists, instead of a reset.", ["RFC9293-WP-1"];
    RstForRst, "rst-for-rst",
        "Answers a reset for no connection with a reset.", ["RFC9293-WP-1"];
    ClosedResetWrongAck, "closed-reset-wrong-ack",
        "The reset for a SYN to a closed port acknowledges SEG.SEQ without SEG.LEN.", ["RFC9293-WP-1"];
    ListenIgnoresAck, "listen-ignores-ack",
        "A listener drops an ACK silently instead of resetting it.", ["RFC9293-WP-2"];
    IsnConstant, "isn-constant",
        "Every connection starts with the same sequence number.", ["RFC9293-MUST-8", "RFC9293-SHLD-1", "RFC6528-3-1"];
    // TCP: opening.
    MssNotSent, "mss-not-sent",
        "The SYN carries no MSS option.", ["RFC9293-MUST-14", "RFC9293-SHLD-5"];
    IgnoresMssOption, "ignores-mss-option",
        "Sends segments larger than the peer's MSS option allows.", ["RFC9293-MUST-14", "RFC9293-MUST-16"];
    MssDefaultTooLarge, "mss-default-too-large",
        "Assumes the link's MSS when the peer sends no MSS option.", ["RFC9293-MUST-15"];
    NoSimultaneousOpen, "no-simultaneous-open",
        "Drops a SYN without an ACK in SYN-SENT.", ["RFC9293-MUST-10"];
    SynSentIgnoresBadAck, "syn-sent-ignores-bad-ack",
        "Sends no reset for an unacceptable ACK in SYN-SENT.", ["RFC9293-WP-3"];
    SynSentResetUnchecked, "syn-sent-reset-unchecked",
        "Takes a reset without an acceptable ACK in SYN-SENT.", ["RFC9293-WP-3"];
    SynGivesUpEarly, "syn-gives-up-early",
        "Gives a connection attempt up after one retransmission.", ["RFC9293-MUST-23"];
    DataOnSynLost, "data-on-syn-lost",
        "Acknowledges text on a SYN and does not deliver it.", ["RFC9293-WP-13"];
    WindowScaledInSyn, "window-scaled-in-syn",
        "The window of a SYN is scaled.", ["RFC7323-2.2-8"];
    WindowScaleUnilateral, "window-scale-unilateral",
        "Scales its windows although the peer's SYN had no window scale option.", ["RFC7323-2.2-3", "RFC7323-2.3-4"];
    WindowScaleAbove14, "window-scale-above-14",
        "Uses a shift count above 14 as it was received.", ["RFC7323-2.3-7", "RFC7323-2.3-8"];
    TimestampsUnsolicited, "timestamps-unsolicited",
        "The SYN,ACK has timestamps although the SYN had none.", ["RFC7323-3.2-5"];
    SackUnsolicited, "sack-unsolicited",
        "Sends SACK blocks to a peer that did not permit them.", ["RFC2018-4-3"];
    // TCP: acceptance of segments.
    OutsideWindowSilent, "outside-window-silent",
        "Sends no ACK for a segment outside the window.", ["RFC9293-WP-4"];
    AcceptsBeyondWindow, "accepts-beyond-window",
        "Takes text beyond the right edge of the window.", ["RFC9293-WP-24"];
    RstSequenceUnchecked, "rst-sequence-unchecked",
        "A reset with any sequence number ends the connection.", ["RFC5961-3.2-5", "RFC5961-3.2-6"];
    RstInWindowAccepted, "rst-in-window-accepted",
        "A reset anywhere in the window ends the connection.", ["RFC5961-3.2-3"];
    ResetIgnored, "reset-ignored",
        "A reset with exactly RCV.NXT does not end the connection.", ["RFC5961-3.2-2"];
    SynInWindowAccepted, "syn-in-window-accepted",
        "A SYN in the window resets the connection.", ["RFC5961-4.2-2", "RFC5961-4.2-3"];
    NoChallengeAck, "no-challenge-ack",
        "Sends no challenge ACKs.", ["RFC5961-3.2-3", "RFC5961-4.2-2"];
    ChallengeAckUnlimited, "challenge-ack-unlimited",
        "Challenge ACKs are not limited in rate.", ["RFC5961-7-2"];
    AcceptsOldAck, "accepts-old-ack",
        "Takes text with an ACK below SND.UNA - MAX.SND.WND.", ["RFC5961-5.2-3"];
    AcceptsBadAck, "accepts-bad-ack",
        "Takes an ACK of octets that were never sent.", ["RFC9293-WP-7", "RFC5961-5.2-3"];
    NoPaws, "no-paws",
        "Takes segments with old timestamps.", ["RFC7323-5.3-1"];
    WithoutAckAccepted, "without-ack-accepted",
        "Takes text from a segment without ACK.", ["RFC9293-WP-8"];
    // TCP: receiving.
    OutOfOrderDropped, "out-of-order-dropped",
        "Does not keep text that arrives out of order.", ["RFC9293-SHLD-31"];
    NoImmediateDuplicateAck, "no-immediate-duplicate-ack",
        "Delays the ACK for text above a gap.", ["RFC5681-3.2-1", "RFC5681-4.2-9"];
    DelayedAckTooLong, "delayed-ack-too-long",
        "Delays ACKs by 700 ms.", ["RFC9293-MUST-40", "RFC5681-4.2-3"];
    AckEveryFourth, "ack-every-fourth",
        "Acknowledges every fourth full-sized segment only.", ["RFC9293-SHLD-19"];
    NoDelayedAck, "no-delayed-ack",
        "Acknowledges every segment at once.", ["RFC9293-SHLD-18"];
    WindowShrinks, "window-shrinks",
        "Takes window back that it has offered.", ["RFC9293-SHLD-14"];
    ReceiverSillyWindow, "receiver-silly-window",
        "Offers every octet of space at once.", ["RFC9293-MUST-39"];
    UrgentIgnored, "urgent-ignored",
        "Ignores the URG flag.", ["RFC9293-MUST-30"];
    SackOldestFirst, "sack-oldest-first",
        "The first SACK block is the lowest one, not the newest.", ["RFC2018-4-6"];
    TimestampEchoStale, "timestamp-echo-stale",
        "Echoes the timestamp of the SYN for ever.", ["RFC7323-3.2-2"];
    // TCP: sending.
    TimestampsDropped, "timestamps-dropped",
        "Sends no timestamps after the handshake.", ["RFC7323-3.2-6"];
    NoNagle, "no-nagle",
        "Sends small segments while data is unacknowledged.", ["RFC9293-SHLD-7"];
    NagleAlways, "nagle-always",
        "Nagle's algorithm cannot be switched off.", ["RFC9293-MUST-17"];
    SenderSillyWindow, "sender-silly-window",
        "Fills every small window at once.", ["RFC9293-MUST-38"];
    NoPush, "no-push",
        "Never sets PSH.", ["RFC9293-MUST-61"];
    IgnoresWindow, "ignores-window",
        "Sends beyond the peer's window.", ["RFC5681-2-1"];
    NoZeroWindowProbe, "no-zero-window-probe",
        "Does not probe a zero window.", ["RFC9293-MUST-36"];
    NoPersistBackoff, "no-persist-backoff",
        "Probes a zero window at a constant interval.", ["RFC9293-SHLD-30"];
    ProbesGiveUp, "probes-give-up",
        "Gives up after five window probes although they are answered.", ["RFC9293-MUST-37"];
    UrgentPointerLast, "urgent-pointer-last",
        "The urgent pointer names the last urgent octet.", ["RFC9293-MUST-62"];
    // TCP: retransmission and congestion.
    NoRetransmission, "no-retransmission",
        "Never retransmits data on a timeout.", ["RFC9293-MUST-19", "RFC6298-5-2", "RFC9293-WP-18"];
    NoBackoff, "no-backoff",
        "Does not double the RTO.", ["RFC6298-5-3", "RFC9293-MUST-19"];
    RtoBelowMinimum, "rto-below-minimum",
        "The RTO has no lower bound of one second.", ["RFC6298-2-8"];
    KarnViolated, "karn-violated",
        "Measures round trips on retransmitted segments.", ["RFC9293-MUST-18", "RFC6298-3-1", "RFC6298-3-2"];
    NoRtoAfterSynLoss, "no-rto-after-syn-loss",
        "Keeps the RTO of 1 s after a lost SYN.", ["RFC6298-5-4"];
    NoFastRetransmit, "no-fast-retransmit",
        "Three duplicate ACKs trigger nothing.", ["RFC5681-3.2-3", "RFC5681-3.2-9"];
    NoLimitedTransmit, "no-limited-transmit",
        "Sends no new segment on the first two duplicate ACKs.", ["RFC3042-2-1", "RFC5681-3.2-4"];
    NoSlowStart, "no-slow-start",
        "Starts with an unlimited congestion window.", ["RFC5681-3.1-1", "RFC5681-3.1-2"];
    TimeoutKeepsWindow, "timeout-keeps-window",
        "Keeps the congestion window on a timeout.", ["RFC5681-3.1-19"];
    // TCP: closing, failures and options of the application.
    FinNotAcked, "fin-not-acked",
        "Does not acknowledge a FIN.", ["RFC9293-WP-6"];
    HalfCloseBroken, "half-close-broken",
        "Resets when text arrives after its own FIN.", ["RFC9293-WP-10"];
    CloseUnreadFin, "close-unread-fin",
        "Sends a FIN instead of a reset when unread data is thrown away.", ["RFC9293-SHLD-3"];
    AbortSendsFin, "abort-sends-fin",
        "ABORT closes in the normal way.", ["RFC9293-WP-19"];
    TimeWaitTooShort, "time-wait-too-short",
        "TIME-WAIT lasts one second.", ["RFC9293-MUST-13"];
    TimeWaitNotRestarted, "time-wait-not-restarted",
        "A repeated FIN does not restart TIME-WAIT.", ["RFC9293-WP-12"];
    KeepAliveByDefault, "keep-alive-by-default",
        "Keep-alive is on for every connection.", ["RFC9293-MUST-25"];
    NoKeepAlive, "no-keep-alive",
        "Keep-alive cannot be switched on.", ["RFC9293-MUST-24"];
    KeepAliveFirstProbeKills, "keep-alive-first-probe-kills",
        "One unanswered keep-alive ends the connection.", ["RFC9293-MUST-29"];
    SoftErrorAborts, "soft-error-aborts",
        "An ICMP soft error ends the connection.", ["RFC9293-MUST-56"];
    HardErrorIgnored, "hard-error-ignored",
        "An ICMP hard error changes nothing.", ["RFC9293-SHLD-26"];
    // TCP: edges of the state machine.
    SynReceivedBadAckSilent, "syn-received-bad-ack-silent",
        "Drops an unacceptable ACK in SYN-RECEIVED without a reset.", ["RFC9293-WP-5"];
    SynReceivedSynIgnored, "syn-received-syn-ignored",
        "A SYN in the window does not return SYN-RECEIVED to LISTEN.", ["RFC9293-WP-21"];
    SynReceivedResetIgnored, "syn-received-reset-ignored",
        "A reset does not return SYN-RECEIVED to LISTEN.", ["RFC9293-WP-17"];
    OpenKindForgotten, "open-kind-forgotten",
        "A reset in SYN-RECEIVED is hidden from an active open as from a passive one.", ["RFC9293-MUST-11"];
    OneHandshakeAtATime, "one-handshake-at-a-time",
        "A listener answers no second SYN while one handshake is under way.", ["RFC9293-MUST-42", "RFC9293-MUST-41"];
    BoundPortIgnored, "bound-port-ignored",
        "A connect does not use the port that its socket is bound to.", ["RFC9293-MUST-43"];
    SourceOfFirstInterface, "source-of-first-interface",
        "A connect uses the address of the first interface, whatever the route.", ["RFC9293-MUST-44", "RFC9293-MUST-45"];
    RepeatsEarly, "repeats-early",
        "Sends again after half the RTO.", ["RFC6298-5-1", "RFC6298-1-2"];
    ResetHidden, "reset-hidden",
        "A reset looks like the end of the stream to the application.", ["RFC9293-MUST-12"];
    ResetWithTextIgnored, "reset-with-text-ignored",
        "Ignores a reset that carries text.", ["RFC9293-SHLD-2"];
    OverlapDropped, "overlap-dropped",
        "Drops a segment whole whose beginning is old.", ["RFC9293-WP-14"];
    OldAckDropsText, "old-ack-drops-text",
        "Drops text and FIN of a segment with an old ACK.", ["RFC9293-WP-27"];
    ReservedBitsDropped, "reserved-bits-dropped",
        "Drops segments with reserved bits set.", ["RFC9293-WP-20"];
    CloseKeepsSynSent, "close-keeps-syn-sent",
        "A close in SYN-SENT leaves the connection as it is.", ["RFC9293-WP-22"];
    SendAfterClose, "send-after-close",
        "Takes data after the own close and throws it away.", ["RFC9293-WP-23"];
    TextAfterCloseTaken, "text-after-close-taken",
        "Acknowledges text that arrives after the close, and throws it away.", ["RFC9293-SHLD-3", "RFC9293-MAY-1"];
    ClosingStuck, "closing-stuck",
        "CLOSING ignores the acknowledgment of the FIN.", ["RFC9293-WP-11"];
    TimeWaitKeepsSyns, "time-wait-keeps-syns",
        "No SYN opens a new connection in TIME-WAIT.", ["RFC9293-SHLD-4", "RFC9293-MAY-2"];
    TimeWaitOldSyn, "time-wait-old-syn",
        "Any SYN opens a new connection in TIME-WAIT, old duplicates too.", ["RFC9293-WP-4"];
}

/// The faults planted in one stack. Empty by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultSet {
    #[cfg(feature = "faults")]
    bits: [u64; 8],
}

impl FaultSet {
    /// No fault.
    pub const NONE: Self = Self {
        #[cfg(feature = "faults")]
        bits: [0; 8],
    };

    /// Exactly one fault.
    #[cfg(feature = "faults")]
    pub const fn only(fault: Fault) -> Self {
        let mut bits = [0; 8];
        bits[fault as usize / 64] = 1 << (fault as usize % 64);
        Self { bits }
    }

    /// Whether `fault` is planted; always `false` without the `faults` feature.
    #[inline(always)]
    #[cfg(feature = "faults")]
    pub const fn has(&self, fault: Fault) -> bool {
        self.bits[fault as usize / 64] & (1 << (fault as usize % 64)) != 0
    }

    /// Whether `fault` is planted; always `false` without the `faults` feature.
    #[inline(always)]
    #[cfg(not(feature = "faults"))]
    pub const fn has(&self, _fault: Fault) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_kebab_case_and_fit_the_set() {
        let mut names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert!(Fault::ALL.len() <= 512);
        assert!(
            names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Fault::ALL.len());
    }
}
