//! What belongs to a hop, and to the host, stays there; and a request goes to the server that was checked.

use super::*;
use http::Uri;

/// Headers of a hop, with a value that means nothing to the client.
const HOP: [(&str, &str); 11] = [
    ("connection", "x-of-this-hop, keep-alive"),
    ("http2-settings", "AAMAAABkAAQ"),
    ("keep-alive", "timeout=5"),
    ("proxy-authenticate", "Basic"),
    ("proxy-authentication-info", "x"),
    ("proxy-authorization", "Basic eDp5"),
    ("proxy-connection", "keep-alive"),
    ("te", "trailers"),
    ("trailer", "x-checksum"),
    ("upgrade", "h2c"),
    ("x-of-this-hop", "yes"),
];

#[tokio::test]
async fn hop_headers_of_request_stay_inside() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    for (name, value) in HOP.into_iter().chain([("transfer-encoding", "gzip, chunked")]) {
        let request = http::Request::post(server.url("/things"))
            .header(name, value)
            .header("connection", "x-of-this-hop")
            .header("x-kept", "yes");
        way.send(request, "{}").await.unwrap();
        let seen = server.requests().pop().unwrap();
        assert!(!seen.contains(&format!("\r\n{name}:")), "{name}: {seen}");
        assert!(seen.contains("\r\nx-kept: yes\r\n"), "{name}: {seen}");
    }
}

#[tokio::test]
async fn headers_of_the_host_are_its_own() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    let request = http::Request::post(server.url("/things"))
        .header("host", "evil.example")
        .header("content-length", "999")
        .header("accept-encoding", "gzip");
    way.send(request, "{}").await.unwrap();
    let seen = server.requests().pop().unwrap();
    let authority = server.origin.authority();
    assert_eq!(seen.matches("\r\nhost: ").count(), 1, "{seen}");
    assert!(seen.contains(&format!("\r\nhost: {authority}\r\n")), "{seen}");
    assert!(seen.contains("\r\ncontent-length: 2\r\n"), "{seen}");
    assert!(!seen.contains("999") && !seen.contains("accept-encoding"), "{seen}");

    // A body that is announced and does not come would make the next request its body.
    let request = http::Request::get(server.url("/things/1")).header("content-length", "999");
    way.send(request, "").await.unwrap();
    let seen = server.requests().pop().unwrap();
    assert!(!seen.contains("content-length"), "{seen}");
}

#[tokio::test]
async fn hop_headers_of_reply_do_not_reach_the_component() {
    for (name, value) in HOP {
        let server = Server::start(move |_| {
            Act::Reply(format!(
                "HTTP/1.1 200 OK\r\n{name}: {value}\r\nconnection: x-of-this-hop\r\nx-kept: yes\r\n\
                 content-length: 2\r\n\r\n{{}}"
            ))
        });
        let reply = way(&server).get(&server).await.unwrap();
        assert!(!reply.headers.contains_key(name), "{name}: {:?}", reply.headers);
        assert_eq!(reply.headers["x-kept"], "yes");
        assert_eq!(reply.headers["content-length"], "2");
    }
}

#[tokio::test]
async fn reply_in_chunks_reaches_the_component_whole_and_without_them() {
    let server = Server::start(|_| {
        Act::Reply("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_owned())
    });
    let reply = way(&server).get(&server).await.unwrap();
    assert_eq!(reply.body, "{}");
    assert!(!reply.headers.contains_key("transfer-encoding"));
    assert_eq!(reply.headers["content-length"], "2");
}

#[tokio::test]
async fn reply_with_too_large_a_head_is_refused() {
    let server = Server::start(|_| {
        let long = "x".repeat(300_000);
        Act::Reply(format!(
            "HTTP/1.1 200 OK\r\nx-long: {long}\r\ncontent-length: 0\r\n\r\n"
        ))
    });
    let error = way(&server).get(&server).await.unwrap_err();
    assert!(matches!(error, EgressError::Protocol { .. }), "{error}");
}

/// Each differs from a request that may leave in one thing.
#[tokio::test]
async fn request_to_a_foreign_host_stays_inside() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let foreign = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    let (here, there) = (server.origin.authority(), foreign.origin.authority());
    let (host, port) = here.split_once(':').unwrap();
    let uri = |scheme: &str, authority: &str, target: &str| {
        Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query(target)
            .build()
    };
    let cases = [
        // Another port, another host, another name of the same host.
        uri("http", &there, "/things/1"),
        uri("http", host, "/things/1"),
        uri("http", &format!("{host}.evil.example:{port}"), "/things/1"),
        uri("http", &format!("evil.example:{port}"), "/things/1"),
        uri("http", &format!("localhost:{port}"), "/things/1"),
        uri("http", &format!("{host}.:{port}"), "/things/1"),
        // Another scheme.
        uri("https", &here, "/things/1"),
        uri("ws", &here, "/things/1"),
        // A user name, which some readers take for the host.
        uri("http", &format!("{there}@{here}"), "/things/1"),
        uri("http", &format!("user:word@{here}"), "/things/1"),
        // A target that names a server by itself.
        uri("http", &here, &format!("http://{there}/things/1")),
        uri("http", &here, &format!("//{there}/things/1")),
        uri("http", &here, "*"),
        uri("http", &here, "things/1"),
    ];
    for uri in cases {
        // Some of these cannot even be written as a request.
        let Ok(uri) = uri else { continue };
        let request = http::Request::get(uri.clone()).header("host", &here);
        let error = way.send(request, "").await.unwrap_err();
        assert!(matches!(error, EgressError::Refused(_)), "{uri}: {error}");
    }
    assert_eq!((server.connections(), foreign.connections()), (0, 0));

    // What `Host` says changes nothing about where it goes.
    let request = http::Request::get(server.url("/things/1")).header("host", &there);
    way.send(request, "").await.unwrap();
    assert_eq!((server.connections(), foreign.connections()), (1, 0));
}

#[tokio::test]
async fn declared_secret_that_is_not_granted_goes_nowhere() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let mut setting = setting(&[&server.origin]);
    setting.trusted = false;
    let way = setting.way();
    let request = http::Request::get(server.url("/things/1")).header("authorization", way.bearer());
    way.send(request, "").await.unwrap();
    let seen = server.requests().pop().unwrap();
    assert!(!seen.contains(SECRET), "{seen}");

    // Nor does one that is granted towards another server, or under another role.
    let grant = |grant: String| Grants::new().allow_named(grant.parse().unwrap());
    let origin = &server.origin;
    let manifest = manifest(&[origin]);
    for (grants, missing) in [
        (grant(format!("{origin}")), format!("token@{origin}")),
        (grant(format!("other@{origin}")), format!("token@{origin}")),
        (
            grant("token@https://elsewhere.example".to_owned()),
            format!("token@{origin}"),
        ),
    ] {
        let policy = Policy::new(&manifest, &grants).unwrap();
        assert_eq!(policy.missing().map(Grant::to_string).collect::<Vec<_>>(), [missing]);
        assert!(policy.places().is_empty());
    }
    let policy = Policy::new(&manifest, &grant(format!("token@{origin}"))).unwrap();
    assert_eq!(policy.missing().next(), None);
    assert_eq!(policy.places().len(), 1);
}

#[tokio::test]
async fn manifest_that_asks_for_the_host_or_for_too_much_is_refused() {
    let here: Origin = "https://here.example".parse().unwrap();
    let refusal = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = manifest(&[&here]);
        change(&mut manifest);
        let grants = Grants::new().allow_secrets_of(&manifest);
        Policy::new(&manifest, &grants).unwrap_err()
    };
    for role in ["alert_url", "austin_alert_url"] {
        let error = refusal(&|manifest| manifest.secrets[0].role = role.to_owned());
        assert_eq!(error, PolicyError::HostRole { role: role.to_owned() });
    }
    let error = refusal(&|manifest| manifest.secrets[0].role = "Token".to_owned());
    assert!(matches!(error, PolicyError::Role { .. }), "{error}");
    for (what, change) in [
        (
            "servers",
            &(|manifest: &mut Manifest| manifest.endpoints = vec![manifest.endpoints[0].clone(); 33])
                as &dyn Fn(&mut Manifest),
        ),
        ("routes", &|manifest| {
            manifest.endpoints[0].routes = vec![route("GET", "/a"); 2_049]
        }),
        ("secrets", &|manifest| {
            manifest.secrets = vec![manifest.secrets[0].clone(); 33]
        }),
    ] {
        let error = refusal(change);
        assert!(
            matches!(&error, PolicyError::TooMany { what: found, .. } if *found == what),
            "{error}"
        );
    }
}

#[tokio::test]
async fn secret_of_another_role_does_not_go_where_this_one_goes() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    let bearer = format!("Bearer {}", way.other_placeholder);
    let request = http::Request::get(server.url("/things/1")).header("authorization", &bearer);
    way.send(request, "").await.unwrap();
    let seen = server.requests().pop().unwrap();
    assert!(seen.contains(&bearer) && !seen.contains(OTHER_SECRET), "{seen}");
}
