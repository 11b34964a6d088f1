//! JSON Lines: a release a line. A thread reads and parses them while the store takes in the batch before.

use std::thread;

use anyhow::{Context as _, Result, anyhow};
use newsroom_domain::exchange::ReleaseLine;
use newsroom_persistence::{NumberedLine, RefusedLine};
use tokio::sync::mpsc;

use super::lines::LineReader;
use super::report::Place;
use super::source::Source;
use super::{BATCH, Import};

/// The most bytes of a batch's lines, so that a few batches of the longest lines are not gigabytes.
const BATCH_BYTES: u64 = 16 * 1024 * 1024;
/// How many batches wait for the store.
const BATCHES_AHEAD: usize = 2;

/// Lines of one file.
#[derive(Debug, Default)]
struct Batch {
    /// Which of the files, from 0.
    file: usize,
    good: Vec<NumberedLine>,
    bad: Vec<RefusedLine>,
    /// How many bytes were read for it.
    bytes: u64,
}

/// Imports the lines of some sources, one after another.
///
/// # Errors
/// Where one cannot be read on, or the store fails. The batches before are in.
pub(super) async fn import(sources: Vec<Source>, import: &mut Import) -> Result<()> {
    let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
    let reader = thread::Builder::new().name("import-reader".to_owned()).spawn(move || {
        // Where nobody listens any more, the store has failed, and has said so.
        for (file, source) in sources.into_iter().enumerate() {
            let name = source.name();
            let said = read(file, source, &sender).with_context(|| format!("cannot read on in {name}"));
            match said {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            }
        }
    })?;
    while let Some(batch) = batches.recv().await {
        let Batch { file, good, bad, bytes } = batch?;
        for refused in &bad {
            import.tally.refuse(
                Place {
                    file,
                    line: refused.number,
                },
                &refused.fault,
            );
        }
        if !good.is_empty() {
            let report = import.importer.batch(&good).await?;
            import.tally.add(&report, |line| Place { file, line });
        }
        let tally = &import.tally;
        import.progress.go_on(bytes, || tally.in_short());
    }
    reader.join().map_err(|_| anyhow!("the reader of the files broke down"))
}

/// Reads one source to its end. Answers whether anybody still listens.
fn read(file: usize, source: Source, sender: &mpsc::Sender<Result<Batch>>) -> std::io::Result<bool> {
    let mut lines = LineReader::new(source.reader());
    let mut batch = Batch {
        file,
        ..Batch::default()
    };
    let mut bytes_before = 0;
    loop {
        let at_end = match lines.next()? {
            None => true,
            Some(line) => {
                let number = line.number;
                let parsed = line.text.and_then(ReleaseLine::parse);
                match parsed.and_then(|line| NumberedLine::new(number, line)) {
                    Ok(line) => batch.good.push(line),
                    Err(fault) => batch.bad.push(RefusedLine { number, fault }),
                }
                false
            }
        };
        batch.bytes = lines.bytes() - bytes_before;
        if at_end || batch.good.len() + batch.bad.len() >= BATCH || batch.bytes >= BATCH_BYTES {
            bytes_before = lines.bytes();
            let full = std::mem::replace(
                &mut batch,
                Batch {
                    file,
                    ..Batch::default()
                },
            );
            if sender.blocking_send(Ok(full)).is_err() {
                return Ok(false);
            }
        }
        if at_end {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches_of(text: &'static str) -> Vec<(Vec<u64>, Vec<u64>, u64)> {
        let (sender, mut receiver) = mpsc::channel(100);
        assert!(read(0, Source::built_in("test", text), &sender).unwrap());
        drop(sender);
        let mut batches = Vec::new();
        while let Ok(batch) = receiver.try_recv() {
            let Batch { good, bad, bytes, .. } = batch.unwrap();
            batches.push((
                good.iter().map(NumberedLine::number).collect(),
                bad.iter().map(|line| line.number).collect(),
                bytes,
            ));
        }
        batches
    }

    #[test]
    fn good_lines_and_bad_ones_keep_their_numbers() {
        let batches = batches_of("{\"sourceId\": \"a\"}\n\nnonsense\n{\"sourceId\": \"b\"}\n");
        assert_eq!(batches, [(vec![1, 4], vec![3], 46)]);
    }

    #[test]
    fn a_batch_has_no_more_lines_than_one_transaction_may() {
        let text: &'static str = Box::leak("{\"sourceId\": \"a\"}\n".repeat(2 * BATCH + 1).into_boxed_str());
        let sizes: Vec<usize> = batches_of(text).iter().map(|(good, ..)| good.len()).collect();
        assert_eq!(sizes, [BATCH, BATCH, 1]);
    }

    #[test]
    fn a_reader_ends_where_nobody_listens() {
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        assert!(!read(0, Source::built_in("test", "{}\n"), &sender).unwrap());
    }
}
