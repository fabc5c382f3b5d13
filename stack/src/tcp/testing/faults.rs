//! Every planted fault of the TCP section shows on the wire or in a socket call: for each of them one of the scripts
//! below gives another trace than without it.

use std::fmt::Write as _;

use super::{IRS, ISS, Lab, MTU, drain, plain, segment, tuple};
use crate::errno::Errno;
use crate::fault::{Fault, FaultSet};
use crate::rng::SipHash24;
use crate::seq::SeqNumber;
use crate::tcp::{
    Connection, IcmpEvent, InitialWindow, KeepAliveConfig, TcpConfig, closed_reply, initial_sequence_with,
    listen_decision,
};
use crate::time::{Duration, Instant};
use crate::wire::tcp::{TcpFlags, TcpOption, TcpOptions};

/// What the outside sees of a script.
struct Trace<'a> {
    faults: FaultSet,
    text: &'a mut String,
}

impl Trace<'_> {
    fn config(&self) -> TcpConfig {
        TcpConfig { faults: self.faults, ..plain() }
    }

    fn established(&self) -> Lab {
        self.established_with(self.config(), &[TcpOption::MaxSegmentSize(1_000)])
    }

    /// As `Lab::established`, but does not insist on anything.
    fn established_with(&self, config: TcpConfig, options: &[TcpOption<'_>]) -> Lab {
        let mut lab = Lab::connect(config);
        lab.take();
        lab.options = TcpOptions::from_options(options).unwrap();
        lab.send("S.", 0, 1, &[]);
        lab.options = TcpOptions::EMPTY;
        lab.take();
        lab
    }

    /// Records what the connection sends in `span` and how it stands then.
    fn look(&mut self, lab: &mut Lab, span: Duration) {
        for sent in lab.sent_within(span) {
            writeln!(self.text, "{:?} {:?} {}", sent.at, sent.repr, sent.text.len()).unwrap();
        }
        writeln!(self.text, "{} {:?}", lab.state(), lab.read()).unwrap();
    }

    fn now(&mut self, lab: &mut Lab) {
        self.look(lab, Duration::ZERO);
    }

    /// A bad stack may have lost the connection by now.
    fn write(&mut self, lab: &mut Lab, len: usize) {
        self.note(lab.conn.send(lab.now, &vec![b'x'; len]));
    }

    fn note(&mut self, what: impl std::fmt::Debug) {
        writeln!(self.text, "{what:?}").unwrap();
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn no_connection(trace: &mut Trace<'_>) {
    for flags in [TcpFlags::SYN, TcpFlags::RST, TcpFlags::ACK] {
        let seg = segment(flags, 300, 100, 10, TcpOptions::EMPTY, b"abc");
        trace.note(closed_reply(&seg, &tuple(), &trace.faults));
        trace.note(listen_decision(&seg, &tuple(), &trace.faults));
    }
    let key = SipHash24::new(1, 2);
    trace.note(initial_sequence_with(&trace.faults, &key, &tuple(), Instant::from_secs(5)));
}

fn opening(trace: &mut Trace<'_>) {
    let script: [(&str, u32, u32); 6] =
        [("S.", 0, 9), ("R", 0, 0), ("R.", 0, 9), ("S", 0, 0), ("S.", 0, 1), (".", 1, 1)];
    for first in 0..script.len() {
        let mut lab = Lab::connect(trace.config());
        trace.now(&mut lab);
        for (flags, seq, ack) in &script[first..] {
            trace.note(lab.send(flags, *seq, *ack, &[]).reply);
            trace.now(&mut lab);
        }
    }
    let mut lab = Lab::connect(trace.config());
    trace.look(&mut lab, SECOND * 10);
    lab.send("S.", 0, 1, &[]);
    lab.take();
    trace.write(&mut lab, 5_000);
    trace.look(&mut lab, SECOND * 4);
    let syn = segment(TcpFlags::SYN, IRS, 0, 20_000, TcpOptions::EMPTY, b"early");
    let now = Instant::from_secs(1);
    let mut conn = Connection::accept(trace.config().into(), now, tuple(), SeqNumber(ISS), MTU, &syn);
    trace.note(drain(&mut conn, now));
    conn.handle_segment(now, &segment(TcpFlags::ACK, IRS + 6, ISS + 1, 100, TcpOptions::EMPTY, &[]));
    trace.note(conn.recv(now, &mut [0; 9]));
}

fn options(trace: &mut Trace<'_>) {
    let full = TcpConfig {
        window_scale: true,
        timestamps: true,
        sack: true,
        receive_buffer: 1 << 20,
        initial_window: InitialWindow::Segments(200),
        ..trace.config()
    };
    let small = TcpOption::MaxSegmentSize(500);
    let sets: [&[TcpOption<'_>]; 4] = [
        &[small],
        &[],
        &[TcpOption::WindowScale(16), TcpOption::SackPermitted],
        &[TcpOption::Timestamps { value: 50, echo: 0 }, TcpOption::WindowScale(2)],
    ];
    for set in sets {
        let area = TcpOptions::from_options(set).unwrap();
        let mut passive = Lab::accept(full.clone(), area);
        trace.now(&mut passive);
        let mut lab = trace.established_with(full.clone(), set);
        lab.window = if lab.conn.info().window_scale.is_some() { 1 } else { 20_000 };
        for (seq, value) in [(1, 60), (2_001, 70), (5, 40)] {
            if lab.conn.info().timestamps {
                lab.options = TcpOptions::timestamps(value, 0);
            }
            lab.send(".", seq, 1, b"text");
            trace.now(&mut lab);
        }
        trace.write(&mut lab, 200_000);
        trace.look(&mut lab, SECOND);
    }
}

fn acceptance(trace: &mut Trace<'_>) {
    let script: [(&str, u32, u32, usize); 14] = [
        (".", 50_000, 1, 3),
        (".", 9_990, 1, 50),
        ("R", 50_000, 1, 0),
        ("R", 500, 1, 0),
        ("R", 1, 1, 0),
        ("S", 1, 1, 0),
        ("S", 70_000, 1, 0),
        (".", 1, 2, 5),
        (".", 1, 1_u32.wrapping_sub(30_000), 5),
        ("", 1, 1, 5),
        ("F.", 1, 1, 0),
        (".", 1_001, 1, 9),
        (".", 2_001, 1, 9),
        (".", 3_001, 1, 1_000),
    ];
    for (flags, seq, ack, len) in script {
        let mut lab = trace.established();
        trace.note(lab.send(flags, seq, ack, &vec![1; len]));
        trace.look(&mut lab, SECOND);
        lab.send(".", 1, 1, &[2; 1_000]);
        trace.look(&mut lab, SECOND);
    }
    let mut lab = trace.established();
    for _ in 0..20 {
        lab.send("R", 5, 0, &[]);
        trace.now(&mut lab);
    }
    let sack = TcpConfig { sack: true, ..trace.config() };
    let mut lab = trace.established_with(sack, &[TcpOption::SackPermitted]);
    for seq in [1_001, 3_001] {
        lab.send(".", seq, 1, b"x");
        trace.now(&mut lab);
    }
}

fn receiving(trace: &mut Trace<'_>) {
    let mut lab = trace.established();
    for at in 0..10 {
        lab.send(".", 1 + at * 1_000, 1, &[0; 1_000]);
        let sent = lab.take();
        trace.note(sent);
    }
    for len in [1, 999, 500] {
        trace.note(lab.conn.recv(lab.now, &mut vec![0; len]));
        trace.note(lab.take());
    }
    let mut lab = trace.established();
    lab.send(".", 1, 1, b"x");
    trace.look(&mut lab, SECOND);
    lab.send_urgent("U.", 2, 1, 2, b"ab");
    trace.note((lab.conn.take_urgent_news(), lab.conn.recv_urgent(lab.now)));
}

fn sending(trace: &mut Trace<'_>) {
    let mut lab = trace.established();
    for len in [1, 10, 1_500] {
        trace.write(&mut lab, len);
        trace.now(&mut lab);
    }
    lab.conn.set_nodelay(true);
    trace.write(&mut lab, 7);
    trace.now(&mut lab);
    let mut lab = trace.established();
    trace.note(lab.conn.send_urgent(lab.now, b"abc"));
    trace.now(&mut lab);
    for window in [0, 300] {
        let mut lab = trace.established();
        lab.window = window;
        lab.send(".", 1, 1, &[]);
        trace.write(&mut lab, 1_000);
        for _ in 0..40 {
            trace.look(&mut lab, SECOND * 10);
            lab.send(".", 1, 1, &[]);
        }
    }
}

fn losses(trace: &mut Trace<'_>) {
    let few = TcpConfig { initial_window: InitialWindow::Segments(6), ..trace.config() };
    let mut lab = trace.established_with(few, &[TcpOption::MaxSegmentSize(1_000)]);
    trace.write(&mut lab, 50_000);
    trace.now(&mut lab);
    for _ in 0..5 {
        lab.send(".", 1, 1, &[]);
        trace.now(&mut lab);
    }
    let mut lab = trace.established();
    trace.write(&mut lab, 8_000);
    trace.look(&mut lab, SECOND * 40);
    lab.send(".", 1, 2_001, &[]);
    trace.look(&mut lab, SECOND * 40);
    // A slow answer to a repeated segment, then a lost one: the RTO shows whether it was measured.
    let mut lab = trace.established();
    trace.write(&mut lab, 10);
    trace.look(&mut lab, SECOND * 30);
    lab.send(".", 1, 11, &[]);
    trace.write(&mut lab, 10);
    lab.now += SECOND;
    lab.take();
    lab.send(".", 1, 21, &[]);
    trace.write(&mut lab, 10);
    trace.look(&mut lab, SECOND * 30);
    // Fast answers: the RTO stays at one second.
    let mut lab = trace.established();
    for end in [11, 21, 31] {
        trace.write(&mut lab, 10);
        lab.take();
        lab.send(".", 1, end, &[]);
    }
    trace.write(&mut lab, 10);
    trace.look(&mut lab, SECOND * 3);
}

fn closing(trace: &mut Trace<'_>) {
    let time_wait = Duration::from_secs(200);
    let mut lab = trace.established();
    trace.note(lab.conn.shutdown_write(lab.now));
    trace.now(&mut lab);
    trace.note(lab.send(".", 1, 2, b"half open").reply);
    trace.now(&mut lab);
    lab.send("F.", 10, 2, &[]);
    trace.look(&mut lab, time_wait);
    lab.send("F.", 10, 2, &[]);
    trace.look(&mut lab, time_wait);
    for abort in [false, true] {
        let mut lab = trace.established();
        lab.send(".", 1, 1, b"unread");
        if abort {
            lab.conn.abort(lab.now)
        } else {
            lab.conn.close(lab.now)
        }
        trace.now(&mut lab);
    }
    let mut lab = trace.established();
    lab.send("F.", 1, 1, &[]);
    trace.look(&mut lab, SECOND);
}

fn failures(trace: &mut Trace<'_>) {
    let mut lab = trace.established();
    trace.look(&mut lab, SECOND * 10_000);
    let mut lab = trace.established();
    lab.conn.set_keep_alive(lab.now, Some(KeepAliveConfig::default()));
    trace.look(&mut lab, SECOND * 7_300);
    for event in [IcmpEvent::Soft(Errno::HostUnreachable), IcmpEvent::Hard(Errno::ConnectionRefused)] {
        let mut lab = trace.established();
        trace.write(&mut lab, 5);
        lab.take();
        trace.note(lab.conn.handle_icmp(lab.now, event, SeqNumber(ISS + 1)));
        trace.now(&mut lab);
    }
}

fn trace(faults: FaultSet) -> String {
    let mut text = String::new();
    let scripts: [fn(&mut Trace<'_>); 9] =
        [no_connection, opening, options, acceptance, receiving, sending, losses, closing, failures];
    for script in scripts {
        script(&mut Trace { faults, text: &mut text });
    }
    text
}

#[test]
fn every_fault_shows_outside() {
    let first = Fault::ALL.iter().position(|fault| *fault == Fault::ClosedSilent).unwrap();
    let last = Fault::ALL.iter().position(|fault| *fault == Fault::HardErrorIgnored).unwrap();
    let good = trace(FaultSet::NONE);
    assert_eq!(good, trace(FaultSet::NONE));
    let hidden: Vec<_> =
        Fault::ALL[first..=last].iter().filter(|fault| trace(FaultSet::only(**fault)) == good).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}
