//! Names are looked up by our own hand, so that what a connection is made to is what was found to be permitted: between a look and a
//! connection a name cannot come to mean something else.

use std::net::SocketAddr;
use std::sync::Arc;

use newsroom_domain::webhook::Reach;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

/// Looks names up, and keeps back the addresses where webhooks may not go.
#[derive(Debug)]
pub(super) struct Guard {
    reach: Arc<Reach>,
}

/// Where webhooks may not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotPublic;

impl std::fmt::Display for NotPublic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing was sent: its address is not public, and not of a network that the operator allows")
    }
}

impl std::error::Error for NotPublic {}

impl Guard {
    pub(super) fn new(reach: Arc<Reach>) -> Self {
        Self { reach }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.reach);
        Box::pin(async move {
            // The port is put in by whoever connects.
            let found = lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> = found.filter(|address| reach.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(reach: Reach) -> Result<usize, String> {
        let guard = Guard::new(Arc::new(reach));
        let found = guard.resolve("localhost".parse().unwrap()).await;
        found.map(Iterator::count).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_has_no_address() {
        assert_eq!(resolved(Reach::default()).await, Err(NotPublic.to_string()));
    }

    #[tokio::test]
    async fn an_address_of_an_allowed_network_is_kept() {
        let reach = Reach {
            allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
            allows_http: false,
        };
        assert!(resolved(reach).await.is_ok_and(|count| count > 0));
    }
}
