//! The calls of the application: SEND, RECEIVE, CLOSE, ABORT, STATUS (RFC 9293 3.9.1 and 3.10.2 to 3.10.6).

use super::connection::Connection;
use super::state::{Event, State};
use crate::errno::Errno;
use crate::fault::Fault;
use crate::time::{Duration, Instant};

impl Connection {
    /// SEND: queues text; returns how many octets were taken, at least one.
    ///
    /// # Errors
    /// `WouldBlock` if the buffer is full; a pending error of the connection (once); `BrokenPipe` after the sending
    /// side was closed.
    pub fn send(&mut self, now: Instant, data: &[u8]) -> Result<usize, Errno> {
        self.tick(now);
        if self.snd.fin.is_some() && self.config.faults.has(Fault::SendAfterClose) {
            return Ok(data.len());
        }
        self.check_send()?;
        if data.is_empty() {
            return Ok(0);
        }
        match self.snd.push(data) {
            0 => Err(Errno::WouldBlock),
            count => Ok(count),
        }
    }

    /// SEND in place: `fill` gets free room of the send buffer, in one piece, and returns how many octets of it it wrote.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_with(&mut self, now: Instant, fill: impl FnOnce(&mut [u8]) -> usize) -> Result<usize, Errno> {
        self.tick(now);
        self.check_send()?;
        let room = self.snd.ring.room(self.snd.limit as usize);
        if room.is_empty() {
            return Err(Errno::WouldBlock);
        }
        let most = room.len();
        let count = fill(room).min(most);
        self.snd.ring.extend(count);
        Ok(count)
    }

    /// SEND with the urgent flag: the last octet taken is the end of the urgent data.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_urgent(&mut self, now: Instant, data: &[u8]) -> Result<usize, Errno> {
        let count = self.send(now, data)?;
        if count > 0 {
            // RFC9293-MUST-62: SND.UP names the octet behind the urgent data.
            self.snd.up = Some(self.snd.data_end());
        }
        Ok(count)
    }

    fn check_send(&mut self) -> Result<(), Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if !self.state.accepts_send() || self.snd.fin.is_some() {
            return Err(Errno::BrokenPipe);
        }
        Ok(())
    }

    /// RECEIVE: copies text that arrived in order. `Ok(0)` with room in `out` means the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; a pending error of the connection (once).
    pub fn recv(&mut self, now: Instant, out: &mut [u8]) -> Result<usize, Errno> {
        let count = self.peek(now, out)?;
        self.forget_text(count);
        Ok(count)
    }

    /// RECEIVE in place: `take` sees text that arrived in order, in one piece, and returns how many octets of it it is
    /// done with. `Ok(0)` without a call means the end of the stream.
    ///
    /// # Errors
    /// As [`Self::recv`].
    pub fn recv_with(&mut self, now: Instant, take: impl FnOnce(&[u8]) -> usize) -> Result<usize, Errno> {
        if !self.may_read(now)? {
            return Ok(0);
        }
        let most = self.text_to_read()?;
        let (text, _) = self.rcv.ring.slices(0, most);
        if text.is_empty() {
            return Ok(0);
        }
        let most = text.len();
        let count = take(text).min(most);
        self.forget_text(count);
        Ok(count)
    }

    /// The application has read `count` octets.
    fn forget_text(&mut self, count: usize) {
        self.rcv.ring.discard(count);
        if !self.rcv.has_gap() {
            self.rcv.ring.rewind();
        }
        if count > 0 && self.marks_end_of_read() {
            self.rcv.ring.release();
        }
    }

    /// RECEIVE without taking anything away.
    ///
    /// # Errors
    /// As [`Self::recv`].
    pub fn peek(&mut self, now: Instant, out: &mut [u8]) -> Result<usize, Errno> {
        if !self.may_read(now)? || out.is_empty() {
            return Ok(0);
        }
        let most = self.text_to_read()?.min(out.len());
        Ok(self.rcv.ring.copy_to(0, &mut out[..most]))
    }

    /// Whether there can be text to read; false before the connection is established if the reading side was closed.
    fn may_read(&mut self, now: Instant) -> Result<bool, Errno> {
        self.tick(now);
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if matches!(self.state, State::SynSent | State::SynReceived | State::Listen) {
            return if self.rcv.shut { Ok(false) } else { Err(Errno::WouldBlock) };
        }
        Ok(true)
    }

    /// How many octets may be read at once; 0 at the end of the stream.
    fn text_to_read(&mut self) -> Result<usize, Errno> {
        if self.urgent.is_some() {
            self.skip_mark();
        }
        if self.rcv.ring.is_empty() {
            return if self.at_end() { Ok(0) } else { Err(Errno::WouldBlock) };
        }
        Ok(self.octets_before_mark().unwrap_or(usize::MAX).min(self.rcv.ring.len()))
    }

    /// No more text will come.
    fn at_end(&self) -> bool {
        self.rcv.fin || self.rcv.shut || self.state == State::Closed
    }

    /// Everything was read and nothing more comes: the memory can go.
    fn marks_end_of_read(&self) -> bool {
        self.rcv.ring.is_empty() && self.rcv.fin
    }

    /// CLOSE of the sending side only (half close): a FIN follows the text queued so far.
    ///
    /// # Errors
    /// A pending error; `NotConnected` before SYN-RECEIVED and in CLOSED.
    pub fn shutdown_write(&mut self, now: Instant) -> Result<(), Errno> {
        self.tick(now);
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        match self.state {
            State::Closed | State::Listen | State::SynSent => Err(Errno::NotConnected),
            _ => {
                self.queue_fin();
                Ok(())
            }
        }
    }

    /// The application reads no more: unread text is thrown away, and what still comes is acknowledged only.
    pub fn shutdown_read(&mut self, now: Instant) {
        self.tick(now);
        self.rcv.shut = true;
        self.rcv.ring.release();
        self.rcv.drop_out_of_order();
        self.urgent = None;
    }

    /// CLOSE: both directions, for good. With unread text it resets the connection; else a FIN follows the text
    /// queued so far, and text that still comes is answered with a reset.
    pub fn close(&mut self, now: Instant) {
        self.tick(now);
        self.marks.released = true;
        match self.state {
            State::Closed => self.error = None,
            State::SynSent if self.config.faults.has(Fault::CloseKeepsSynSent) => {}
            State::Listen | State::SynSent => self.terminate(None),
            State::TimeWait => self.shutdown_read(now),
            _ => {
                // RFC9293-SHLD-3: data that the peer believes delivered is lost, so it gets a reset.
                if !self.rcv.ring.is_empty() && !self.config.faults.has(Fault::CloseUnreadFin) {
                    self.terminate(None);
                    self.pending.reset = true;
                    return;
                }
                self.shutdown_read(now);
                self.queue_fin();
                self.arm_fin_wait_2(now);
            }
        }
    }

    /// ABORT (RFC 9293 3.10.5): CLOSED at once, with a reset where the peer has a connection.
    pub fn abort(&mut self, now: Instant) {
        self.tick(now);
        if self.config.faults.has(Fault::AbortSendsFin) {
            self.shutdown_read(now);
            self.close(now);
            return;
        }
        // RFC9293-WP-19.
        let reset = matches!(
            self.state,
            State::SynReceived | State::Established | State::FinWait1 | State::FinWait2 | State::CloseWait
        );
        self.terminate(None);
        self.error = None;
        self.marks.released = true;
        self.pending.reset |= reset;
    }

    /// Queues the FIN and moves on as RFC 9293 3.10.4 says.
    fn queue_fin(&mut self) {
        match self.state {
            // With text to send the FIN waits until the handshake is over.
            State::SynReceived if !self.snd.ring.is_empty() => self.snd.queue_fin(),
            State::SynReceived | State::Established | State::CloseWait => {
                self.snd.queue_fin();
                self.transition(Event::Close);
            }
            _ => {}
        }
    }

    /// Takes the pending error, as SO_ERROR does.
    pub fn take_error(&mut self) -> Option<Errno> {
        self.error.take()
    }

    /// Takes the last soft error that ICMP reported (RFC9293-SHLD-25).
    pub fn take_soft_error(&mut self) -> Option<Errno> {
        self.soft_error.take()
    }

    /// Whether a RECEIVE would return at once: text, end of stream, or an error.
    pub fn readable(&self) -> bool {
        if self.error.is_some() {
            return true;
        }
        if matches!(self.state, State::SynSent | State::SynReceived | State::Listen) {
            return self.rcv.shut;
        }
        let before_mark = self.octets_before_mark();
        let unread = self.rcv.ring.len();
        // An urgent octet that comes next is skipped by the read, so there has to be something behind it.
        unread > usize::from(before_mark == Some(0)) || self.at_end()
    }

    /// Whether a SEND would return at once: space after the handshake, or an error.
    pub fn writable(&self) -> bool {
        if self.error.is_some() {
            return true;
        }
        match self.state {
            State::SynSent | State::SynReceived | State::Listen => false,
            State::Established | State::CloseWait => self.snd.space() > 0,
            _ => true,
        }
    }

    /// Text received and not read, in octets.
    pub fn unread(&self) -> usize {
        self.rcv.ring.len()
    }

    /// Text queued and not acknowledged, in octets.
    pub fn unacknowledged(&self) -> usize {
        self.snd.ring.len()
    }

    /// Whether the sending side was closed by the application.
    pub fn is_write_shut(&self) -> bool {
        self.snd.fin.is_some()
    }

    /// Switches Nagle's algorithm off (`true`) or on (RFC9293-MUST-17).
    pub fn set_nodelay(&mut self, nodelay: bool) {
        self.marks.nodelay = nodelay;
    }

    /// Whether Nagle's algorithm is off.
    pub fn nodelay(&self) -> bool {
        self.marks.nodelay
    }

    /// Gives up when text stays unacknowledged for this long (RFC 5482); `None`: R2 alone decides.
    pub fn set_user_timeout(&mut self, now: Instant, timeout: Option<Duration>) {
        self.tick(now);
        self.user_timeout = timeout;
        self.arm_user_timeout();
    }

    /// The user timeout in force.
    pub fn user_timeout(&self) -> Option<Duration> {
        self.user_timeout
    }

    /// The MSS to announce; only before the SYN is sent. At least 88 octets.
    pub fn set_max_segment_size(&mut self, mss: u16) {
        if self.snd.nxt == self.snd.iss {
            let most = (self.mtu as usize).saturating_sub(self.tuple.fixed_headers()) as u16;
            self.rcv.mss = mss.max(88).min(most.max(88));
            self.snd.peer_mss = self.snd.peer_mss.min(self.rcv.mss);
            self.update_mss();
        }
    }

    /// Bound on text that waits for acknowledgment.
    pub fn set_send_buffer(&mut self, octets: usize) {
        self.snd.limit = octets.clamp(1, 1 << 30) as u32;
    }

    /// RCV.BUFF. What is already on offer stays on offer, and the window scale is fixed once the SYN is sent.
    pub fn set_receive_buffer(&mut self, octets: usize) {
        let fresh = self.snd.nxt == self.snd.iss;
        self.rcv.set_limit(octets, fresh, self.options.window_scale);
    }

    /// Bound on text that waits for acknowledgment.
    pub fn send_buffer(&self) -> usize {
        self.snd.limit as usize
    }

    /// RCV.BUFF.
    pub fn receive_buffer(&self) -> usize {
        self.rcv.limit as usize
    }

    /// Gives memory back that holds nothing at the moment.
    pub fn trim(&mut self) {
        if self.snd.ring.is_empty() {
            self.snd.ring.release();
        }
        if self.rcv.ring.is_empty() && !self.rcv.has_gap() {
            self.rcv.ring.release();
        }
    }
}
