//! What a host must know about GHL as a whole.

/// GHL's only server.
pub const BASE_URL: &str = "https://services.leadconnectorhq.com";

/// The role of the credential: an OAuth access token of a location, or a private integration token.
pub const TOKEN_ROLE: &str = "ghl_token";

/// Where a person consents.
pub const AUTHORIZATION_URL: &str = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation";

/// Path of the token endpoint at [`BASE_URL`].
pub const TOKEN_PATH: &str = "/oauth/token";

/// Requests that GHL takes of one app for one location in an interval, until its headers say otherwise.
pub const REQUESTS_PER_INTERVAL: u32 = 100;

/// Length of the interval in milliseconds.
pub const INTERVAL_MS: u32 = 10_000;

/// Requests in a day.
pub const REQUESTS_PER_DAY: u32 = 200_000;

/// Milliseconds left of the day's budget period.
pub const DAILY_RESET_HEADER: &str = "x-ratelimit-daily-reset";

/// Requests left today.
pub const DAILY_REMAINING_HEADER: &str = "x-ratelimit-daily-remaining";

/// Length of the interval, as GHL tells it.
pub const INTERVAL_HEADER: &str = "x-ratelimit-interval-milliseconds";

/// Requests allowed in one interval, as GHL tells it.
pub const LIMIT_HEADER: &str = "x-ratelimit-max";

/// Requests left in this interval.
pub const REMAINING_HEADER: &str = "x-ratelimit-remaining";

/// Requests allowed in a day, as GHL tells it.
pub const DAILY_LIMIT_HEADER: &str = "x-ratelimit-limit-daily";

/// The field of GHL's replies that holds its id of the exchange.
pub const TRACE_ID_FIELD: &str = "traceId";

/// The reply headers that are read.
pub const READ_HEADERS: [&str; 5] = [
    "date",
    "retry-after",
    DAILY_REMAINING_HEADER,
    DAILY_RESET_HEADER,
    INTERVAL_HEADER,
];
