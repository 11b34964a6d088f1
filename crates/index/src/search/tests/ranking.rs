use super::*;

#[test]
fn a_title_counts_more_than_a_lead_and_a_lead_more_than_a_body() {
    let kept = Kept::new().having(&[
        text(0, "en", "Visit", "", "Media, media, media and more media of the media"),
        text(1, "en", "Visit", "Media", ""),
        text(2, "en", "Media of tomorrow", "", ""),
    ]);
    assert_eq!(order(&kept, &all_of("media")), [2, 1, 0]);
}

#[test]
fn a_title_that_the_search_covers_whole_comes_before_one_it_covers_in_part() {
    let kept = Kept::titled(&["Media", "Media law", "The media", "Media and law and order"]);
    assert_eq!(order(&kept, &all_of("media")), [2, 0, 1, 3]);
}

#[test]
fn the_form_that_was_typed_comes_first_and_what_is_there_more_often_a_little_before() {
    let kept = Kept::new().having(&[
        text(0, "en", "", "", "elections"),
        text(1, "en", "", "", "election"),
        text(2, "en", "", "", "elections and elections"),
    ]);
    assert_eq!(order(&kept, &all_of("elections")), [2, 0, 1]);
}

#[test]
fn words_that_stand_near_each_other_come_first() {
    let far = "media or whatever else there might be in a long text that at last has some freedom";
    let kept = Kept::new().having(&[
        text(0, "en", "", "", far),
        text(1, "en", "", "", "media freedom"),
        text(2, "en", "", "", "freedom of media"),
    ]);
    assert_eq!(order(&kept, &all_of("media freedom")), [1, 2, 0]);
}

#[test]
fn where_any_word_will_do_those_with_more_of_them_come_first() {
    let kept = Kept::new().having(&[
        text(0, "en", "Media", "media", "media"),
        text(1, "en", "", "", "law and many other things and the media"),
        text(2, "en", "Law", "", ""),
    ]);
    assert_eq!(order(&kept, &any_of("media law order")), [1, 0, 2]);
}

#[test]
fn other_texts_change_no_score() {
    let titles = ["Media freedom", "Freedom of the media", "Elections"];
    let before = ranked(&Kept::titled(&titles), &all_of("media freedom"));
    let mut more = in_locale("en", &titles);
    more.extend((10..60).map(|number| text(number, "en", "Elections", "", "freedom")));
    let kept = Kept::new().having(&more);
    assert_eq!(ranked(&kept, &all_of("media freedom")), before);
}

#[test]
fn a_text_in_a_locale_that_the_reader_has_not_asked_for_counts_half() {
    let kept = Kept::new().having(&[
        text(0, "de", "OSCE", "OSCE", "OSCE"),
        text(1, "en", "OSCE and others", "OSCE", ""),
        text(2, "en", "", "", "OSCE"),
    ]);
    let order = |query: &SearchQuery, preferred: &[Locale]| {
        let hits = hits_of(&kept.index.searcher(), query, &everywhere(&["de", "en"]), preferred);
        let page = hits.page(&hits.numbers, &number, |number| number, &PageRequest::first(9));
        let numbers = page.unwrap().items.into_iter().map(|(number, _)| number);
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(order(&all_of("osce"), &[]), [0, 1, 2]);
    assert_eq!(order(&all_of("osce"), &[locale("en")]), [1, 0, 2]);
    // But how many of the words are there goes before.
    let kept = Kept::new().having(&[text(0, "de", "", "", "OSCE UNO"), text(1, "en", "OSCE", "OSCE", "OSCE")]);
    let hits = hits_of(
        &kept.index.searcher(),
        &any_of("osce uno"),
        &everywhere(&["de", "en"]),
        &[locale("en")],
    );
    let page = hits
        .page(&hits.numbers, &number, |number| number, &PageRequest::first(9))
        .unwrap();
    assert_eq!(page.items[0].0, 0);
}

#[test]
fn pages_put_together_are_the_whole_list() {
    let titles: Vec<String> = (0..60)
        .map(|number| match number % 5 {
            0 => "Media freedom".to_owned(),
            1 => "Freedom for all media".to_owned(),
            2 => format!("Media law and freedom of movement {number}"),
            3 => "Freedom of thought is not what this is about, it is about the media".to_owned(),
            _ => "Elections".to_owned(),
        })
        .collect();
    let mut texts: Vec<FindableText> = (0..)
        .zip(&titles)
        .map(|(number, title)| text(number, "en", title, "", "freedom of media"))
        .collect();
    texts.extend((0..20).map(|number| text(number, "de", "Media freedom", "", "")));
    let kept = Kept::new().having(&texts);
    for query in [
        all_of("media freedom"),
        any_of("media elections freedom"),
        all_of("\"media freedom\""),
    ] {
        let hits = hits(&kept.index.searcher(), &query, &everywhere(&["de", "en"]));
        let page = |page: PageRequest<(u32, u32)>| hits.page(&hits.numbers, &number, |number| number, &page).unwrap();
        let whole = page(PageRequest::first(1_000)).items;
        assert_eq!(whole.len() as u64, hits.numbers.len());
        let cursor = |item: &(u32, u32)| (item.1, item.0);
        for (at, item) in whole.iter().enumerate() {
            let (after, before) = (Some(cursor(item)), Some(cursor(item)));
            let behind = &whole[at + 1..];
            assert_eq!(
                page(PageRequest {
                    after,
                    ..PageRequest::first(7)
                }),
                Page {
                    items: behind[..behind.len().min(7)].to_vec(),
                    has_next: behind.len() > 7,
                    has_previous: true,
                }
            );
            assert_eq!(
                page(PageRequest {
                    before,
                    end: End::Finish,
                    ..PageRequest::first(7)
                }),
                Page {
                    items: whole[at.saturating_sub(7)..at].to_vec(),
                    has_next: true,
                    has_previous: at > 7,
                }
            );
        }
        let between = PageRequest {
            after: Some(cursor(&whole[3])),
            before: Some(cursor(&whole[9])),
            ..PageRequest::first(3)
        };
        assert_eq!(page(between).items, whole[4..7]);
        let from_the_end = PageRequest {
            end: End::Finish,
            ..between
        };
        assert_eq!(page(from_the_end).items, whole[6..9]);
    }
}

#[test]
fn only_those_asked_about_are_ranked() {
    let kept = Kept::titled(&["Media", "Media", "Media"]);
    let hits = hits(&kept.index.searcher(), &all_of("media"), &everywhere(&["en"]));
    let page = hits.page(
        &RoaringBitmap::from([1, 2, 9]),
        &number,
        |number| number,
        &PageRequest::first(5),
    );
    let numbers: Vec<u32> = page.unwrap().items.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 1]);
}
