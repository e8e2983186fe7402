//! Any first bytes of a connection: more of them never change who calls, what is undecided is
//! bounded, and a PROXY header ends within the bytes.

#![no_main]

use hobnob::wire::proxy_header::ProxyHeader;
use hobnob::wire::recogniser::{FIRST_BYTES_MAX, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let all = recognise(bytes);
    assert!(all.is_some() || bytes.len() < FIRST_BYTES_MAX);
    let (mut recognised, mut header) = (None, ProxyHeader::Incomplete);
    for end in 0..=bytes.len() {
        let so_far = recognise(&bytes[..end]);
        assert!(recognised.is_none() || so_far == recognised);
        recognised = so_far;
        let parsed = ProxyHeader::parse(&bytes[..end]);
        assert!(header == ProxyHeader::Incomplete || parsed == header);
        if let ProxyHeader::Complete { length, .. } = parsed {
            assert!(length <= end);
        }
        header = parsed;
    }
    assert_eq!(recognised, all);
});
