//! Initial sequence numbers (RFC 9293 3.4.1, RFC 6528 3): ISN = M + F(tuple, secret).

use super::tuple::FourTuple;
use crate::fault::{Fault, FaultSet};
use crate::rng::SipHash24;
use crate::seq::SeqNumber;
use crate::time::Instant;

/// The ISN of a new connection. `key` is the host's secret: random, and never shown.
pub fn initial_sequence(key: &SipHash24, tuple: &FourTuple, now: Instant) -> SeqNumber {
    // RFC9293-MUST-8: M is a clock that ticks every 4 microseconds.
    let m = (now.as_micros() / 4) as u32;
    // RFC9293-SHLD-1, RFC6528-3-1 and RFC6528-3-2: F is a keyed pseudo-random function of the four-tuple.
    SeqNumber(m.wrapping_add(key.hash(&tuple.to_bytes()) as u32))
}

/// The same with planted faults considered.
pub fn initial_sequence_with(faults: &FaultSet, key: &SipHash24, tuple: &FourTuple, now: Instant) -> SeqNumber {
    if faults.has(Fault::IsnConstant) {
        return SeqNumber(0x1000_0000);
    }
    initial_sequence(key, tuple, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuple(port: u16) -> FourTuple {
        FourTuple::new(([192, 0, 2, 1], port).into(), ([192, 0, 2, 2], 80).into())
    }

    #[test]
    fn ticks_every_four_microseconds_per_tuple() {
        let key = SipHash24::new(1, 2);
        let at = |micros| initial_sequence(&key, &tuple(9), Instant::from_micros(micros));
        assert_eq!(at(400).bytes_since(at(0)), 100);
        // One wrap takes 2^32 ticks, about 4.77 hours.
        assert_eq!(at(4 << 32), at(0));
    }

    #[test]
    fn differs_by_tuple_and_by_secret() {
        let now = Instant::from_secs(1);
        let one = initial_sequence(&SipHash24::new(1, 2), &tuple(9), now);
        assert_ne!(one, initial_sequence(&SipHash24::new(1, 2), &tuple(10), now));
        assert_ne!(one, initial_sequence(&SipHash24::new(1, 3), &tuple(9), now));
    }
}
