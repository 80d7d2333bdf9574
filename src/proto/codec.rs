//! How messages are written and read: as prost does, but a request is counted before it is read.
//!
//! A field that is empty takes two bytes on the wire and hundreds in memory, where it is a message of its own: four megabytes
//! could ask for half a gigabyte. So requests have no more fields than any that the service would take, and who sends more is
//! told so before memory is spent on them.

use std::marker::PhantomData;

use prost::{
    Message, Name,
    bytes::Buf as _,
    encoding::{WireType, decode_key, decode_varint},
};
use tonic::{
    Status,
    codec::{DecodeBuf, Decoder},
};
use tonic_prost::{ProstDecoder, ProstEncoder};

include!(concat!(env!("OUT_DIR"), "/nested.rs"));

/// How many fields a request may have in all. The largest that is taken is a batch of 100 decisions with 100 points and 100
/// pieces of evidence each, of five fields: some 71,000.
const MOST_FIELDS: usize = 80_000;
/// How many of them may be messages themselves: the 10,100 of that batch, and some room.
const MOST_MESSAGES: usize = 12_000;
/// How deep messages nest, at most.
const DEPTH: usize = 16;

/// The codec of the contract's services.
#[derive(Debug)]
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> tonic::codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Name + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = CountingDecoder<U>;

    fn encoder(&mut self) -> ProstEncoder<T> {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> CountingDecoder<U> {
        CountingDecoder(ProstDecoder::default())
    }
}

/// Reads messages that were counted. Answers are read as they are: they come from the service.
#[derive(Debug)]
pub struct CountingDecoder<U>(ProstDecoder<U>);

impl<U: Message + Name + Default> Decoder for CountingDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        if U::NAME.ends_with("Request") {
            let whole = buffer.remaining();
            // What prost is to say of it, it says itself.
            let counted = match buffer.chunk() {
                bytes if bytes.len() == whole => Count::default().message(bytes, &U::full_name(), 0),
                _ => Ok(()),
            };
            counted.map_err(|error| Status::internal(error.to_string()))?;
        }
        self.0.decode(buffer)
    }

    fn buffer_settings(&self) -> tonic::codec::BufferSettings {
        self.0.buffer_settings()
    }
}

/// A message with more in it than any that would be taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum TooMany {
    #[error("the message has more than {MOST_FIELDS} fields")]
    Fields,
    #[error("the message has more than {MOST_MESSAGES} messages in it")]
    Messages,
}

/// How much has been counted.
#[derive(Debug, Default)]
struct Count {
    fields: usize,
    messages: usize,
}

impl Count {
    /// Counts what a message has in it, as far as it can be read.
    fn message(&mut self, mut bytes: &[u8], name: &str, depth: usize) -> Result<(), TooMany> {
        let nested = NESTED.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, nested)| nested);
        while !bytes.is_empty() {
            self.fields += 1;
            if self.fields > MOST_FIELDS {
                return Err(TooMany::Fields);
            }
            let Ok((number, wire_type)) = decode_key(&mut bytes) else { return Ok(()) };
            let length = match wire_type {
                WireType::Varint => {
                    if decode_varint(&mut bytes).is_err() {
                        return Ok(());
                    }
                    0
                }
                WireType::ThirtyTwoBit => 4,
                WireType::SixtyFourBit => 8,
                WireType::LengthDelimited => {
                    let length =
                        decode_varint(&mut bytes).ok().and_then(|length| usize::try_from(length).ok());
                    let Some(length) = length else { return Ok(()) };
                    length
                }
                // Groups are in no message of ours; what is within is counted as if it stood here.
                WireType::StartGroup | WireType::EndGroup => 0,
            };
            let Some((value, rest)) = bytes.split_at_checked(length) else { return Ok(()) };
            bytes = rest;
            if wire_type == WireType::LengthDelimited
                && let Some((_, name)) = nested.iter().find(|(known, _)| *known == number)
            {
                self.messages += 1;
                if self.messages > MOST_MESSAGES {
                    return Err(TooMany::Messages);
                }
                if depth < DEPTH {
                    self.message(value, name, depth + 1)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1;

    fn count<T: Message + Name>(message: &T) -> Result<(usize, usize), TooMany> {
        let mut count = Count::default();
        count.message(&message.encode_to_vec(), &T::full_name(), 0)?;
        Ok((count.fields, count.messages))
    }

    #[test]
    fn the_largest_batch_that_is_taken_is_read() {
        let evidence = v1::Evidence {
            uri: "u".to_owned(),
            quote: "q".to_owned(),
            publisher: "p".to_owned(),
            stance: "CONTEXT".to_owned(),
            access_time: Some(pbjson_types::Timestamp { seconds: 1, nanos: 1 }),
        };
        let decision = v1::ReviewClaimRequest {
            name: "n".to_owned(),
            point_ids: vec!["p1".to_owned(); 100],
            evidence: vec![evidence; 100],
            ..v1::ReviewClaimRequest::default()
        };
        let batch = v1::BatchReviewClaimsRequest { requests: vec![decision; 100], ..Default::default() };
        assert_eq!(count(&batch), Ok((100 * (1 + 1 + 100 + 100 * 6), 100 * 101)));
    }

    #[test]
    fn what_has_more_in_it_is_not() {
        let articles = |authors| v1::SubmitArticleRequest {
            article: Some(v1::Article { authors: vec![String::new(); authors], ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(count(&articles(60_000)), Ok((60_001, 1)));
        assert_eq!(count(&articles(90_000)), Err(TooMany::Fields));
        let claim = v1::Claim { sources: vec![v1::Source::default(); 20_000], ..Default::default() };
        let claims = v1::SubmitClaimRequest { claim: Some(claim), ..Default::default() };
        assert_eq!(count(&claims), Err(TooMany::Messages));
    }

    #[test]
    fn bytes_that_are_no_message_are_left_to_prost() {
        for bytes in
            [&[0xff; 20][..], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], &[0x0b; 3000], &[0x0d, 1], &[0x0a, 9]]
        {
            assert_eq!(Count::default().message(bytes, "claimdesk.v1.SubmitArticleRequest", 0), Ok(()));
        }
    }
}
