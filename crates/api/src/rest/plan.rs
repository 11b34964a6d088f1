//! What an operation takes and gives, worked out of its row of the catalogue and the schema's types, once for all requests.

use async_graphql::{Value, indexmap::IndexMap, parser::types::Type};

use super::{
    operation::{Access, Finding, Operation, Verb},
    shape::{Shape, Shapes},
    types::{Input, Types, item, named},
};

/// Where a value stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

/// A parameter of an address.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: Place,
    /// The variable that it becomes, or the field of one.
    pub(super) to: Vec<String>,
    pub(super) input: Input,
}

/// How a list is read by pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paging {
    /// Whether there are cursors at all.
    pub(super) cursors: bool,
    /// Whether it can be read backwards.
    pub(super) backwards: bool,
    /// How many are given where nothing is said, and at most.
    pub(super) usual: u64,
    pub(super) most: u64,
}

/// What an operation answers with.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A page of a list: what is said of the list, and its items.
    Page(Shape, Shape),
    /// A whole list.
    List(Shape),
    One(Shape),
}

/// What an operation takes and gives.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) operation: Operation,
    /// What is said of it.
    pub(super) description: String,
    /// The fields that lead to the answer, each with its arguments and their types.
    pub(super) steps: Vec<(String, Vec<(String, Type)>)>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) paging: Option<Paging>,
    /// What a body has; nothing where there is none.
    pub(super) body: IndexMap<String, Input>,
    /// The input's name in the schema, for commands that have one.
    pub(super) input: Option<String>,
    /// Whether `If-Match` says which version was seen.
    pub(super) names_version: bool,
    /// Whether it can be sent again under an `Idempotency-Key`.
    pub(super) takes_key: bool,
    pub(super) answer: Answer,
    /// Whether there may be no answer: what was asked for is not there.
    pub(super) nullable: bool,
}

/// The arguments of fields below the root that addresses have: name, type, the value where nothing is said, and what it is.
const BELOW: [(&str, &str, Option<&str>, &str); 3] = [
    ("bodyFormat", "BodyFormat", Some("HTML"), "The form to give bodies in."),
    (
        "interval",
        "HistogramInterval!",
        Some("MONTH"),
        "How long the spans of the histogram are, where `include` names it.",
    ),
    (
        "locale",
        "Locale",
        None,
        "The reader's locale, in which names are given; by default English.",
    ),
];

/// The arguments that pages are asked for by, whatever they are called outside.
const PAGING: [&str; 4] = ["first", "after", "last", "before"];

/// What an argument, or a field of a filter, is called in an address.
fn outside(access: Access, name: &str) -> &str {
    match name {
        "offices" => "office",
        "themes" => "theme",
        "types" => "type",
        "locales" if access == Access::Public => "availableIn",
        "locales" => "locale",
        "publishedFrom" => "from",
        "publishedTo" => "to",
        "search" | "prefix" | "text" => "q",
        "states" => "state",
        "stages" => "stage",
        "authors" => "author",
        "actions" => "action",
        "orderBy" => "order",
        other => other,
    }
}

impl Plan {
    /// Works out what an operation takes and gives.
    ///
    /// # Errors
    /// Where the row does not fit the schema.
    pub(super) fn of(operation: Operation, types: &Types, shapes: &Shapes<'_>) -> Result<Self, String> {
        let mut parent = if operation.verb == Verb::Get {
            "Query"
        } else {
            "Mutation"
        };
        let mut plan = Self {
            operation,
            description: String::new(),
            steps: Vec::new(),
            parameters: Vec::new(),
            paging: None,
            body: IndexMap::new(),
            input: None,
            names_version: false,
            takes_key: false,
            answer: Answer::List(Shape {
                name: String::new(),
                of: String::new(),
                fields: Vec::new(),
            }),
            nullable: false,
        };
        if operation.finding != Finding::Plain {
            let name = path_names(operation.path)
                .next()
                .ok_or("nothing is named in the path")?;
            plan.parameters.push(found_by(name, operation.finding));
        }
        let mut kind = None;
        for step in operation.field.split('.') {
            let field = types.object(parent).and_then(|fields| fields.get(step));
            let field = field.ok_or_else(|| format!("{}: no field {parent}.{step}", operation.id))?;
            for (name, argument) in &field.arguments {
                plan.take_argument(name, argument, types);
            }
            let arguments = field.arguments.iter();
            plan.steps.push((
                step.to_owned(),
                arguments
                    .map(|(name, argument)| (name.clone(), argument.kind.clone()))
                    .collect(),
            ));
            plan.description.clone_from(&field.description);
            plan.nullable |= field.kind.nullable;
            parent = named(&field.kind);
            kind = Some(&field.kind);
        }
        let kind = kind.ok_or("no field")?;
        if let Some(said) = said_of(operation.finding) {
            said.clone_into(&mut plan.description);
        }
        plan.description = plan.description.replace("Null where", "NOT_FOUND where");
        plan.answer = answer_of(kind, &operation, types, shapes)?;
        plan.take_what_is_below()?;
        let missing = path_names(operation.path).find(|name| !plan.parameters.iter().any(|known| known.name == *name));
        match missing {
            Some(name) => Err(format!("{}: nothing takes {{{name}}}", operation.id)),
            None => Ok(plan),
        }
    }

    fn take_argument(&mut self, name: &str, argument: &Input, types: &Types) {
        let operation = self.operation;
        let is_found = operation.finding != Finding::Plain && matches!(name, "id" | "slug");
        if is_found {
            return;
        }
        if PAGING.contains(&name) && operation.verb == Verb::Get {
            self.take_paging(name, argument);
            return;
        }
        let place = |name: &str| {
            if path_names(operation.path).any(|known| known == name) {
                Place::Path
            } else {
                Place::Query
            }
        };
        let Some(fields) = types.input(named(&argument.kind)) else {
            self.parameters.push(Parameter {
                name: outside(operation.access, name).to_owned(),
                place: place(name),
                to: vec![name.to_owned()],
                input: argument.clone(),
            });
            return;
        };
        if operation.verb != Verb::Get {
            self.input = Some(named(&argument.kind).to_owned());
        }
        for (field, input) in fields {
            let to = vec![name.to_owned(), field.clone()];
            match (operation.verb, field.as_str()) {
                (Verb::Get, _) => self.parameters.push(Parameter {
                    name: outside(operation.access, field).to_owned(),
                    place: Place::Query,
                    to,
                    input: input.clone(),
                }),
                (_, field) if place(field) == Place::Path => self.parameters.push(Parameter {
                    name: field.to_owned(),
                    place: Place::Path,
                    to,
                    input: input.clone(),
                }),
                (_, "version") => self.names_version = true,
                (_, "idempotencyKey") => self.takes_key = true,
                _ => {
                    self.body.insert(field.clone(), input.clone());
                }
            }
        }
    }

    fn take_paging(&mut self, name: &str, argument: &Input) {
        // A list that is given whole says itself how many it gives.
        let usual = argument.default.as_ref().and_then(|default| match default {
            Value::Number(number) => number.as_u64(),
            _ => None,
        });
        let paging = self.paging.get_or_insert(Paging {
            cursors: false,
            backwards: false,
            usual: usual.unwrap_or(20),
            most: if usual.is_some() { 20 } else { 100 },
        });
        paging.cursors |= name == "after";
        paging.backwards |= name == "before";
    }

    /// Takes the arguments of fields below the root; a command has none, and goes by what the schema says.
    fn take_what_is_below(&mut self) -> Result<(), String> {
        let is_read = self.operation.verb == Verb::Get;
        let known = |name: &str| is_read && BELOW.iter().any(|(below, ..)| *below == name);
        let (Answer::Page(_, shape) | Answer::List(shape) | Answer::One(shape)) = &mut self.answer;
        shape.without_variables(&known);
        for name in self.answer.variables() {
            if self.parameters.iter().any(|parameter| parameter.to == [name.clone()]) {
                continue;
            }
            let (_, kind, default, description) = BELOW
                .iter()
                .find(|(below, ..)| *below == name)
                .ok_or_else(|| format!("{}: nothing says what ${name} is", self.operation.id))?;
            self.parameters.push(Parameter {
                name: name.clone(),
                place: Place::Query,
                to: vec![name],
                input: Input {
                    description: (*description).to_owned(),
                    kind: Type::new(kind).ok_or("a type cannot be read")?,
                    default: default.map(|default| Value::Enum(async_graphql::Name::new(default))),
                },
            });
        }
        Ok(())
    }
}

impl Answer {
    /// The variables that fields of it need.
    pub(super) fn variables(&self) -> Vec<String> {
        let mut needed = Vec::new();
        if let Self::Page(whole, _) = self {
            whole.variables(&mut needed);
        }
        self.item().variables(&mut needed);
        needed
    }

    /// What it is, or what it is a list of.
    pub(super) const fn item(&self) -> &Shape {
        match self {
            Self::Page(_, item) | Self::List(item) | Self::One(item) => item,
        }
    }

    /// What it is called in openapi.json.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Page(whole, _) => whole.of.replace("Connection", "Page"),
            Self::List(item) => format!("{}List", item.name),
            Self::One(item) => item.name.clone(),
        }
    }

    /// What may be named in `include`.
    pub(super) fn extras(&self) -> Vec<&str> {
        let whole = match self {
            Self::Page(whole, _) => Some(whole),
            _ => None,
        };
        let fields = whole.into_iter().chain([self.item()]).flat_map(|shape| &shape.fields);
        fields
            .filter(|field| field.extra)
            .map(|field| field.key.as_str())
            .collect()
    }

    /// What may be named in `fields`.
    pub(super) fn members(&self) -> Vec<&str> {
        self.item().fields.iter().map(|field| field.key.as_str()).collect()
    }

    /// The same with what was asked for alone.
    pub(super) fn chosen(&self, fields: &[String], include: &[String]) -> Self {
        let is_included = |key: &str| include.iter().any(|name| name == key);
        let choose = |shape: &Shape, fields: &[String]| {
            let mut chosen = shape.with(|field| {
                let is_asked_for = if fields.is_empty() {
                    !field.extra
                } else {
                    fields.contains(&field.key)
                };
                is_asked_for || is_included(&field.key)
            });
            chosen.prune_below();
            chosen
        };
        match self {
            Self::Page(whole, item) => Self::Page(choose(whole, &[]), choose(item, fields)),
            Self::List(item) => Self::List(choose(item, fields)),
            Self::One(item) => Self::One(choose(item, fields)),
        }
    }
}

fn answer_of(kind: &Type, operation: &Operation, types: &Types, shapes: &Shapes<'_>) -> Result<Answer, String> {
    let name = named(kind);
    if item(kind).is_some() {
        return shapes.shape(operation.shape.unwrap_or(name)).map(Answer::List);
    }
    if !name.ends_with("Connection") {
        return shapes.shape(operation.shape.unwrap_or(name)).map(Answer::One);
    }
    let nodes = types.object(name).and_then(|fields| fields.get("nodes"));
    let nodes = nodes.ok_or_else(|| format!("{name} has no nodes"))?;
    let items = shapes.shape(operation.shape.unwrap_or(named(&nodes.kind)))?;
    Ok(Answer::Page(shapes.shape(name)?, items))
}

/// The names in the braces of a path.
pub(super) fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}

/// What is said of a field that is found in another way here than by GraphQL.
fn said_of(finding: Finding) -> Option<&'static str> {
    match finding {
        Finding::Plain => None,
        Finding::Release => Some(
            "The release of that UUID, or at that slug. A slug that it had before redirects to the one that it has; a release that was removed is GONE, and `removal` says when and why. Under a `Preview-Token`, the release of the preview is as that has it.",
        ),
        Finding::Entry(_) => {
            Some("The one that has that UUID or that slug. A slug that it had before redirects to the one that it has.")
        }
    }
}

fn found_by(name: &str, finding: Finding) -> Parameter {
    let description = match finding {
        Finding::Release => "Its UUID, or its slug: the last part of its address. One that it had before redirects.",
        _ => "Its UUID, or its slug. One that it had before redirects.",
    };
    Parameter {
        name: name.to_owned(),
        place: Place::Path,
        to: vec![name.to_owned()],
        input: Input {
            description: description.to_owned(),
            kind: Type {
                base: async_graphql::parser::types::BaseType::Named(async_graphql::Name::new("String")),
                nullable: false,
            },
            default: None,
        },
    }
}

impl Plan {
    /// What is said in the schema, with the names that addresses have.
    pub(super) fn said(&self, text: &str) -> String {
        let mut text = said_outside(text);
        for parameter in &self.parameters {
            if let Some(inside) = parameter.to.last().filter(|inside| **inside != parameter.name) {
                text = text.replace(&format!("`{inside}`"), &format!("`{}`", parameter.name));
            }
        }
        text
    }

    /// Whether a parameter stands in the address's path.
    pub(super) fn is_in_path(&self, name: &str) -> bool {
        let mut parameters = self.parameters.iter();
        parameters.any(|parameter| parameter.place == Place::Path && parameter.name == name)
    }
}

/// What is said in the schema, for those who know no GraphQL.
pub(super) fn said_outside(text: &str) -> String {
    const WORDS: [(&str, &str); 16] = [
        ("Its global id, for `node` and for clients' caches.", "Its UUID."),
        ("Its id, for mutations and for clients' caches.", "Its UUID."),
        ("Its id, for `deskEdition` and for clients' caches.", "Its UUID."),
        ("Its id, for `revokePreview` and for clients' caches.", "Its UUID."),
        ("Its id, for clients' caches.", "Its UUID."),
        ("It never changes, and `node` does not find it.", "It never changes."),
        (" `node` does not find it.", ""),
        ("its slug, its global id, or its UUID", "its slug, or its UUID"),
        ("its global id, or its UUID", "its UUID"),
        ("Its global id, or its UUID", "Its UUID"),
        ("its id, or its UUID", "its UUID"),
        ("Its id, or its UUID", "Its UUID"),
        ("The global id of", "The UUID of"),
        ("Its global id", "Its UUID"),
        ("by the mutation that", "by the command that"),
        (" (see `Query.address`)", ""),
    ];
    WORDS
        .iter()
        .fold(text.to_owned(), |text, (inside, outside)| text.replace(inside, outside))
}
