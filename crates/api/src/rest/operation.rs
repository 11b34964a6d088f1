//! What an operation of the JSON API is: a row of the catalogue.

use axum::routing::MethodFilter;
use http::StatusCode;

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// The method as openapi.json has it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    pub(super) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody; the answer is everybody's.
    Public,
    /// Whoever is at the desk, by a token or a key.
    Desk,
    /// Whoever wants to get to the desk.
    Door,
}

/// How what an address names is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// By the field's own arguments.
    Plain,
    /// A release by its UUID or by what is at its slug.
    Release,
    /// An entry of the taxonomy, by its UUID or its slug; the type's name.
    Entry(&'static str),
}

/// An operation: an address and a method, and the field of the schema that answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    /// Its name in openapi.json.
    pub(super) id: &'static str,
    pub(super) verb: Verb,
    /// The address. What is in braces is the argument, or the field of the argument `input`, of that name.
    pub(super) path: &'static str,
    /// The field of the root that answers, and those below it that lead to what is asked for, joined by dots.
    pub(super) field: &'static str,
    /// What it does, in a few words.
    pub(super) summary: &'static str,
    pub(super) access: Access,
    pub(super) finding: Finding,
    /// The shape of what is answered with, or of the items of a list; its type's, where nothing is said.
    pub(super) shape: Option<&'static str>,
    /// Where what it makes is found: an address without its last part, and the member of the answer that has its `id`.
    pub(super) made: Option<(&'static str, &'static str)>,
    /// An address that can be asked for as it is, of the newsroom that is built in; for commands a body.
    pub(super) example: &'static str,
}

impl Operation {
    /// The status of what went well.
    pub(super) fn status(&self) -> StatusCode {
        if self.made.is_some() {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        }
    }

    /// The group that it stands in: the first part of its address that tells.
    pub(super) fn tag(&self) -> &'static str {
        let after = self.path.trim_start_matches("/v1/desk/").trim_start_matches("/v1/");
        let part = after.split('/').next().unwrap_or_default();
        match (self.access, part) {
            (Access::Public, "releases" | "suggest") => "Releases",
            (Access::Public, _) => "Newsroom",
            (_, "releases" | "editions" | "edition-difference" | "bulk" | "previews") => "Desk: releases",
            (_, "bundles" | "freezes" | "calendar" | "owed-translations") => "Desk: schedule",
            (_, "offices" | "themes" | "types" | "publishing-rules") => "Desk: newsroom",
            (_, "sessions" | "viewer" | "password") => "Desk: sessions",
            (_, "webhooks" | "webhook-deliveries") => "Desk: webhooks",
            _ => "Desk: accounts",
        }
    }
}

/// A read that anybody may ask for.
pub(super) const fn read(
    id: &'static str,
    path: &'static str,
    field: &'static str,
    summary: &'static str,
    example: &'static str,
) -> Operation {
    Operation {
        id,
        verb: Verb::Get,
        path,
        field,
        summary,
        access: Access::Public,
        finding: Finding::Plain,
        shape: None,
        made: None,
        example,
    }
}

/// A read of the desk's.
pub(super) const fn desk(
    id: &'static str,
    path: &'static str,
    field: &'static str,
    summary: &'static str,
    example: &'static str,
) -> Operation {
    Operation {
        access: Access::Desk,
        ..read(id, path, field, summary, example)
    }
}

/// A command of the desk's, named as the mutation is.
pub(super) const fn command(
    verb: Verb,
    path: &'static str,
    field: &'static str,
    summary: &'static str,
    example: &'static str,
) -> Operation {
    Operation {
        verb,
        ..desk(field, path, field, summary, example)
    }
}

impl Operation {
    /// The same, by another way to find what is asked for.
    pub(super) const fn found_as(self, finding: Finding) -> Self {
        Self { finding, ..self }
    }

    /// The same, answered in that shape.
    pub(super) const fn shown_as(self, shape: &'static str) -> Self {
        Self {
            shape: Some(shape),
            ..self
        }
    }

    /// The same, which makes something that is found below that address.
    pub(super) const fn makes(self, at: &'static str, member: &'static str) -> Self {
        Self {
            made: Some((at, member)),
            ..self
        }
    }

    /// The same, without a token.
    pub(super) const fn at_the_door(self) -> Self {
        Self {
            access: Access::Door,
            ..self
        }
    }
}
