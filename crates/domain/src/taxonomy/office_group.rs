//! Offices as pages show them: by kind, the open ones before the closed ones.

use std::collections::BTreeMap;

use super::{Office, OfficeKind, Taxonomy};

/// The offices of one kind, either open or closed.
#[derive(Debug, Clone)]
pub struct OfficeGroup<'a> {
    /// Their kind; nothing where that is not known.
    pub kind: Option<OfficeKind>,
    /// Whether they are closed.
    pub closed: bool,
    /// The offices, by slug; at least one.
    pub offices: Vec<&'a Office>,
}

impl Taxonomy {
    /// All offices in groups: the open ones first, and by kind: institutions, field operations, the secretariat, those whose
    /// kind is not known.
    #[must_use]
    pub fn office_groups(&self) -> Vec<OfficeGroup<'_>> {
        let mut groups: BTreeMap<_, Vec<&Office>> = BTreeMap::new();
        for office in self.offices() {
            let key = (office.closed, office.kind.is_none(), office.kind);
            groups.entry(key).or_default().push(office);
        }
        let group = |((closed, _, kind), offices)| OfficeGroup { kind, closed, offices };
        groups.into_iter().map(group).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::Name;

    fn office(slug: &str, kind: Option<OfficeKind>, closed: bool, number: u128) -> Office {
        let name = Name::new(slug).unwrap();
        Office {
            id: uuid::Uuid::from_u128(number).into(),
            slug: slug.parse().unwrap(),
            names: super::super::Names::one("en".parse().unwrap(), name),
            closed,
            kind,
            former_slugs: BTreeSet::new(),
            version: 1,
        }
    }

    #[test]
    fn open_offices_come_before_closed_ones_and_kinds_in_their_order() {
        use OfficeKind::{FieldOperation, Institution, Secretariat};
        let mut taxonomy = Taxonomy::default();
        let offices = [
            ("unknown", None, false),
            ("secretariat", Some(Secretariat), false),
            ("old-mission", Some(FieldOperation), true),
            ("mission-b", Some(FieldOperation), false),
            ("mission-a", Some(FieldOperation), false),
            ("old-unknown", None, true),
            ("institution", Some(Institution), false),
        ];
        for ((slug, kind, closed), number) in offices.into_iter().zip(1..) {
            taxonomy.put_office(office(slug, kind, closed, number));
        }
        let groups = taxonomy.office_groups();
        let groups: Vec<_> = groups
            .iter()
            .map(|group| {
                let slugs: Vec<&str> = group.offices.iter().map(|office| office.slug.as_str()).collect();
                (group.closed, group.kind, slugs.join(" "))
            })
            .collect();
        let expected = [
            (false, Some(Institution), "institution"),
            (false, Some(FieldOperation), "mission-a mission-b"),
            (false, Some(Secretariat), "secretariat"),
            (false, None, "unknown"),
            (true, Some(FieldOperation), "old-mission"),
            (true, None, "old-unknown"),
        ];
        assert_eq!(
            groups,
            expected.map(|(closed, kind, slugs)| (closed, kind, slugs.to_owned()))
        );
    }
}
