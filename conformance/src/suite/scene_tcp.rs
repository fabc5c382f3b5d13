//! TCP set-up of a scene: opens, and a flow in any of the eleven states.
//!
//! The connection's socket on the target has the name of the flow; the listener is `<flow>.listener`. Labels:
//! `<flow>.syn`, `<flow>.syn-ack`, `<flow>.established`, `<flow>.fin`.

use std::net::SocketAddr;

use super::scene::{Scene, Step};
use crate::target::{Shutdown, SocketKind};
use crate::timeline::time::secs;
use crate::timeline::{Expected, Verb};

/// The state of a TCP connection (RFC 9293 3.3.2), on the target's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No connection, no listener.
    Closed,
    /// A listener, no segment yet.
    Listen,
    /// The target sent its SYN.
    SynSent,
    /// The target answered a SYN, which the tester did not acknowledge.
    SynReceived,
    /// Open.
    Established,
    /// The target sent FIN, not acknowledged.
    FinWait1,
    /// The target's FIN is acknowledged.
    FinWait2,
    /// The tester sent FIN, the application has not closed.
    CloseWait,
    /// Both sent FIN at once, the target's is not acknowledged.
    Closing,
    /// The tester's FIN first, then the target's, not acknowledged.
    LastAck,
    /// Both FINs are acknowledged, the target's went first.
    TimeWait,
}

impl State {
    /// Every state.
    pub const ALL: &'static [Self] = &[
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

    /// The states from SYN-RECEIVED on in which the connection is synchronised (RFC 9293 3.3.2).
    pub const SYNCHRONIZED: &'static [Self] = &[
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
    ];

    /// The name as a parameter: `fin-wait-2`.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Listen => "listen",
            Self::SynSent => "syn-sent",
            Self::SynReceived => "syn-received",
            Self::Established => "established",
            Self::FinWait1 => "fin-wait-1",
            Self::FinWait2 => "fin-wait-2",
            Self::CloseWait => "close-wait",
            Self::Closing => "closing",
            Self::LastAck => "last-ack",
            Self::TimeWait => "time-wait",
        }
    }

    /// The slugs of some states, for [`super::CaseBuilder::param`].
    pub fn slugs(states: &[Self]) -> Vec<&'static str> {
        states.iter().map(|state| state.slug()).collect()
    }

    /// The state of this slug.
    ///
    /// # Panics
    ///
    /// On a slug that is none.
    pub fn from_slug(slug: &str) -> Self {
        match Self::ALL.iter().find(|state| state.slug() == slug) {
            Some(state) => *state,
            None => panic!("`{slug}` is not a TCP state"),
        }
    }
}

impl Scene {
    /// Makes a TCP socket that listens on this port of every address.
    pub fn listen(&mut self, name: &str, port: u16) -> Step<'_> {
        self.listen_with(name, port, 8)
    }

    /// Makes a TCP socket that listens with this backlog.
    pub fn listen_with(&mut self, name: &str, port: u16, backlog: u32) -> Step<'_> {
        self.socket(name, SocketKind::Tcp).why("set-up: a TCP socket");
        let address = self.wildcard(port);
        self.call(name, Verb::Bind(address), Expected::Ok).why("set-up: bind");
        self.call(name, Verb::Listen(backlog), Expected::Ok).why("set-up: listen")
    }

    /// The flow of this name, declared on port 80 of the target if the case did not declare it.
    fn ensure_flow(&mut self, flow: &str) {
        if !self.has_flow(flow) {
            self.flow(flow, 80);
        }
    }

    /// The tester opens the flow: SYN, SYN-ACK, ACK. Somebody must listen.
    pub fn handshake(&mut self, flow: &str) -> Step<'_> {
        self.ensure_flow(flow);
        self.inject(self.tcp(flow).syn()).label(&format!("{flow}.syn")).why("set-up: handshake");
        self.expect(self.tcp(flow).syn_ack().ack_next(0))
            .label(&format!("{flow}.syn-ack"))
            .why("set-up: the target answers the SYN");
        self.inject(self.tcp(flow).ack()).label(&format!("{flow}.established")).why("set-up: handshake")
    }

    /// The listener hands out the connection of the flow, as a socket of the flow's name.
    pub fn accept(&mut self, listener: &str, flow: &str) -> Step<'_> {
        self.call(listener, Verb::Accept(flow.to_owned()), Expected::Ok).within(secs(2)).why("set-up: accept")
    }

    /// A listener on the flow's port, named `<flow>.listener`.
    pub fn listen_for(&mut self, flow: &str) {
        self.ensure_flow(flow);
        let port = self.flow_mut(flow).target_port.unwrap_or(80);
        self.listen(&format!("{flow}.listener"), port);
    }

    /// ESTABLISHED by passive open: the target listens, the tester opens, the target accepts. The socket has the
    /// flow's name. Nothing is in flight, nothing is unacknowledged.
    pub fn established_passive(&mut self, flow: &str) {
        self.listen_for(flow);
        self.handshake(flow);
        self.accept(&format!("{flow}.listener"), flow);
    }

    /// The target begins to connect to the tester; its SYN was seen (label `<flow>.syn`) and not answered.
    pub fn connect(&mut self, flow: &str) -> Step<'_> {
        self.ensure_flow(flow);
        self.flow_mut(flow).target_port = None;
        let peer = SocketAddr::new(self.flow_mut(flow).tester, self.flow_mut(flow).tester_port);
        self.socket(flow, SocketKind::Tcp).why("set-up: a TCP socket");
        self.call(flow, Verb::Connect(peer), Expected::Begun).why("set-up: connect");
        self.expect(self.tcp(flow).syn().seq(0)).label(&format!("{flow}.syn")).why("set-up: the target sends its SYN")
    }

    /// ESTABLISHED by active open: the target connects to the tester. The socket has the flow's name.
    pub fn established_active(&mut self, flow: &str) {
        self.connect(flow);
        self.inject(self.tcp(flow).syn_ack()).label(&format!("{flow}.syn-ack")).why("set-up: handshake");
        self.expect(self.tcp(flow).pure_ack().seq(1).ack_number(1))
            .label(&format!("{flow}.established"))
            .why("set-up: the target acknowledges the SYN");
        let peer = SocketAddr::new(self.flow_mut(flow).tester, self.flow_mut(flow).tester_port);
        self.call(flow, Verb::Connect(peer), Expected::Ok).within(secs(2)).why("set-up: the connect call succeeds");
    }

    /// The target's side of the flow closes its sending half: FIN is seen (label `<flow>.fin`), not acknowledged.
    fn target_fin(&mut self, flow: &str) {
        self.call(flow, Verb::Shutdown(Shutdown::Write), Expected::Ok).why("set-up: the target closes");
        self.expect(self.tcp(flow).fin()).label(&format!("{flow}.fin")).why("set-up: the target sends FIN");
    }

    /// The tester sends FIN and the target acknowledges it.
    fn tester_fin(&mut self, flow: &str) {
        self.inject(self.tcp(flow).fin()).why("set-up: the tester closes");
        self.expect(self.tcp(flow).flags_with("A").ack_next(0)).why("set-up: the target acknowledges FIN");
    }

    /// Brings the flow (port 80 if it is not declared) into a state, by passive open where both ways lead
    /// there. The socket, where there is one, has the flow's name. Call [`Scene::setup_done`] when your own set-up
    /// is done too.
    pub fn in_state(&mut self, flow: &str, state: State) {
        self.ensure_flow(flow);
        match state {
            State::Closed => {}
            State::Listen => self.listen_for(flow),
            State::SynSent => {
                self.connect(flow);
            }
            State::SynReceived => {
                self.listen_for(flow);
                self.inject(self.tcp(flow).syn()).label(&format!("{flow}.syn")).why("set-up: handshake");
                self.expect(self.tcp(flow).syn_ack().ack_next(0))
                    .label(&format!("{flow}.syn-ack"))
                    .why("set-up: the target answers the SYN");
            }
            State::Established => self.established_passive(flow),
            State::FinWait1 => {
                self.established_passive(flow);
                self.target_fin(flow);
            }
            State::FinWait2 => {
                self.in_state(flow, State::FinWait1);
                self.inject(self.tcp(flow).ack()).why("set-up: the tester acknowledges FIN");
            }
            State::CloseWait => {
                self.established_passive(flow);
                self.tester_fin(flow);
            }
            State::Closing => {
                self.in_state(flow, State::FinWait1);
                // The tester's FIN crossed the target's: it acknowledges everything before that.
                self.inject(self.tcp(flow).fin().ack_next(-1)).why("set-up: the FINs cross");
                self.expect(self.tcp(flow).flags_with("A").ack_next(0)).why("set-up: the target acknowledges FIN");
            }
            State::LastAck => {
                self.in_state(flow, State::CloseWait);
                self.target_fin(flow);
            }
            State::TimeWait => {
                self.in_state(flow, State::FinWait2);
                self.tester_fin(flow);
            }
        }
    }
}
