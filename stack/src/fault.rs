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
    ArpReplyToOthers, "arp-reply-to-others",
        "Answers ARP requests for addresses that are not its own.", ["RFC826-WP-4"];
    LpmShortestMatch, "lpm-shortest-match",
        "Takes the shortest matching prefix instead of the longest when it routes.", ["RFC1812-5.2.4.3-2"];
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
    NoRstForClosedPort, "no-rst-for-closed-port",
        "Says nothing to a segment for which there is no connection.", ["RFC9293-WP-1"];
    ClosedPortRstWrongSeq, "closed-port-rst-wrong-seq",
        "The RST for a segment without a connection has a sequence number that is one too high.", ["RFC9293-WP-1"];
    SynToBroadcastAnswered, "syn-to-broadcast-answered",
        "Takes TCP segments that were sent to a broadcast or multicast address.", ["RFC9293-MUST-57"];
    ConnectToBroadcast, "connect-to-broadcast",
        "Lets a TCP socket connect to a broadcast or multicast address.", ["RFC9293-MUST-46"];
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
