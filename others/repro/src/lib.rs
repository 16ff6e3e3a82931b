//! What the stacks do that their transports answer for in `known.toml`, shown on the stacks alone: see `tests`.
