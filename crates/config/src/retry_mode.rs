//! The retry modes that AWS's tools know.

/// How to try again. Every mode but `Off` is run as `Standard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryMode {
    /// AWS's standard mode with a limit on the client's rate. Run as `Standard`, with a warning.
    Adaptive,
    /// What AWS's tools did before. Run as `Standard`, with a warning.
    Legacy,
    /// One attempt. No AWS tool has this mode: the environment and files cannot ask for it.
    Off,
    /// AWS's standard mode.
    Standard,
}

impl RetryMode {
    /// Reads a mode that AWS's tools know; case does not matter.
    pub(crate) fn parse(mode: &str) -> Result<Self, &'static str> {
        match &*mode.to_ascii_lowercase() {
            "adaptive" => Ok(Self::Adaptive),
            "legacy" => Ok(Self::Legacy),
            "standard" => Ok(Self::Standard),
            _ => Err("the retry mode must be standard, adaptive or legacy"),
        }
    }

    /// Its name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
            Self::Legacy => "legacy",
            Self::Off => "off",
            Self::Standard => "standard",
        }
    }
}
