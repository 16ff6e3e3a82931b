//! Figures as text.

/// With as many decimals as three digits leave, and none if it is whole.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size.fract() == 0.0 => grouped(value),
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => grouped(value),
    }
}

/// A whole number.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What a figure is divided by to be shown, and its unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit(pub(crate) f64, pub(crate) &'static str);

pub(crate) const MICROSECONDS: Unit = Unit(1e3, "µs");
pub(crate) const MILLISECONDS: Unit = Unit(1e6, "ms");
pub(crate) const SECONDS: Unit = Unit(1.0, "s");
pub(crate) const MEGABYTES: Unit = Unit(1e6, "MB");
/// Of what is in KiB.
pub(crate) const MEBIBYTES: Unit = Unit(1024.0, "MiB");
pub(crate) const NUMBER: Unit = Unit(1.0, "");

impl Unit {
    pub(crate) fn show(self, value: f64) -> String {
        number(value / self.0)
    }
}
