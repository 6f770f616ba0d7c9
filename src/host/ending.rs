//! What an error code of `wasi:http` proves about its request, and how it is said to people.
//!
//! WASI takes its codes from RFC 9209, and hosts use them each in their own way. A request counts as not sent only
//! where the code is defined for what comes before its first byte *and* no host that is known uses it for anything
//! later (wasmtime 48, Spin 4, wasmCloud 2, jco with Node.js and in browsers). All else may have been carried out.

use waki::ErrorCode;

use crate::run::SendError;

/// What a code proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// The request did not leave.
    NotSent,
    /// It did not leave, because the host does not allow it.
    Denied,
    /// It did not leave, because the host has no place for it.
    NoPlace,
    /// Nothing: it may have left.
    Nothing,
}

/// How a request ended that ended with an error code.
pub(super) fn ending(code: &ErrorCode, server: &str) -> SendError {
    of_proof(proof(code), code, server)
}

/// How a request ended that the host did not even begin. WASI lets it say so at once of a request that is invalid or
/// not allowed.
pub(super) fn not_begun(code: &ErrorCode, server: &str) -> SendError {
    let is_invalid = matches!(
        code,
        ErrorCode::HttpRequestMethodInvalid
            | ErrorCode::HttpRequestUriInvalid
            | ErrorCode::HttpRequestUriTooLong
            | ErrorCode::HttpRequestHeaderSectionSize(_)
            | ErrorCode::HttpRequestHeaderSize(_)
    );
    of_proof(if is_invalid { Proof::NotSent } else { proof(code) }, code, server)
}

fn of_proof(proof: Proof, code: &ErrorCode, server: &str) -> SendError {
    let why = sentence(code);
    match proof {
        Proof::NotSent => SendError::NotSent(format!("the request to `{server}` was not sent: {why}")),
        Proof::Denied => SendError::Denied(format!("the host did not send the request to `{server}`: {why}")),
        Proof::NoPlace => SendError::NoPlace(format!("the request to `{server}` was not sent: {why}")),
        Proof::Nothing => SendError::Unknown(format!("no complete answer came from `{server}`: {why}")),
    }
}

/// What a code proves, wherever it comes from.
fn proof(code: &ErrorCode) -> Proof {
    match code {
        // A name is resolved before there is a connection.
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) => Proof::NotSent,
        // RFC 9209: there is nowhere to forward the request to. `knock` says so where no connection came about.
        ErrorCode::DestinationNotFound | ErrorCode::DestinationUnavailable => Proof::NotSent,
        // The certificate is verified in the handshake. No known host but `knock` distinguishes it.
        ErrorCode::TlsCertificateError => Proof::NotSent,
        // Policy is decided before a connection is made: Spin, wasmCloud, `knock`, which says it of late requests, too.
        ErrorCode::DestinationIpProhibited | ErrorCode::HttpRequestDenied => Proof::Denied,
        // Spin (connections) and `knock` (the provider's rate limit) say it before they connect.
        ErrorCode::ConnectionLimitReached => Proof::NoPlace,

        // A route can get lost under a connection that is in use.
        ErrorCode::DestinationIpUnroutable => Proof::Nothing,
        // jco in browsers says it of whatever `fetch` fails with, a connection that broke later included.
        ErrorCode::ConnectionRefused => Proof::Nothing,
        // jco says it of an answer that is late, wasmCloud of some that are.
        ErrorCode::ConnectionTimeout => Proof::Nothing,
        // RFC 9209: in the handshake or afterwards.
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => Proof::Nothing,
        // On a connection that stood.
        ErrorCode::ConnectionTerminated | ErrorCode::ConnectionReadTimeout | ErrorCode::ConnectionWriteTimeout => {
            Proof::Nothing
        }
        // RFC 9209 defines them for answers of a proxy on the way, which may have seen all of the request.
        ErrorCode::HttpRequestLengthRequired
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_) => Proof::Nothing,
        // Known when a part of the body has left.
        ErrorCode::HttpRequestBodySize(_)
        | ErrorCode::HttpRequestTrailerSectionSize(_)
        | ErrorCode::HttpRequestTrailerSize(_) => Proof::Nothing,
        // There was an answer, or the beginning of one.
        ErrorCode::HttpResponseIncomplete
        | ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_)
        | ErrorCode::HttpResponseBodySize(_)
        | ErrorCode::HttpResponseTrailerSectionSize(_)
        | ErrorCode::HttpResponseTrailerSize(_)
        | ErrorCode::HttpResponseTransferCoding(_)
        | ErrorCode::HttpResponseContentCoding(_)
        | ErrorCode::HttpResponseTimeout
        | ErrorCode::HttpUpgradeFailed => Proof::Nothing,
        // wasmtime and Spin say it of whatever HTTP fails with, jco of a connection that was reset.
        ErrorCode::HttpProtocolError => Proof::Nothing,
        // Nothing is known of when these are found.
        ErrorCode::LoopDetected | ErrorCode::ConfigurationError => Proof::Nothing,
        // What fits no other code, at any time.
        ErrorCode::InternalError(_) => Proof::Nothing,
    }
}

/// What happened, for people.
pub(super) fn sentence(code: &ErrorCode) -> String {
    let plain = match code {
        ErrorCode::DnsTimeout => "its name could not be resolved in time",
        ErrorCode::DnsError(error) => return with("its name cannot be resolved", error.rcode.as_deref()),
        ErrorCode::DestinationNotFound => "the host does not know where it is",
        ErrorCode::DestinationUnavailable => "no connection to it could be made",
        ErrorCode::DestinationIpProhibited => "the host does not allow connections to its address",
        ErrorCode::DestinationIpUnroutable => "there is no route to its address",
        ErrorCode::ConnectionRefused => "the connection was refused",
        ErrorCode::ConnectionTerminated => "the connection was closed",
        ErrorCode::ConnectionTimeout => "the connection timed out",
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => "the answer did not come in time",
        ErrorCode::ConnectionWriteTimeout => "the request could not be written in time",
        ErrorCode::ConnectionLimitReached => "the host limits requests and has no place for this one now",
        ErrorCode::TlsProtocolError => "TLS failed",
        ErrorCode::TlsCertificateError => "its certificate is not trusted",
        ErrorCode::TlsAlertReceived(alert) => return with("it ended TLS", alert.alert_message.as_deref()),
        ErrorCode::HttpRequestDenied => "it is not allowed, or the time to send it is over",
        ErrorCode::HttpRequestLengthRequired => "the length of the request is missing",
        ErrorCode::HttpRequestBodySize(_) => "the body of the request has the wrong size",
        ErrorCode::HttpRequestMethodInvalid => "the method of the request is invalid",
        ErrorCode::HttpRequestUriInvalid => "the address of the request is invalid",
        ErrorCode::HttpRequestUriTooLong => "the address of the request is too long",
        ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_)
        | ErrorCode::HttpRequestTrailerSectionSize(_)
        | ErrorCode::HttpRequestTrailerSize(_) => "the headers of the request are too large",
        ErrorCode::HttpResponseIncomplete => "the answer is incomplete",
        ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_)
        | ErrorCode::HttpResponseTrailerSectionSize(_)
        | ErrorCode::HttpResponseTrailerSize(_) => "the headers of the answer are too large",
        ErrorCode::HttpResponseBodySize(_) => "the answer is too large",
        ErrorCode::HttpResponseTransferCoding(name) => {
            return with("the transfer coding of the answer is not known", name.as_deref());
        }
        ErrorCode::HttpResponseContentCoding(name) => {
            return with("the content coding of the answer is not known", name.as_deref());
        }
        ErrorCode::HttpUpgradeFailed => "the protocol could not be changed",
        ErrorCode::HttpProtocolError => "the exchange broke off, or was not HTTP",
        ErrorCode::LoopDetected => "the host found a loop",
        ErrorCode::ConfigurationError => "the host is not configured for it",
        ErrorCode::InternalError(why) => return with("the host failed", why.as_deref()),
    };
    plain.to_owned()
}

/// A sentence, and in brackets what the host says of it.
fn with(sentence: &str, detail: Option<&str>) -> String {
    match detail.map(str::trim).filter(|detail| !detail.is_empty()) {
        Some(detail) => format!("{sentence} ({detail})"),
        None => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use waki::bindings::wasi::http::types::{DnsErrorPayload, FieldSizePayload, TlsAlertReceivedPayload};

    use super::*;

    fn field() -> FieldSizePayload {
        FieldSizePayload {
            field_name: Some("x".to_owned()),
            field_size: Some(1),
        }
    }

    fn alert() -> TlsAlertReceivedPayload {
        TlsAlertReceivedPayload {
            alert_id: Some(48),
            alert_message: Some("unknown CA".to_owned()),
        }
    }

    fn name_error(rcode: &str) -> ErrorCode {
        ErrorCode::DnsError(DnsErrorPayload {
            rcode: Some(rcode.to_owned()),
            info_code: Some(3),
        })
    }

    /// Every code that may come when bytes have left, or of which that is not known.
    fn of_any_time() -> Vec<ErrorCode> {
        vec![
            ErrorCode::DestinationIpUnroutable,
            ErrorCode::ConnectionRefused,
            ErrorCode::ConnectionTerminated,
            ErrorCode::ConnectionTimeout,
            ErrorCode::ConnectionReadTimeout,
            ErrorCode::ConnectionWriteTimeout,
            ErrorCode::TlsProtocolError,
            ErrorCode::TlsAlertReceived(alert()),
            ErrorCode::HttpRequestLengthRequired,
            ErrorCode::HttpRequestBodySize(Some(1)),
            ErrorCode::HttpRequestMethodInvalid,
            ErrorCode::HttpRequestUriInvalid,
            ErrorCode::HttpRequestUriTooLong,
            ErrorCode::HttpRequestHeaderSectionSize(None),
            ErrorCode::HttpRequestHeaderSize(Some(field())),
            ErrorCode::HttpRequestTrailerSectionSize(None),
            ErrorCode::HttpRequestTrailerSize(field()),
            ErrorCode::HttpResponseIncomplete,
            ErrorCode::HttpResponseHeaderSectionSize(None),
            ErrorCode::HttpResponseHeaderSize(field()),
            ErrorCode::HttpResponseBodySize(None),
            ErrorCode::HttpResponseTrailerSectionSize(None),
            ErrorCode::HttpResponseTrailerSize(field()),
            ErrorCode::HttpResponseTransferCoding(Some("zip".to_owned())),
            ErrorCode::HttpResponseContentCoding(None),
            ErrorCode::HttpResponseTimeout,
            ErrorCode::HttpUpgradeFailed,
            ErrorCode::HttpProtocolError,
            ErrorCode::LoopDetected,
            ErrorCode::ConfigurationError,
            ErrorCode::InternalError(Some("it went away".to_owned())),
        ]
    }

    fn of_before() -> Vec<ErrorCode> {
        vec![
            ErrorCode::DnsTimeout,
            name_error("NXDOMAIN"),
            ErrorCode::DestinationNotFound,
            ErrorCode::DestinationUnavailable,
            ErrorCode::DestinationIpProhibited,
            ErrorCode::ConnectionLimitReached,
            ErrorCode::TlsCertificateError,
            ErrorCode::HttpRequestDenied,
        ]
    }

    #[test]
    fn only_what_no_host_says_after_a_byte_has_left_counts_as_not_sent() {
        for code in of_any_time() {
            let ended = ending(&code, "a.example");
            assert!(matches!(ended, SendError::Unknown(_)), "{code:?}: {ended:?}");
        }
        for code in of_before() {
            let ended = ending(&code, "a.example");
            assert!(!matches!(ended, SendError::Unknown(_)), "{code:?}: {ended:?}");
        }
        assert_eq!(of_any_time().len() + of_before().len(), 39, "every code of WASI");
    }

    #[test]
    fn what_a_host_does_not_allow_or_has_no_place_for_is_no_trouble_of_the_server() {
        let denied = [ErrorCode::HttpRequestDenied, ErrorCode::DestinationIpProhibited];
        assert!(denied.iter().all(|code| proof(code) == Proof::Denied));
        assert_eq!(proof(&ErrorCode::ConnectionLimitReached), Proof::NoPlace);
        assert_eq!(proof(&ErrorCode::DestinationUnavailable), Proof::NotSent);
    }

    #[test]
    fn an_invalid_request_that_was_not_begun_did_not_leave() {
        let code = ErrorCode::HttpRequestUriInvalid;
        assert!(matches!(not_begun(&code, "a.example"), SendError::NotSent(_)));
        for code in [
            ErrorCode::ConnectionTimeout,
            ErrorCode::InternalError(None),
            ErrorCode::HttpProtocolError,
        ] {
            assert!(
                matches!(not_begun(&code, "a.example"), SendError::Unknown(_)),
                "{code:?}"
            );
        }
    }

    #[test]
    fn people_read_sentences_and_no_names_of_codes() {
        for code in of_any_time().into_iter().chain(of_before()) {
            let (SendError::NotSent(said)
            | SendError::Denied(said)
            | SendError::NoPlace(said)
            | SendError::Unknown(said)) = ending(&code, "a.example");
            assert!(said.contains("`a.example`") && said.contains(": "), "{said}");
            let debug = format!("{code:?}");
            let name = debug.split(['(', '{', ' ']).next().unwrap_or_default();
            assert!(!said.contains(name) && !said.contains("Payload"), "{said}");
            assert!(!said.contains("Some(") && !said.contains("None"), "{said}");
        }
        assert_eq!(
            ending(&name_error("NXDOMAIN"), "services.leadconnectorhq.com"),
            SendError::NotSent(
                "the request to `services.leadconnectorhq.com` was not sent: its name cannot be resolved (NXDOMAIN)"
                    .to_owned()
            )
        );
        assert_eq!(
            ending(&ErrorCode::TlsAlertReceived(alert()), "a.example"),
            SendError::Unknown("no complete answer came from `a.example`: it ended TLS (unknown CA)".to_owned())
        );
    }
}
