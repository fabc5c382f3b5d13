//! Cases over TCP (RFC 9293), one topic per file; begin with `basics`.

use super::Case;

mod abort;
mod addresses;
mod backlog;
pub mod basics;
mod challenge;
mod closed;
mod common;
mod congestion;
mod data;
mod flow_control;
mod half_close;
mod handshake;
mod handshake_loss;
mod icmp_errors;
mod isn;
mod listen;
mod options;
mod recovery;
mod resets;
mod retransmission;
mod states;
mod syn_sent;
mod teardown;
mod time_wait;
mod timers;

/// Every case of this suite.
pub fn cases() -> Vec<Case> {
    [
        basics::cases(),
        closed::cases(),
        listen::cases(),
        backlog::cases(),
        addresses::cases(),
        handshake::cases(),
        handshake_loss::cases(),
        syn_sent::cases(),
        isn::cases(),
        states::cases(),
        resets::cases(),
        challenge::cases(),
        teardown::cases(),
        half_close::cases(),
        abort::cases(),
        time_wait::cases(),
        options::cases(),
        data::cases(),
        flow_control::cases(),
        retransmission::cases(),
        recovery::cases(),
        congestion::cases(),
        timers::cases(),
        icmp_errors::cases(),
    ]
    .concat()
}
