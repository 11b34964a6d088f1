use newsroom_domain::exchange::*;
use newsroom_domain::filter::*;
use newsroom_domain::page::*;
use newsroom_persistence::*;
use std::io::BufRead;
use std::time::Instant;
#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap();
    let dir = args.next().unwrap();
    let options = StoreOptions {
        database: url.parse().unwrap(),
        readers: 4,
        time_zone: "Europe/Vienna".parse().unwrap(),
    };
    println!("{}", Store::migrate(&options).await.unwrap());
    let store = Store::open(options).await.unwrap();
    let io = ImportOptions {
        strict: false,
        dry_run: false,
        overwrite: false,
        announce: false,
        locales: vec![],
        locale_of_names: "en".parse().unwrap(),
    };
    let mut im = store.importer(io);
    let file: TaxonomyFile =
        serde_json::from_str(&std::fs::read_to_string(format!("{dir}/taxonomy.json")).unwrap()).unwrap();
    println!("{:?}", im.taxonomy(&file).await.unwrap());
    let t = Instant::now();
    let (mut c, mut ch, mut u) = (0, 0, 0);
    let lines: Vec<String> = std::io::BufReader::new(std::fs::File::open(format!("{dir}/newsroom.jsonl")).unwrap())
        .lines()
        .map(Result::unwrap)
        .collect();
    let n = lines.len();
    for (i, chunk) in lines.chunks(500).enumerate() {
        let b: Vec<_> = chunk
            .iter()
            .enumerate()
            .map(|(j, l)| NumberedLine {
                number: (i * 500 + j) as u64 + 1,
                line: ReleaseLine::parse(l).unwrap(),
            })
            .collect();
        let r = im.batch(&b).await.unwrap();
        c += r.created;
        ch += r.changed;
        u += r.unchanged;
        for x in &r.refused {
            println!("{} {}", x.number, x.fault);
        }
    }
    println!(
        "created {c} changed {ch} unchanged {u} in {:?}: {:.0}/s",
        t.elapsed(),
        n as f64 / t.elapsed().as_secs_f64()
    );
    im.finish().await.unwrap();
    for f in [
        ReleaseFilter::default(),
        ReleaseFilter {
            without_theme: true,
            ..Default::default()
        },
    ] {
        let t = Instant::now();
        let l = store
            .list(&ListQuery {
                filter: f,
                order: ReleaseOrder::NewestFirst,
                page: PageArguments::default().read(ReleaseOrder::NewestFirst).unwrap(),
                locale: None,
                wants: Wants {
                    items: true,
                    total: true,
                    bodies: false,
                    translations: false,
                },
            })
            .await
            .unwrap();
        println!(
            "{:?} {:?} {} {}",
            t.elapsed(),
            l.total,
            l.page.items.len(),
            l.page.has_next
        );
        for i in l.page.items.iter().take(3) {
            println!("{} {}", i.publishing_date, i.text.title);
        }
    }
    let mut out = vec![];
    store
        .export(ExportScope::Everything, &ReleaseFilter::default(), |l| {
            out.push(l.to_json().unwrap());
            Ok(())
        })
        .await
        .unwrap();
    println!("exported {}", out.len());
    let mut p = 0;
    store
        .export(ExportScope::Public, &ReleaseFilter::default(), |_| {
            p += 1;
            Ok(())
        })
        .await
        .unwrap();
    println!("public {p}");
    store.close().await.unwrap();
}
