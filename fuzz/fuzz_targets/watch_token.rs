//! Watch tokens: any text, and any text within one. Reading must not panic, and what is read is written and read again as it
//! was.

#![no_main]

use claimdesk::service::WatchToken;
use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for text in [text, &BASE64URL_NOPAD.encode(text.as_bytes())] {
        if let Ok(token) = text.parse::<WatchToken>() {
            assert_eq!(token.to_string().parse(), Ok(token));
        }
    }
});
