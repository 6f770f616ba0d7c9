//! How a request shows that it may be made.

use crate::api::Server;
use crate::{ghl, knock};

/// How a request to a server shows that it may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The role of the credential.
    pub role: &'static str,
    /// What it is, for whoever has to supply it.
    pub description: &'static str,
    /// The request header that carries it, in lower case.
    pub header: &'static str,
    /// What stands before it in that header, the space included.
    pub prefix: &'static str,
}

/// The access to a server.
pub fn access(server: Server) -> Access {
    match server {
        Server::Ghl => Access {
            role: ghl::provider::TOKEN_ROLE,
            description: "a private integration token of the GHL sub-account, or an OAuth access token for it",
            header: "authorization",
            prefix: "Bearer ",
        },
        Server::Knocker => Access {
            role: knock::API_KEY_ROLE,
            description: "an API key of Active Knocker, from Configuration > Integration",
            header: "x-api-key",
            prefix: "",
        },
    }
}
