//! What stopping a tree costs: from the decision until every thread of so many processes stands still.

use std::collections::HashSet;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use holdpoint::gate::{Freezer, Walker};
use holdpoint::model::Pid;

/// Starts as many children as its argument says, each waiting, and says so.
const FAMILY: &str = "
import os, signal, sys
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        os.close(1)
        while True: signal.pause()
os.write(1, b'!')
signal.pause()
";
/// Far more than any tree should need.
const PATIENCE: Duration = Duration::from_secs(20);

#[allow(clippy::disallowed_methods, reason = "a bench starts the processes that it stops")]
fn freezing(criterion: &mut Criterion) {
    for count in [8_u32, 200, 1000] {
        let mut command = Command::new("python3");
        command.args(["-c", FAMILY, &count.to_string()]).stdout(Stdio::piped());
        let Ok(mut family) = command.spawn() else { return };
        let is_ready = family.stdout.take().is_some_and(|mut out| out.read_exact(&mut [0]).is_ok());
        let Ok(agent) = i32::try_from(family.id()) else { return };
        let freezer = Freezer::new(Walker::new(Pid(agent), &[]));
        let mut stopped = 0;
        criterion.bench_function(&format!("{count} processes until they stand still"), |b| {
            b.iter_custom(|times| {
                let freeze = |_| {
                    freezer.freeze(&HashSet::new(), None, PATIENCE).map_or(PATIENCE, |frozen| {
                        stopped = frozen.count();
                        frozen.took()
                    })
                };
                (0..times).map(freeze).sum()
            });
        });
        assert!(is_ready && stopped > count as usize, "{stopped} of {count} were stopped");
        let tree = freezer.walker().tree(&HashSet::new());
        for node in tree.nodes {
            let _ = holdpoint::sys::send_signal(holdpoint::sys::ProcId(node.pid.0), holdpoint::sys::Signal::Kill);
        }
        let _ = family.wait();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = freezing
}
criterion_main!(benches);
