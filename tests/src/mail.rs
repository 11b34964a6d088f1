//! A mail server that takes what it is given and delivers nothing, for tests of mail.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a mail may take to arrive.
const PATIENCE: Duration = Duration::from_mins(1);

/// The mail server. It serves for as long as the test runs.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    kept: Arc<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    mails: Mutex<Vec<Mail>>,
    replies: Mutex<VecDeque<String>>,
}

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// From whom, by the envelope.
    pub from: String,
    /// To whom, by the envelope.
    pub to: String,
    /// All of it.
    pub text: String,
}

impl MailServer {
    /// Starts it, on a free port.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::<Kept>::default();
        let keeping = Arc::clone(&kept);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let keeping = Arc::clone(&keeping);
                // Whoever hangs up in the middle has sent nothing.
                std::thread::spawn(move || connection.and_then(|connection| talk(&connection, &keeping)));
            }
        });
        Self { port, kept }
    }

    /// The setting `smtp.url` for it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The settings of a newsroom that sends mail through it, from `Newsroom <newsroom@example.org>`.
    #[must_use]
    pub fn settings(&self) -> [(&'static str, String); 2] {
        let from = "Newsroom <newsroom@example.org>".to_owned();
        [("NEWSROOM_SMTP_URL", self.url()), ("NEWSROOM_SMTP_FROM", from)]
    }

    /// Answers the next recipient with that, such as `451 come back later`.
    pub fn reply_to_next_recipient(&self, reply: &str) {
        self.kept.replies.lock().unwrap().push_back(reply.to_owned());
    }

    /// The mails that have arrived.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.kept.mails.lock().unwrap().clone()
    }

    /// Waits until so many mails have arrived, and answers them.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let begun = Instant::now();
        loop {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            assert!(begun.elapsed() < PATIENCE, "{} mails of {count}", mails.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Mail {
    /// The value of a header; empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let (headers, _) = self.text.split_once("\r\n\r\n").unwrap_or((&self.text, ""));
        let unfolded = headers.replace("\r\n ", " ");
        let found = unfolded
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map_or_else(String::new, |(_, value)| value.to_owned())
    }

    /// What it says, decoded.
    #[must_use]
    pub fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").unwrap_or_default();
        match self.header("Content-Transfer-Encoding").as_str() {
            "7bit" => body.replace("\r\n", "\n"),
            "quoted-printable" => unquoted(body).replace("\r\n", "\n"),
            other => panic!("{other}: {body}"),
        }
    }

    /// The token of a link in it.
    #[must_use]
    pub fn token(&self) -> String {
        let body = self.body();
        let (_, behind) = body.split_once("nrl_").unwrap_or_else(|| panic!("no token: {body}"));
        let random: String = behind
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        format!("nrl_{random}")
    }
}

/// Quoted-printable (RFC 2045, section 6.7) as text.
fn unquoted(body: &str) -> String {
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'=');
        let code = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).unwrap()
}

/// As much of SMTP (RFC 5321) as a client of good manners needs.
fn talk(connection: &TcpStream, kept: &Kept) -> std::io::Result<()> {
    let (mut lines, mut out) = (BufReader::new(connection).lines(), connection);
    let (mut from, mut to) = (String::new(), String::new());
    out.write_all(b"220 sink.example ESMTP\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let reply = match verb.as_str() {
            "EHLO" => "250-sink.example\r\n250 8BITMIME".to_owned(),
            "MAIL" => {
                from = address;
                "250 ok".to_owned()
            }
            "RCPT" => {
                to = address;
                let scripted = kept.replies.lock().unwrap().pop_front();
                scripted.unwrap_or_else(|| "250 ok".to_owned())
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let mut text = String::new();
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push_str("\r\n");
                }
                let (from, to) = (from.clone(), to.clone());
                kept.mails.lock().unwrap().push(Mail { from, to, text });
                "250 taken".to_owned()
            }
            "QUIT" => return out.write_all(b"221 bye\r\n"),
            "RSET" | "NOOP" => "250 ok".to_owned(),
            _ => "502 what?".to_owned(),
        };
        out.write_all(format!("{reply}\r\n").as_bytes())?;
    }
    Ok(())
}
