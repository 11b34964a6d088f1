//! Where webhooks may go: to public addresses alone, unless the operator names others.
//!
//! Whoever sets an endpoint has the newsroom send requests for them, from within its network. So what is not a public address is
//! refused when it is set, and again at each connection, on the address that is really used. The ranges are those of IANA's
//! registries of special-purpose addresses (RFC 6890 and what came after it).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use crate::fault::Malformed;

/// The most characters of an endpoint's URL.
const LONGEST_URL: usize = 2000;

/// Where webhooks may go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Networks that are not public, and that they may go to.
    pub allowed_networks: Vec<IpNet>,
    /// Whether they may go by plain http.
    pub allows_http: bool,
}

impl Reach {
    /// Whether an endpoint may be at that address.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let allows = |network: &IpNet| canonical(*network).contains(&address);
        is_public(address) || self.allowed_networks.iter().any(allows)
    }

    /// Whether an endpoint may have that host, as far as it can be told without looking up a name.
    #[must_use]
    pub fn permits_host(&self, host: &Host<&str>) -> bool {
        match host {
            Host::Ipv4(address) => self.permits((*address).into()),
            Host::Ipv6(address) => self.permits((*address).into()),
            // RFC 6761, section 6.3: it is this machine, whatever a server says.
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                let is_local = name == "localhost" || name.ends_with(".localhost");
                !is_local || self.permits(Ipv4Addr::LOCALHOST.into())
            }
        }
    }
}

/// What an address is told that may not be.
const NOT_PUBLIC: &str = "webhooks go to public addresses alone: give another, or have the operator allow its network (webhook_allowed_networks)";

/// An endpoint's URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Reads a URL. Whether what a name resolves to is permitted is another question.
    ///
    /// # Errors
    /// Where it is none, has what an endpoint has no need of, or leads to where webhooks may not go.
    pub fn parse(text: &str, reach: &Reach) -> Result<Self, Malformed> {
        if text.chars().count() > LONGEST_URL {
            let message = format!("a URL has at most {LONGEST_URL} characters");
            return Err(Malformed::new("TOO_LONG", message));
        }
        let url = Url::parse(text).map_err(|_| {
            Malformed::new(
                "INVALID_URL",
                "this is no URL: give one such as https://example.org/hook",
            )
        })?;
        match url.scheme() {
            "https" => {}
            "http" if reach.allows_http => {}
            _ => {
                return Err(Malformed::new(
                    "INSECURE_URL",
                    "webhooks go over https: give an https:// URL",
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            let message = "a webhook's URL has neither a user, a password nor a fragment: deliveries are known by their signature";
            return Err(Malformed::new("INVALID_URL", message));
        }
        match url.host() {
            Some(host) if reach.permits_host(&host) => Ok(Self(url)),
            Some(_) => Err(Self::not_public()),
            None => Err(Malformed::new(
                "INVALID_URL",
                "this URL has no host: give one such as https://example.org/hook",
            )),
        }
    }

    /// What is said of a URL that leads to where webhooks may not go.
    #[must_use]
    pub fn not_public() -> Malformed {
        Malformed::new("FORBIDDEN_ADDRESS", NOT_PUBLIC)
    }

    /// It as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name that has to be looked up to reach it; none where its host is an address.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.domain()
    }
}

/// A network of IPv4 addresses that are mapped into IPv6 as the one that it is of IPv4: as addresses are held against it.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(length)) if network.addr().is_ipv6() => IpNet::new(address.into(), length).ok(),
        _ => None,
    };
    mapped.unwrap_or(network)
}

/// Whether an address is one that anybody in the internet may be at.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let is_special = match a {
        // This network, private use, loopback; multicast, and what is reserved, with broadcast.
        0 | 10 | 127 | 224.. => true,
        // Shared by carriers and their customers (RFC 6598).
        100 => (64..128).contains(&b),
        // Link-local, the metadata of clouds among it.
        169 => b == 254,
        // What a machine of Azure reaches its host by (Microsoft, “What is IP address 168.63.129.16?”), public as it looks.
        168 => (b, c, d) == (63, 129, 16),
        172 => (16..32).contains(&b),
        // IETF protocols, documentation, relays of 6to4, private use.
        192 => (b == 0 && matches!(c, 0 | 2)) || (b == 88 && c == 99) || b == 168,
        // Benchmarks, documentation.
        198 => matches!(b, 18 | 19) || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !is_special
}

/// Global unicast is `2000::/3`; within it some blocks are not for anybody, or hold an IPv4 address that a gateway goes on to.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_special = match a {
        // IETF protocols (Teredo, benchmarks, ORCHID among them); documentation.
        0x2001 => b < 0x0200 || b == 0x0db8,
        // 6to4.
        0x2002 => true,
        // Documentation (RFC 9637).
        0x3fff => b < 0x1000,
        _ => false,
    };
    a & 0xe000 == 0x2000 && !is_special
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn permits(address: &str) -> bool {
        Reach::default().permits(address.parse().unwrap())
    }

    #[test]
    fn each_special_range_is_refused_from_its_first_address_to_its_last() {
        for (range, first, last) in [
            ("this network", "0.0.0.0", "0.255.255.255"),
            ("private use", "10.0.0.0", "10.255.255.255"),
            ("carriers' customers", "100.64.0.0", "100.127.255.255"),
            ("loopback", "127.0.0.0", "127.255.255.255"),
            ("link-local", "169.254.0.0", "169.254.255.255"),
            ("metadata", "169.254.169.254", "169.254.170.2"),
            ("the host of a machine of Azure", "168.63.129.16", "168.63.129.16"),
            ("private use", "172.16.0.0", "172.31.255.255"),
            ("IETF protocols", "192.0.0.0", "192.0.0.255"),
            ("documentation", "192.0.2.0", "192.0.2.255"),
            ("relays of 6to4", "192.88.99.0", "192.88.99.255"),
            ("private use", "192.168.0.0", "192.168.255.255"),
            ("benchmarks", "198.18.0.0", "198.19.255.255"),
            ("documentation", "198.51.100.0", "198.51.100.255"),
            ("documentation", "203.0.113.0", "203.0.113.255"),
            ("multicast", "224.0.0.0", "239.255.255.255"),
            ("reserved, broadcast", "240.0.0.0", "255.255.255.255"),
            ("unspecified, loopback", "::", "::1"),
            ("v4-compatible", "::7f00:1", "::ffff:ffff"),
            ("v4-mapped loopback", "::ffff:127.0.0.1", "::ffff:127.255.255.255"),
            ("v4-mapped metadata", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"),
            ("v4-translated", "::ffff:0:127.0.0.1", "::ffff:0:ffff:ffff"),
            ("NAT64", "64:ff9b::", "64:ff9b::ffff:ffff"),
            (
                "NAT64 of one's own",
                "64:ff9b:1::",
                "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
            ),
            ("discarding", "100::", "100::ffff:ffff:ffff:ffff"),
            ("IETF protocols", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (
                "Teredo",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
            ),
            ("documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            (
                "6to4 of loopback",
                "2002:7f00:1::",
                "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            ),
            ("documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("segment routing", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("metadata", "fd00:ec2::254", "fd20:ce::254"),
            ("link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            assert!(!permits(first) && !permits(last), "{range}: {first} to {last}");
        }
    }

    #[test]
    fn what_lies_beside_them_is_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "223.255.255.255",
            "2001:200::",
            "2001:4860:4860::8888",
            "2003::",
            "2606:4700::1111",
            "3ffe::1",
            "3fff:1000::",
            "::ffff:1.1.1.1",
        ] {
            assert!(permits(address), "{address}");
        }
    }

    #[test]
    fn odd_spellings_of_loopback_are_seen_through() {
        let reach = Reach {
            allows_http: true,
            ..Reach::default()
        };
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://017700000001/",
            "http://127.1/",
            "http://0/",
            "http://127.0.0.1./",
            "http://１２７.０.０.１/",
            "http://127。0。0。1/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://[0:0:0:0:0:ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://%31%32%37.0.0.1/",
            "https://169.254.169.254/latest/",
        ] {
            let refused = WebhookUrl::parse(url, &reach).unwrap_err();
            assert_eq!(refused.code, "FORBIDDEN_ADDRESS", "{url}");
        }
    }

    #[test]
    fn what_no_endpoint_has_is_refused() {
        for (url, code) in [
            ("", "INVALID_URL"),
            ("example.org", "INVALID_URL"),
            ("http://example.org/", "INSECURE_URL"),
            ("ftp://example.org/", "INSECURE_URL"),
            ("file:///etc/passwd", "INSECURE_URL"),
            ("https://", "INVALID_URL"),
            ("https://[fe80::1%25eth0]/", "INVALID_URL"),
            ("https://256.1.1.1/", "INVALID_URL"),
            ("https://user@example.org/", "INVALID_URL"),
            ("https://:secret@example.org/", "INVALID_URL"),
            ("https://example.org/#part", "INVALID_URL"),
        ] {
            let refused = WebhookUrl::parse(url, &Reach::default()).unwrap_err();
            assert_eq!(refused.code, code, "{url}");
        }
        let long = format!("https://example.org/{}", "a".repeat(LONGEST_URL));
        assert_eq!(
            WebhookUrl::parse(&long, &Reach::default()).unwrap_err().code,
            "TOO_LONG"
        );
        let good = WebhookUrl::parse("https://Example.ORG:8443/hook?key=1", &Reach::default()).unwrap();
        assert_eq!(
            (good.as_str(), good.name()),
            ("https://example.org:8443/hook?key=1", Some("example.org"))
        );
    }

    #[test]
    fn a_network_that_is_allowed_is_reached_and_no_other() {
        let reach = Reach {
            allowed_networks: vec!["127.0.0.1/32".parse().unwrap(), "fd00::/8".parse().unwrap()],
            allows_http: true,
        };
        for url in [
            "http://127.0.0.1:9/",
            "http://localhost/",
            "http://[::ffff:127.0.0.1]/",
            "http://[fd12::1]/",
        ] {
            assert!(WebhookUrl::parse(url, &reach).is_ok(), "{url}");
        }
        for url in ["http://127.0.0.2/", "http://10.0.0.1/", "http://[fc00::1]/"] {
            assert!(WebhookUrl::parse(url, &reach).is_err(), "{url}");
        }
    }

    #[test]
    fn a_network_that_is_mapped_into_ipv6_is_the_one_of_ipv4() {
        for (network, allowed, refused) in [
            ("::ffff:127.0.0.1/128", "127.0.0.1", "127.0.0.2"),
            ("::ffff:10.1.0.0/112", "10.1.255.255", "10.2.0.0"),
            ("::ffff:0.0.0.0/96", "192.168.0.1", "::1"),
            ("fd00::/8", "fd12::1", "127.0.0.1"),
        ] {
            let reach = Reach {
                allowed_networks: vec![network.parse().unwrap()],
                allows_http: false,
            };
            let permits = |address: &str| reach.permits(address.parse().unwrap());
            assert!(permits(allowed) && !permits(refused), "{network}");
        }
    }

    proptest! {
        #[test]
        fn an_address_and_the_same_mapped_into_ipv6_are_judged_alike(address in any::<u32>()) {
            let address = Ipv4Addr::from(address);
            let reach = Reach::default();
            prop_assert_eq!(reach.permits(address.into()), reach.permits(address.to_ipv6_mapped().into()));
        }

        #[test]
        fn no_text_makes_reading_a_url_panic(text in "\\PC{0,80}") {
            let _ = WebhookUrl::parse(&text, &Reach::default());
        }
    }
}
