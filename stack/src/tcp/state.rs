//! The eleven states and every allowed transition between them (RFC 9293 3.3.2, figure 5).
//!
//! [`TRANSITIONS`] is the one table; [`State::next`] looks an event up in it. Nothing else in this module
//! changes the state of a connection.

use core::fmt;

/// A state of a connection, spelled as in RFC 9293 3.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "RFC 9293 3.3.2 says what each state is")]
pub enum State {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

/// What may move a connection from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Event {
    /// OPEN call, passive.
    PassiveOpen,
    /// OPEN call, active: a SYN is sent.
    ActiveOpen,
    /// A SYN without an ACK arrived.
    Syn,
    /// A SYN arrived with an acceptable ACK of our SYN.
    SynAck,
    /// Our SYN was acknowledged.
    AckOfSyn,
    /// CLOSE call (or shutdown of the sending side): a FIN is queued.
    Close,
    /// The peer's FIN was taken in sequence.
    Fin,
    /// Our FIN was acknowledged.
    AckOfFin,
    /// The TIME-WAIT timer ran out.
    TimeWaitTimeout,
    /// A reset, an ABORT call, or a timeout that gives the connection up.
    Abort,
    /// A passive connection in SYN-RECEIVED goes back to its listener.
    BackToListen,
}

impl Event {
    /// Every event, in the order of the columns of the matrix.
    pub const ALL: [Self; 11] = [
        Self::PassiveOpen,
        Self::ActiveOpen,
        Self::Syn,
        Self::SynAck,
        Self::AckOfSyn,
        Self::Close,
        Self::Fin,
        Self::AckOfFin,
        Self::TimeWaitTimeout,
        Self::Abort,
        Self::BackToListen,
    ];
}

/// Every allowed transition: from, event, to. What is not listed leaves the state as it is.
pub const TRANSITIONS: &[(State, Event, State)] = {
    use Event as E;
    use State::*;
    &[
        (Closed, E::PassiveOpen, Listen),
        (Closed, E::ActiveOpen, SynSent),
        (Listen, E::ActiveOpen, SynSent),
        (Listen, E::Syn, SynReceived),
        (Listen, E::Close, Closed),
        (Listen, E::Abort, Closed),
        // RFC9293-MUST-10: simultaneous open.
        (SynSent, E::Syn, SynReceived),
        (SynSent, E::SynAck, Established),
        (SynSent, E::Close, Closed),
        (SynSent, E::Abort, Closed),
        (SynReceived, E::AckOfSyn, Established),
        (SynReceived, E::Close, FinWait1),
        (SynReceived, E::Fin, CloseWait),
        (SynReceived, E::Abort, Closed),
        (SynReceived, E::BackToListen, Listen),
        (Established, E::Close, FinWait1),
        (Established, E::Fin, CloseWait),
        (Established, E::Abort, Closed),
        (FinWait1, E::AckOfFin, FinWait2),
        (FinWait1, E::Fin, Closing),
        (FinWait1, E::Abort, Closed),
        (FinWait2, E::Fin, TimeWait),
        (FinWait2, E::Abort, Closed),
        (CloseWait, E::Close, LastAck),
        (CloseWait, E::Abort, Closed),
        (Closing, E::AckOfFin, TimeWait),
        (Closing, E::Abort, Closed),
        (LastAck, E::AckOfFin, Closed),
        (LastAck, E::Abort, Closed),
        (TimeWait, E::TimeWaitTimeout, Closed),
        (TimeWait, E::Abort, Closed),
    ]
};

impl State {
    /// Every state, in the order of RFC 9293 3.3.2 with CLOSED first.
    pub const ALL: [Self; 11] = [
        Self::Closed,
        Self::Listen,
        Self::SynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
    ];

    /// Where `event` leads from here; `None` if it changes nothing.
    pub fn next(self, event: Event) -> Option<Self> {
        TRANSITIONS.iter().find(|row| row.0 == self && row.1 == event).map(|row| row.2)
    }

    /// The RFC's spelling, e.g. `SYN-RECEIVED`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
        }
    }

    /// Whether both sides have agreed on sequence numbers: everything from ESTABLISHED on.
    pub const fn is_synchronized(self) -> bool {
        !matches!(self, Self::Closed | Self::Listen | Self::SynSent | Self::SynReceived)
    }

    /// Whether text of the peer is taken in this state: it has not sent a FIN yet.
    pub const fn receives_text(self) -> bool {
        matches!(self, Self::Established | Self::FinWait1 | Self::FinWait2)
    }

    /// Whether the application may still queue data to send.
    pub const fn accepts_send(self) -> bool {
        matches!(self, Self::SynSent | Self::SynReceived | Self::Established | Self::CloseWait)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use pretty_assertions::assert_eq;

    use super::*;

    /// The whole matrix, one row per state, one column per event; `.` where nothing changes.
    fn matrix() -> String {
        let mut text = String::new();
        for state in State::ALL {
            write!(text, "{state:13}").unwrap();
            for event in Event::ALL {
                write!(text, "{:13}", state.next(event).map_or(".", State::name)).unwrap();
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }

    #[test]
    fn the_full_matrix() {
        // Columns: PassiveOpen ActiveOpen Syn SynAck AckOfSyn Close Fin AckOfFin TimeWaitTimeout Abort BackToListen.
        let expected = "\
CLOSED       LISTEN       SYN-SENT     .            .            .            .            .            .            .            .            .
LISTEN       .            SYN-SENT     SYN-RECEIVED .            .            CLOSED       .            .            .            CLOSED       .
SYN-SENT     .            .            SYN-RECEIVED ESTABLISHED  .            CLOSED       .            .            .            CLOSED       .
SYN-RECEIVED .            .            .            .            ESTABLISHED  FIN-WAIT-1   CLOSE-WAIT   .            .            CLOSED       LISTEN
ESTABLISHED  .            .            .            .            .            FIN-WAIT-1   CLOSE-WAIT   .            .            CLOSED       .
FIN-WAIT-1   .            .            .            .            .            .            CLOSING      FIN-WAIT-2   .            CLOSED       .
FIN-WAIT-2   .            .            .            .            .            .            TIME-WAIT    .            .            CLOSED       .
CLOSE-WAIT   .            .            .            .            .            LAST-ACK     .            .            .            CLOSED       .
CLOSING      .            .            .            .            .            .            .            TIME-WAIT    .            CLOSED       .
LAST-ACK     .            .            .            .            .            .            .            CLOSED       .            CLOSED       .
TIME-WAIT    .            .            .            .            .            .            .            .            CLOSED       CLOSED       .
";
        let expected: String = expected.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        assert_eq!(matrix(), expected);
    }

    #[test]
    fn no_row_comes_twice() {
        for (index, row) in TRANSITIONS.iter().enumerate() {
            assert!(!TRANSITIONS[..index].iter().any(|other| (other.0, other.1) == (row.0, row.1)), "{row:?}");
        }
    }

    #[test]
    fn every_state_is_reachable_and_can_close() {
        for state in State::ALL {
            assert!(state == State::Closed || TRANSITIONS.iter().any(|row| row.2 == state), "{state}");
            assert!(state == State::Closed || state.next(Event::Abort) == Some(State::Closed), "{state}");
        }
    }
}
