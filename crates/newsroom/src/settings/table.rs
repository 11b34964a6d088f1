//! The table of all settings: what each is called in the file, in the environment and on the command line.
//!
//! A new setting is a line here and a field of [`Settings`](super::Settings); a test says where one is missing.

/// A setting's names and meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Its key in the TOML file: `data_dir`, `limits.depth`.
    pub(crate) key: &'static str,
    /// Its name in the environment.
    pub(crate) variable: &'static str,
    /// The name of its flag, without the hyphens before it, and what stands for its value in the help; nothing where it
    /// has no flag.
    pub(crate) flag: Option<(&'static str, &'static str)>,
    /// How its value is written where all there is, is text.
    pub(crate) form: Form,
    /// Which part of the documentation it is in.
    pub(crate) group: Group,
    /// What it says.
    pub(crate) about: &'static str,
    /// What it is by default, where that is no plain value.
    pub(crate) default_note: Option<&'static str>,
}

/// How a value is read from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Text,
    /// As a number, or as true or false.
    Literal,
    /// As a list, split at commas.
    List,
}

/// The parts of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Newsroom,
    Serving,
    SigningIn,
    SingleSignOn,
    Mail,
    Webhooks,
    GraphQl,
    Logging,
    Checks,
    Limits,
}

impl Group {
    pub(crate) const ALL: [(Self, &'static str); 10] = [
        (Self::Newsroom, "The newsroom and where it is kept"),
        (Self::Serving, "Serving"),
        (Self::SigningIn, "Signing in"),
        (Self::SingleSignOn, "Single sign-on"),
        (Self::Mail, "Sending mail"),
        (Self::Webhooks, "Webhooks"),
        (Self::GraphQl, "GraphQL"),
        (Self::Logging, "Logging"),
        (Self::Checks, "Checks before publishing"),
        (Self::Limits, "Limits of one request"),
    ];
}

impl Setting {
    /// Its flag, as it is typed.
    pub(crate) fn typed_flag(&self) -> Option<String> {
        self.flag.map(|(name, _)| format!("--{name}"))
    }

    const fn new(key: &'static str, variable: &'static str, form: Form, group: Group, about: &'static str) -> Self {
        Self {
            key,
            variable,
            flag: None,
            form,
            group,
            about,
            default_note: None,
        }
    }

    const fn flagged(mut self, name: &'static str, value: &'static str) -> Self {
        self.flag = Some((name, value));
        self
    }

    const fn by_default(mut self, note: &'static str) -> Self {
        self.default_note = Some(note);
        self
    }
}

macro_rules! limit {
    ($key:ident, $variable:ident, $about:literal) => {
        Setting::new(
            concat!("limits.", stringify!($key)),
            concat!("NEWSROOM_LIMITS_", stringify!($variable)),
            Form::Literal,
            Group::Limits,
            $about,
        )
    };
}

macro_rules! oidc {
    ($key:ident, $variable:ident, $form:ident, $about:literal) => {
        Setting::new(
            concat!("oidc.", stringify!($key)),
            concat!("NEWSROOM_OIDC_", stringify!($variable)),
            Form::$form,
            Group::SingleSignOn,
            $about,
        )
    };
}

macro_rules! check {
    ($key:ident, $variable:ident, $about:literal) => {
        Setting::new(
            concat!("checks.", stringify!($key)),
            concat!("NEWSROOM_CHECKS_", stringify!($variable)),
            Form::Text,
            Group::Checks,
            $about,
        )
    };
}

/// The setting of that key.
pub(crate) fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The setting of that name in the environment.
pub(crate) fn by_variable(variable: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.variable == variable)
}

/// All settings, in the order in which they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        "data_dir",
        "NEWSROOM_DATA_DIR",
        Form::Text,
        Group::Newsroom,
        "The folder for what the newsroom keeps in files; made where it is missing.",
    )
    .flagged("data-dir", "DIR"),
    Setting::new(
        "database_url",
        "DATABASE_URL",
        Form::Text,
        Group::Newsroom,
        "The database: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE` (PostgreSQL 15 or newer).",
    )
    .flagged("database-url", "URL")
    .by_default("`newsroom.sqlite` in the data folder"),
    Setting::new(
        "notify_database_url",
        "NEWSROOM_NOTIFY_DATABASE_URL",
        Form::Text,
        Group::Newsroom,
        "The same PostgreSQL database past a pooler such as PgBouncer, for one connection that stays open to hear of new changes at once. Without it, where the pooler passes nothing on, they are found within a second.",
    )
    .flagged("notify-database-url", "URL")
    .by_default("`database_url`"),
    Setting::new(
        "search_dir",
        "NEWSROOM_SEARCH_DIR",
        Form::Text,
        Group::Newsroom,
        "The folder for the search index, which is made from the database. Each process that serves needs one of its own, on a disk of its own host.",
    )
    .flagged("search-dir", "DIR")
    .by_default("`search` in the data folder"),
    Setting::new(
        "time_zone",
        "NEWSROOM_TIME_ZONE",
        Form::Text,
        Group::Newsroom,
        "The time zone of the newsroom's calendar days, by its IANA name. It is recorded in the database when that is set up, and another one is refused from then on.",
    )
    .flagged("time-zone", "ZONE"),
    Setting::new(
        "locales",
        "NEWSROOM_LOCALES",
        Form::List,
        Group::Newsroom,
        "The locales that the newsroom publishes in (BCP 47), with commas between them; others are refused.",
    )
    .flagged("locales", "LOCALES")
    .by_default("any well-formed tag"),
    Setting::new(
        "fallbacks",
        "NEWSROOM_FALLBACKS",
        Form::Text,
        Group::Newsroom,
        "What a reader is given where there is nothing in the locale asked for, nor in a shorter form of it: other locales in order, before the original. In the file a table with a line a locale, such as `uk = [\"ru\", \"en\"]`; elsewhere `uk=ru:en`, with commas between locales.",
    )
    .flagged("fallbacks", "CHAINS")
    .by_default("none: the original"),
    Setting::new(
        "publish_rights",
        "NEWSROOM_PUBLISH_RIGHTS",
        Form::Text,
        Group::Newsroom,
        "On which of a release's offices a publisher needs rights to publish, withdraw, remove or reinstate it: `all-offices` or `one-office`.",
    )
    .flagged("publish-rights", "WHICH"),
    Setting::new(
        "listen",
        "NEWSROOM_LISTEN",
        Form::Text,
        Group::Serving,
        "The address and port to listen on; port 0 takes a free one and logs it.",
    )
    .flagged("listen", "HOST:PORT"),
    Setting::new(
        "metrics_listen",
        "NEWSROOM_METRICS_LISTEN",
        Form::Text,
        Group::Serving,
        "The address and port to show metrics at, as `/metrics` in Prometheus' text format. For operators alone: keep readers from it.",
    )
    .by_default("none: no metrics are kept"),
    Setting::new(
        "public_url",
        "NEWSROOM_PUBLIC_URL",
        Form::Text,
        Group::Serving,
        "Where readers reach this API. Every link to it begins so; none is ever made from what a request says.",
    )
    .flagged("public-url", "URL")
    .by_default("`http://` and the address to listen on"),
    Setting::new(
        "release_url",
        "NEWSROOM_RELEASE_URL",
        Form::Text,
        Group::Serving,
        "The address of a release's page on your site: a URL with `{slug}` and, if you like, `{locale}` in it.",
    )
    .flagged("release-url", "URL")
    .by_default("none: a release has no `url`"),
    Setting::new(
        "own_origins",
        "NEWSROOM_OWN_ORIGINS",
        Form::List,
        Group::Serving,
        "Other origins that have the pages of `release_url`, with commas between them: an old host, or the one without `www`. Links to releases there are checked as well.",
    )
    .flagged("own-origins", "ORIGINS")
    .by_default("none"),
    Setting::new(
        "readers",
        "NEWSROOM_READERS",
        Form::Literal,
        Group::Serving,
        "How many connections to the database read at once. On PostgreSQL up to four more write.",
    )
    .flagged("readers", "NUMBER"),
    Setting::new(
        "max_connections",
        "NEWSROOM_MAX_CONNECTIONS",
        Form::Literal,
        Group::Serving,
        "How many clients may be connected at once; more wait. By default a little below the 1,024 files that a process may usually have open.",
    )
    .flagged("max-connections", "NUMBER"),
    Setting::new(
        "max_streams_per_client",
        "NEWSROOM_MAX_STREAMS_PER_CLIENT",
        Form::Literal,
        Group::Serving,
        "How many streams of changes one client may have open at once, by its API key or else its address.",
    )
    .flagged("max-streams-per-client", "NUMBER"),
    Setting::new(
        "header_timeout",
        "NEWSROOM_HEADER_TIMEOUT",
        Form::Literal,
        Group::Serving,
        "Seconds within which the head of a request has to arrive; a connection without a request is closed after them too. Keep it above the time for which your proxy keeps idle connections.",
    )
    .flagged("header-timeout", "SECONDS"),
    Setting::new(
        "body_timeout",
        "NEWSROOM_BODY_TIMEOUT",
        Form::Literal,
        Group::Serving,
        "Seconds within which the body of a request has to arrive.",
    )
    .flagged("body-timeout", "SECONDS"),
    Setting::new(
        "shutdown_delay",
        "NEWSROOM_SHUTDOWN_DELAY",
        Form::Literal,
        Group::Serving,
        "Seconds after SIGTERM during which the server still takes requests while `/readyz` says 503, so that load balancers send them elsewhere.",
    )
    .flagged("shutdown-delay", "SECONDS"),
    Setting::new(
        "shutdown_grace",
        "NEWSROOM_SHUTDOWN_GRACE",
        Form::Literal,
        Group::Serving,
        "Seconds that requests in flight then have to finish.",
    )
    .flagged("shutdown-grace", "SECONDS"),
    Setting::new(
        "signing_key_file",
        "NEWSROOM_SIGNING_KEY_FILE",
        Form::Text,
        Group::SigningIn,
        "The file with the Ed25519 key that signs access tokens (PKCS#8 in PEM), which nobody else may be able to read. It is yours to renew.",
    )
    .flagged("signing-key-file", "FILE")
    .by_default("`signing-key.pem` in the data folder, made where it is missing"),
    Setting::new(
        "account_url",
        "NEWSROOM_ACCOUNT_URL",
        Form::Text,
        Group::SigningIn,
        "The page of your newsroom tool where people set their passwords by an invitation or a reset: a URL with `{token}` in it, best behind a `#`, where it goes to no server.",
    )
    .flagged("account-url", "URL")
    .by_default("none: people get the token alone"),
    Setting::new(
        "trusted_proxies",
        "NEWSROOM_TRUSTED_PROXIES",
        Form::List,
        Group::SigningIn,
        "The addresses or networks of the proxies in front, with commas between them. From these alone `X-Forwarded-For` (or, where that is missing, `Forwarded`) is taken for a client's address.",
    )
    .flagged("trusted-proxies", "ADDRESSES")
    .by_default("none"),
    Setting::new(
        "cors_origins",
        "NEWSROOM_CORS_ORIGINS",
        Form::List,
        Group::SigningIn,
        "The origins whose pages may read what is answered, with commas between them; `*` for all.",
    )
    .flagged("cors-origins", "ORIGINS"),
    oidc!(
        issuer,
        ISSUER,
        Text,
        "The OpenID Connect issuer whose tokens are taken, as they have it in `iss`, letter for letter. Its keys are found by discovery, over https; over http on this machine alone."
    )
    .by_default("none: no single sign-on"),
    oidc!(
        audience,
        AUDIENCE,
        Text,
        "Whom its tokens have to be for, as they have it in `aud`: this API, as the issuer calls it. Needed where an issuer is set."
    ),
    oidc!(
        role_claim,
        ROLE_CLAIM,
        Text,
        "The claim by whose values the role is found; with dots, a path into objects, such as `realm_access.roles`."
    ),
    oidc!(
        roles,
        ROLES,
        List,
        "Which values have which role: `VALUE=ROLE`, with commas between them. Of several the highest counts; whoever has none is refused. Needed where an issuer is set."
    ),
    oidc!(
        offices_claim,
        OFFICES_CLAIM,
        Text,
        "The claim with the slugs of the offices; `*` in it means all offices, and what is no office's slug nothing."
    )
    .by_default("none: tokens say nothing of offices"),
    oidc!(
        all_offices,
        ALL_OFFICES,
        Literal,
        "Whether people whose token has no such claim act for all offices. `false`: for none."
    ),
    oidc!(
        email_claim,
        EMAIL_CLAIM,
        Text,
        "The claim with the email address. It counts where `email_verified` is true, and else an address stands in that no mail reaches."
    ),
    oidc!(name_claim, NAME_CLAIM, Text, "The claim with the name."),
    oidc!(
        link_accounts,
        LINK_ACCOUNTS,
        Literal,
        "Whether an account that is here already becomes that of whoever comes with its verified email address. `false`: they are refused."
    ),
    Setting::new(
        "smtp.url",
        "NEWSROOM_SMTP_URL",
        Form::Text,
        Group::Mail,
        "The mail server: `smtps://USER:PASSWORD@HOST` (TLS from the start, port 465), `starttls://USER:PASSWORD@HOST` (TLS that it has to offer, port 587), or `smtp://HOST` (no TLS, port 25; with a password on this machine alone). What is special in a URL is percent-encoded.",
    )
    .by_default("none: no mail is sent"),
    Setting::new(
        "smtp.from",
        "NEWSROOM_SMTP_FROM",
        Form::Text,
        Group::Mail,
        "From whom mail comes: `newsroom@example.org`, or `Newsroom <newsroom@example.org>` with what mails are to call the newsroom. Needed where `smtp.url` is set.",
    )
    .by_default("none"),
    Setting::new(
        "webhook_allowed_networks",
        "NEWSROOM_WEBHOOK_ALLOWED_NETWORKS",
        Form::List,
        Group::Webhooks,
        "Addresses and networks that webhooks may go to although they are not public, such as `10.1.0.0/16`: whoever keeps webhooks can have this server send requests there.",
    )
    .by_default("none: to public addresses alone"),
    Setting::new(
        "webhook_allow_http",
        "NEWSROOM_WEBHOOK_ALLOW_HTTP",
        Form::Literal,
        Group::Webhooks,
        "Whether webhooks may go by plain http, where anybody on the way can read them.",
    ),
    Setting::new(
        "introspection",
        "NEWSROOM_INTROSPECTION",
        Form::Literal,
        Group::GraphQl,
        "Whether the schema may be asked for. `false` turns off every “did you mean” as well; the explorer at `/` then cannot complete what you type.",
    )
    .flagged("introspection", "true|false"),
    Setting::new(
        "graphql_timeout",
        "NEWSROOM_GRAPHQL_TIMEOUT",
        Form::Literal,
        Group::GraphQl,
        "Seconds that one query may take.",
    )
    .flagged("graphql-timeout", "SECONDS"),
    Setting::new(
        "document_cache_bytes",
        "NEWSROOM_DOCUMENT_CACHE_BYTES",
        Form::Literal,
        Group::GraphQl,
        "Bytes of parsed query documents to keep, about; 0 keeps none.",
    )
    .flagged("document-cache-bytes", "BYTES"),
    Setting::new(
        "log",
        "NEWSROOM_LOG",
        Form::Text,
        Group::Logging,
        "What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`) or directives such as `info,newsroom_api=debug`. Commands other than `serve` log warnings alone, unless it is set.",
    )
    .flagged("log", "FILTER"),
    Setting::new(
        "log_format",
        "NEWSROOM_LOG_FORMAT",
        Form::Text,
        Group::Logging,
        "How: `pretty`, `json` (an object a line), or `auto` (pretty on a terminal, JSON elsewhere). Logs go to standard error.",
    )
    .flagged("log-format", "FORMAT"),
    check!(empty_lead, EMPTY_LEAD, "What becomes of a text without a lead: `off`, `warning`, `blocker` (which whoever publishes can waive) or `strict-blocker` (which nobody can). Likewise below."),
    check!(broken_link, BROKEN_LINK, "Of links to releases that readers have not; needs `release_url`."),
    check!(broken_anchor, BROKEN_ANCHOR, "Of links within a body to an id that nothing in it has."),
    check!(heading_skips_level, HEADING_SKIPS_LEVEL, "Of headings that are more than one level below the one before."),
    check!(image_without_alt, IMAGE_WITHOUT_ALT, "Of images without an alternative text."),
    check!(vague_link_text, VAGUE_LINK_TEXT, "Of links whose text says nothing of where they lead, such as “here”."),
    check!(mixed_scripts, MIXED_SCRIPTS, "Of words that mix Latin, Cyrillic and Greek letters."),
    limit!(body_bytes, BODY_BYTES, "Bytes of a POST body."),
    limit!(uri_bytes, URI_BYTES, "Bytes of a GET request's path and query, percent-encoded."),
    limit!(query_bytes, QUERY_BYTES, "Bytes of the query document."),
    limit!(tokens, TOKENS, "Tokens of the document: names, numbers, strings, punctuators."),
    limit!(name_bytes, NAME_BYTES, "Bytes of one name or number."),
    limit!(nesting, NESTING, "Nesting of `(`, `[` and `{` in the document."),
    limit!(operations, OPERATIONS, "Operations in a document."),
    limit!(fragments, FRAGMENTS, "Fragment definitions in a document."),
    limit!(variables, VARIABLES, "Variables that one operation defines."),
    limit!(arguments, ARGUMENTS, "Arguments of one field or directive."),
    limit!(depth, DEPTH, "Levels of fields, with fragments expanded. The standard introspection query needs 15."),
    limit!(aliases, ALIASES, "Aliases, with fragments expanded."),
    limit!(directives, DIRECTIVES, "Directives, with fragments expanded."),
    limit!(selections, SELECTIONS, "Fields, spreads and inline fragments, with fragments expanded."),
    limit!(root_fields, ROOT_FIELDS, "Fields at the root of an operation, with fragments expanded."),
    limit!(values, VALUES, "Values in arguments, with fragments expanded and variables put in."),
    limit!(introspection_lists, INTROSPECTION_LISTS, "Lists within lists in an introspection query."),
    limit!(price, PRICE, "The price of an operation: about the number of values that its answer may have."),
];
