//! Which addresses are on the public internet.

use super::error::{EgressError, Refusal};
use super::grants::Reach;
use super::origin::{Origin, Scheme};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// How long a name is looked up before a connection is made ready. Without an answer nothing is said against it.
const LOOK_UP: Duration = Duration::from_secs(3);

/// Why no request could ever leave for a server, as its address says, where it is written as one. A name is not looked
/// up.
pub fn forbidden(origin: &Origin, reach: Reach) -> Option<Refusal> {
    let address = bare(origin.host()).parse().ok()?;
    check(origin, reach, address).err()
}

/// Why no request can leave for a server, as its addresses are now. A name that cannot be looked up may have others
/// later.
pub async fn forbidden_now(origin: &Origin, reach: Reach) -> Option<Refusal> {
    match tokio::time::timeout(LOOK_UP, resolve(origin, reach)).await {
        Ok(Err(EgressError::Refused(refusal))) => Some(refusal),
        _ => None,
    }
}

/// A host as it is looked up: an IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// The addresses of a server that may be connected to. What is checked here is what is connected to: the name is
/// not looked up a second time, when it could have another answer.
pub(super) async fn resolve(origin: &Origin, reach: Reach) -> Result<Vec<SocketAddr>, EgressError> {
    let host = bare(origin.host());
    let unresolved = |reason: String| EgressError::Unresolved {
        host: host.to_owned(),
        reason,
    };
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, origin.port()))
        .await
        .map_err(|error| unresolved(error.to_string()))?
        .collect();
    let mut allowed = Vec::with_capacity(found.len());
    let mut refusal = None;
    for address in found {
        match check(origin, reach, address.ip()) {
            Ok(()) => allowed.push(address),
            Err(reason) => refusal = refusal.or(Some(reason)),
        }
    }
    match refusal {
        _ if !allowed.is_empty() => Ok(allowed),
        Some(refusal) => Err(refusal.into()),
        None => Err(unresolved("the name has no address".to_owned())),
    }
}

fn check(origin: &Origin, reach: Reach, address: IpAddr) -> Result<(), Refusal> {
    let origin = || origin.clone();
    if reach == Reach::Public && !is_public(address) {
        return Err(Refusal::PrivateAddress {
            origin: origin(),
            address,
        });
    }
    if origin().scheme() == Scheme::Http && !address.to_canonical().is_loopback() {
        return Err(Refusal::PlainHttp {
            origin: origin(),
            address,
        });
    }
    Ok(())
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = a == 0                          // this network
        || (a == 100 && (64..=127).contains(&b))   // shared by carriers
        || (a == 192 && b == 0 && c == 0)          // protocol assignments
        || (a == 198 && (18..=19).contains(&b))    // benchmarks
        || a >= 240; // reserved, broadcast
    !(reserved
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [w, x] = high.to_be_bytes();
        let [y, z] = low.to_be_bytes();
        Ipv4Addr::new(w, x, y, z)
    };
    // Translators carry an IPv4 address inside: what counts is where that one leads.
    if (a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0) {
        return is_public_v4(embedded(g, h));
    }
    if a == 0x2002 {
        return is_public_v4(embedded(b, c));
    }
    // Only 2000::/3 is given out to the internet: loopback, unspecified, unique-local, link-local, site-local,
    // multicast and IPv4-compatible addresses are all outside of it.
    let global = (a & 0xe000) == 0x2000;
    let documentation = (a == 0x2001 && b == 0xdb8) || (a & 0xfff0) == 0x3ff0;
    let teredo = a == 0x2001 && b == 0;
    global && !documentation && !teredo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for public in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn address_that_no_request_can_reach_is_told_before_one_is_sent() {
        for private in [
            "https://10.0.0.5",
            "https://192.168.1.9:8443",
            "https://169.254.169.254",
            "https://[fe80::1]",
            "https://[::ffff:10.0.0.1]",
            "https://0.0.0.0",
        ] {
            let origin: Origin = private.parse().unwrap();
            let refusal = forbidden(&origin, Reach::Public);
            assert!(matches!(refusal, Some(Refusal::PrivateAddress { .. })), "{private}");
            assert_eq!(forbidden_now(&origin, Reach::Public).await, refusal);
            assert_eq!(forbidden(&origin, Reach::Private), None);
        }
        let named: Origin = "https://localhost".parse().unwrap();
        assert_eq!(forbidden(&named, Reach::Public), None);
        assert!(forbidden_now(&named, Reach::Public).await.is_some());
        let unknown: Origin = "https://no-such-host.invalid".parse().unwrap();
        assert_eq!(forbidden_now(&unknown, Reach::Public).await, None);
        assert_eq!(forbidden(&"https://8.8.8.8".parse().unwrap(), Reach::Public), None);
    }

    #[tokio::test]
    async fn plain_http_is_for_this_machine_alone() {
        let outside: Origin = "http://8.8.8.8".parse().unwrap();
        for reach in [Reach::Public, Reach::Private] {
            let error = resolve(&outside, reach).await.unwrap_err();
            assert!(
                matches!(error, EgressError::Refused(Refusal::PlainHttp { .. })),
                "{error}"
            );
        }
        let here: Origin = "http://[::1]:80".parse().unwrap();
        assert!(resolve(&here, Reach::Private).await.is_ok());
        let mapped: Origin = "http://[::ffff:127.0.0.1]:80".parse().unwrap();
        assert!(resolve(&mapped, Reach::Private).await.is_ok());
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_refused_unless_granted() {
        let origin: Origin = "https://localhost".parse().unwrap();
        let error = resolve(&origin, Reach::Public).await.unwrap_err();
        assert!(
            matches!(error, EgressError::Refused(Refusal::PrivateAddress { .. })),
            "{error}"
        );
        assert!(resolve(&origin, Reach::Private).await.is_ok());
    }
}
