//! Spans and instants in files: whole microseconds.

pub use crate::target::{Duration, Instant};

/// `n` microseconds.
pub const fn us(n: u64) -> Duration {
    Duration::from_micros(n)
}

/// `n` milliseconds.
pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// `n` seconds.
pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

macro_rules! as_micros {
    ($module:ident, $type:ty) => {
        pub(super) mod $module {
            use serde::{Deserialize, Deserializer, Serializer};

            pub fn serialize<S: Serializer>(time: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(time.as_micros())
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                u64::deserialize(deserializer).map(<$type>::from_micros)
            }
        }
    };
}
as_micros!(micros, crate::target::Duration);
as_micros!(instant, crate::target::Instant);

pub(super) mod optional_micros {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Duration;

    pub fn serialize<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Duration::as_micros).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_micros))
    }
}
