//! The number of cases that a property is tested with.

use proptest::test_runner::Config;

/// Number of cases per property unless `PROPTEST_CASES` is set.
const CASES_DEFAULT: u64 = 256;

/// The given number of cases, scaled in proportion to `PROPTEST_CASES`. So a property with slow
/// cases always runs fewer of them than the others.
pub(crate) fn cases(usual: u32) -> Config {
    let config = Config::default();
    let cases = u64::from(usual) * u64::from(config.cases) / CASES_DEFAULT;
    Config { cases: u32::try_from(cases).unwrap_or(u32::MAX).max(1), ..config }
}
