//! How many cases a property is tried with.

use proptest::test_runner::Config;

/// Cases of a property unless `PROPTEST_CASES` says otherwise.
const CASES_DEFAULT: u64 = 256;

/// As many cases as given, or more in proportion to `PROPTEST_CASES`: a property that needs more time
/// for each case than others gets fewer, however many are asked for.
pub(crate) fn cases(usual: u32) -> Config {
    let config = Config::default();
    let cases = u64::from(usual) * u64::from(config.cases) / CASES_DEFAULT;
    Config { cases: u32::try_from(cases).unwrap_or(u32::MAX).max(1), ..config }
}
