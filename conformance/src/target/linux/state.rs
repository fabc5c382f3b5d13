//! What the kernel prints in `/proc/net`: TCP states from `tcp` and `tcp6` (the state query without
//! `getsockopt(TCP_INFO)`, for which no safe wrapper exists), and own addresses from `ipv6_route`.

use std::net::Ipv6Addr;

/// One line of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    local_port: u16,
    remote_port: u16,
    state: u8,
    /// 0 if no descriptor holds the connection any more.
    inode: u64,
}

/// RFC 9293's name of a state of the kernel (`include/net/tcp_states.h`).
fn name(state: u8) -> &'static str {
    match state {
        1 => "ESTABLISHED",
        2 => "SYN-SENT",
        3 | 12 => "SYN-RECEIVED",
        4 => "FIN-WAIT-1",
        5 => "FIN-WAIT-2",
        6 => "TIME-WAIT",
        8 => "CLOSE-WAIT",
        9 => "LAST-ACK",
        10 => "LISTEN",
        11 => "CLOSING",
        _ => "CLOSED",
    }
}

/// Reads one line: number, local and remote `address:port` in hex, state in hex, ..., inode tenth.
fn line(text: &str) -> Option<Line> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let port = |field: &str| u16::from_str_radix(field.rsplit(':').next()?, 16).ok();
    Some(Line {
        local_port: port(fields.get(1)?)?,
        remote_port: port(fields.get(2)?)?,
        state: u8::from_str_radix(fields.get(3)?, 16).ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// The state of the socket with this inode. The kernel takes a connection away from its socket at the
/// end (TIME-WAIT); it is then looked for by its ports, local and remote.
pub(super) fn find(tables: &str, inode: u64, ports: Option<(u16, u16)>) -> &'static str {
    let lines: Vec<Line> = tables.lines().filter_map(line).collect();
    if let Some(line) = lines.iter().find(|line| line.inode == inode) {
        return name(line.state);
    }
    let left = lines.iter().find(|line| line.inode == 0 && Some((line.local_port, line.remote_port)) == ports);
    left.map_or("CLOSED", |line| name(line.state))
}

/// Whether the text of `ipv6_route` has the route to each of these own addresses. The kernel makes it in
/// the background, after it has joined the groups of the address: only then does it answer for it.
pub(super) fn has_local_routes(routes: &str, addresses: &[Ipv6Addr]) -> bool {
    const RTF_LOCAL: u32 = 0x8000_0000;
    addresses.iter().all(|address| {
        let wanted = format!("{:032x}", u128::from(*address));
        routes.lines().any(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [destination, "80", .., flags, _device] = fields.as_slice() else {
                return false;
            };
            *destination == wanted && u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & RTF_LOCAL != 0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 010200C0:1E61 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1 0000000000000000 100 0 0 10 0
   1: 010200C0:1E61 020200C0:9C40 01 00000000:00000000 00:00000000 00000000     0        0 22222 1 0000000000000000 20 4 0 10 -1
   2: 010200C0:1E61 020200C0:9C41 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: B80D0120000000000000000001000000:1E61 B80D0120000000000000000002000000:9C42 08 00000000:00000000 00:00000000 00000000     0        0 33333 1 0000000000000000 20 4 0 10 -1
";

    #[test]
    fn finds_by_inode_and_else_by_ports() {
        assert_eq!(find(TABLES, 11111, None), "LISTEN");
        assert_eq!(find(TABLES, 22222, Some((7777, 40_000))), "ESTABLISHED");
        assert_eq!(find(TABLES, 33333, None), "CLOSE-WAIT");
        assert_eq!(find(TABLES, 44444, Some((7777, 40_001))), "TIME-WAIT");
        assert_eq!(find(TABLES, 44444, Some((7777, 40_000))), "CLOSED");
        assert_eq!(find("", 1, None), "CLOSED");
    }

    #[test]
    fn an_address_is_ready_with_its_local_route() {
        let routes = "\
20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001      wp0
20010db8000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001      wp0
20010db8000000000000000000000003 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000005      wp0
";
        let address = |host| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host);
        assert!(has_local_routes(routes, &[address(1)]));
        assert!(!has_local_routes(routes, &[address(1), address(2)]));
        assert!(!has_local_routes(routes, &[address(3)]));
        assert!(!has_local_routes("", &[address(1)]));
    }
}
