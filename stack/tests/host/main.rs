//! Hosts wired together: what a user of the stack sees, end to end, in virtual time.

mod lab;

mod forwarding;
mod idle;
mod listener;
mod network;
mod tcp;
mod udp;
