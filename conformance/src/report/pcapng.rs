//! One capture per failing case: pcapng with the link of each interface, times since the reset of the
//! target in nanoseconds, direction flags, socket calls as comments, and a comment on the deciding packet.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{InterfaceDescriptionBlock, InterfaceDescriptionOption};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, PcapError};

use crate::result::{CaseResult, RunResult, Standing, TraceEntry, TraceWhat};

/// `if_tsresol`: ten to the minus nine of a second.
const NANOSECONDS: u8 = 9;
/// `epb_flags`: the packet left the tester, or came to it.
const OUTBOUND: u32 = 2;
const INBOUND: u32 = 1;

/// Writes a capture for every case that stands as failed into `folder`, which is made if it is missing.
/// Gives the files written.
///
/// # Errors
///
/// What the file system says, with the path in the message.
pub fn write_failures(folder: &Path, run: &RunResult) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    let mut written = Vec::new();
    for case in &run.cases {
        let failed = matches!(case.standing(run.strict), Standing::Failed | Standing::Expected | Standing::Warning);
        if !failed || case.verdict.is_good() {
            continue;
        }
        let path = folder.join(file_name(case));
        let mut bytes = Vec::new();
        write(&mut bytes, run, case)?;
        std::fs::write(&path, bytes).map_err(|error| at(&path, &error))?;
        written.push(path);
    }
    Ok(written)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The id with its parameters, as a name that every file system takes.
pub fn file_name(case: &CaseResult) -> String {
    let plain: String =
        case.full_id().chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    format!("{}.pcapng", plain.trim_end_matches('_'))
}

/// Writes the capture of one case.
///
/// # Errors
///
/// What the stream says.
pub fn write(out: &mut dyn Write, run: &RunResult, case: &CaseResult) -> io::Result<()> {
    blocks(out, run, case).map_err(|error| match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    })
}

fn blocks(out: &mut dyn Write, run: &RunResult, case: &CaseResult) -> Result<(), PcapError> {
    let section = SectionHeaderBlock {
        options: vec![
            SectionHeaderOption::Comment(Cow::Owned(about(case))),
            SectionHeaderOption::UserApplication(Cow::Owned(run.tool.clone())),
        ],
        ..SectionHeaderBlock::default()
    };
    let mut writer = PcapNgWriter::with_section_header(out, section)?;
    let interfaces = case.trace.iter().filter_map(frame).map(|(_, interface, _)| interface + 1).max().unwrap_or(1);
    for number in 0..interfaces {
        writer.write_pcapng_block(InterfaceDescriptionBlock {
            linktype: DataLink::ETHERNET,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Owned(format!("link{number}"))),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        })?;
    }
    let last_frame = case.trace.iter().rposition(|entry| frame(entry).is_some());
    let remarked = case.trace.iter().any(|entry| entry.comment.is_some() && frame(entry).is_some());
    let mut waiting: Vec<String> = Vec::new();
    for (position, entry) in case.trace.iter().enumerate() {
        let Some((flags, interface, bytes)) = frame(entry) else {
            waiting.extend(words(entry));
            continue;
        };
        waiting.extend(entry.comment.clone());
        if last_frame == Some(position) {
            // What came after the last frame has no packet of its own; neither has a frame that never came.
            waiting.extend(case.trace[position + 1..].iter().filter_map(words));
            waiting.extend((!remarked).then(|| about(case)));
        }
        let comments = waiting.drain(..).map(|text| EnhancedPacketOption::Comment(Cow::Owned(text)));
        let options = comments.chain([EnhancedPacketOption::Flags(flags)]).collect();
        writer.write_pcapng_block(EnhancedPacketBlock {
            interface_id: interface as u32,
            timestamp: Duration::from_micros(entry.at_us),
            original_len: bytes.len() as u32,
            data: Cow::Borrowed(bytes),
            options,
        })?;
    }
    Ok(())
}

/// Direction, interface and bytes of a frame; `None` for calls and notes.
fn frame(entry: &TraceEntry) -> Option<(u32, usize, &[u8])> {
    match &entry.what {
        TraceWhat::ToTarget { interface, bytes } => Some((OUTBOUND, *interface, bytes)),
        TraceWhat::FromTarget { interface, bytes } => Some((INBOUND, *interface, bytes)),
        TraceWhat::Call(_) | TraceWhat::Note(_) => None,
    }
}

/// A call or a note with its time, for the packet that follows.
fn words(entry: &TraceEntry) -> Option<String> {
    let text = match &entry.what {
        TraceWhat::Call(text) | TraceWhat::Note(text) => text,
        TraceWhat::ToTarget { .. } | TraceWhat::FromTarget { .. } => return None,
    };
    let remark = entry.comment.as_ref().map(|comment| format!(" ({comment})")).unwrap_or_default();
    Some(format!("{}.{:06} s: {text}{remark}", entry.at_us / 1_000_000, entry.at_us % 1_000_000))
}

/// The case, its requirements, the verdict and why.
fn about(case: &CaseResult) -> String {
    let mut text = format!("{}: {}", case.full_id(), case.verdict);
    if !case.requirements.is_empty() {
        text.push_str(&format!(" ({})", case.requirements.join(", ")));
    }
    if let Some(evidence) = &case.evidence {
        text.push_str(&format!("; {}", evidence.summary));
        if !evidence.expected.is_empty() {
            text.push_str(&format!("; expected: {}", evidence.expected));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use pcap_file::pcapng::{Block, PcapNgReader};

    use super::*;
    use crate::report::{assert_golden, sample};

    fn capture(case: &CaseResult) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, &sample::run(), case).expect("memory");
        bytes
    }

    #[test]
    fn golden() {
        let bytes = capture(&sample::failing());
        let lines: Vec<String> =
            bytes.chunks(16).map(|row| row.iter().map(|byte| format!("{byte:02x} ")).collect()).collect();
        assert_golden("capture.hex", &(lines.join("\n") + "\n"));
    }

    fn comments(case: &CaseResult) -> Vec<(Duration, Vec<String>)> {
        let bytes = capture(case);
        let mut reader = PcapNgReader::new(bytes.as_slice()).expect("section header");
        let mut packets = Vec::new();
        while let Some(block) = reader.next_block() {
            if let Block::EnhancedPacket(packet) = block.expect("block") {
                let comments = packet.options.iter().filter_map(|option| match option {
                    EnhancedPacketOption::Comment(text) => Some(text.to_string()),
                    _ => None,
                });
                packets.push((packet.timestamp, comments.collect()));
            }
        }
        packets
    }

    #[test]
    fn the_deciding_packet_carries_the_comment_and_calls_go_with_the_next_packet() {
        let packets = comments(&sample::failing());
        assert_eq!(packets[0], (Duration::ZERO, vec!["0.000000 s: the tester asks".to_owned()]));
        let calls = vec!["0.000100 s: socket(ipv4, udp) = 1".to_owned(), "nearest miss".to_owned()];
        assert_eq!(packets[1], (Duration::from_micros(120), calls));
    }

    #[test]
    fn when_no_frame_decided_the_last_one_says_why() {
        let mut case = sample::failing();
        case.trace[3].comment = None;
        let packets = comments(&case);
        let last = packets[1].1.last().expect("a comment");
        assert!(last.starts_with("arp.reply.names-itself[family=ipv4,target=own]: fail (RFC826-0-12"), "{last}");
        assert!(last.contains("no frame matched within 1 s"));
    }

    #[test]
    fn an_empty_trace_is_a_capture_too() {
        let case = CaseResult { trace: Vec::new(), ..sample::failing() };
        assert!(comments(&case).is_empty());
    }

    #[test]
    fn files_are_named_after_their_case() {
        assert_eq!(file_name(&sample::failing()), "arp.reply.names-itself_family_ipv4_target_own.pcapng");
    }
}
