//! Where a request comes from: the connection's other end, or what a proxy that is trusted says.
//!
//! A proxy adds the address that it sees at the right end of `X-Forwarded-For` (or of `Forwarded`, RFC 7239). What stands
//! to the left was sent by whoever is there, so that the list is read from the right, past the proxies that are ours.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The client's address, for a request that came from `peer`.
pub(super) fn client_address(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut client = peer.ip().to_canonical();
    for said in hops(headers).into_iter().rev() {
        if !is_trusted(&client) {
            break;
        }
        // Somebody who hides who they are, or writes something else, is not seen past.
        let Some(address) = said else { break };
        client = address.to_canonical();
    }
    client
}

/// What attempts are counted by: an address, or of IPv6 the network that one customer commonly has whole.
pub(super) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX));
            format!("{network}/64")
        }
    }
}

/// The addresses on the way, from the client on; nothing where one cannot be read. `X-Forwarded-For` goes first.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let all = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .map(|entry| entry.trim().to_owned())
            .collect()
    };
    let plain = all("x-forwarded-for");
    if !plain.is_empty() {
        return plain.iter().map(|entry| node(entry)).collect();
    }
    let of = |entry: &String| {
        let mut pairs = entry.split(';').filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case("for"))?;
        node(value.trim().trim_matches('"'))
    };
    all("forwarded").iter().map(of).collect()
}

/// An address, with or without a port, an IPv6 one in brackets or not.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let plain = bare.unwrap_or(text).parse().ok();
    plain.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, said: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.append(*name, value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "2001:db8:1::1/128".parse().unwrap()];
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn who_is_no_proxy_of_ours_is_not_listened_to() {
        assert_eq!(
            address("203.0.113.7:4000", &[("x-forwarded-for", "198.51.100.1")]),
            "203.0.113.7"
        );
        assert_eq!(address("[::ffff:203.0.113.7]:4000", &[]), "203.0.113.7");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_is_the_clients() {
        let forged = "1.1.1.1, 198.51.100.1, 10.0.0.9";
        assert_eq!(address("10.0.0.1:1", &[("x-forwarded-for", forged)]), "198.51.100.1");
        let several = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1:443")];
        assert_eq!(address("10.0.0.1:1", &several), "198.51.100.1");
        let forwarded = [("forwarded", "for=1.1.1.1, For=\"[2001:db8::7]:4711\";proto=https")];
        assert_eq!(address("[2001:db8:1::1]:1", &forwarded), "2001:db8::7");
    }

    #[test]
    fn nobody_is_seen_past_what_cannot_be_read() {
        assert_eq!(
            address("10.0.0.1:1", &[("x-forwarded-for", "198.51.100.1, unknown, 10.0.0.9")]),
            "10.0.0.9"
        );
        assert_eq!(address("10.0.0.1:1", &[("forwarded", "for=_hidden")]), "10.0.0.1");
        assert_eq!(address("10.0.0.1:1", &[]), "10.0.0.1");
    }

    #[test]
    fn attempts_from_one_customer_are_counted_together() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:2::9"), "2001:db8:1:2::/64");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
