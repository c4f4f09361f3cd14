//! Stopping the whole tree and letting it go on, so that nobody in it notices.
//!
//! Parents stop before their children and go on after them: a shell that looks after its jobs never sees one stop.
//! Every thread gets a stop of its own, because a process-wide one does not reach the sibling of a held thread.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::walk::{Found, Walker, is_vfork_parent};
use crate::model::Pid;
use crate::sys::{self, Deadline, ProcId, Signal};

/// How long to sleep between two looks at a level that has not stopped yet.
const LOOK_AGAIN: Duration = Duration::from_micros(200);
/// After this many looks in vain a thread gets its stop once more: somebody may have let it go on.
const LOOKS_BEFORE_REPEAT: u32 = 25;
/// How much longer a tree may take for each of its processes: a thousand are not looked through in no time.
const PATIENCE_EACH: Duration = Duration::from_millis(2);
/// A thread inside the kernel that no signal interrupts gets so long to come out; then it counts as stopped.
pub const KERNEL_PATIENCE: Duration = Duration::from_millis(500);
/// How far up it is looked for an excepted process.
const ANCESTORS_MAX: usize = 64;
/// More passes than this mean that the tree grows faster than it can be stopped.
const PASSES_MAX: u32 = 200;

/// Why the tree was not stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// These kept running; everything else goes on again.
    #[error("{} of the tree's processes did not stop within {millis} ms, such as {}", pids.len(), first(pids))]
    TimedOut {
        /// Which.
        pids: Vec<Pid>,
        /// How long they had.
        millis: u128,
    },
}

fn first(pids: &[Pid]) -> String {
    pids.first().map_or_else(|| "one that is gone".into(), ToString::to_string)
}

/// Stops the tree.
#[derive(Debug, Clone)]
pub struct Freezer {
    walker: Walker,
}

/// The stopped tree; goes on when this is dropped.
#[derive(Debug, Default)]
#[must_use = "a frozen tree that is dropped goes on"]
pub struct Frozen {
    members: Vec<Member>,
    index: HashMap<(ProcId, u64), usize>,
    /// Those that the operator excepts, as far as they were met.
    spared: HashSet<ProcId>,
    took: Duration,
}

/// One process that was looked at for stopping.
#[derive(Debug)]
struct Member {
    found: Found,
    part: Part,
    /// Threads that have been sent a stop.
    told: HashSet<ProcId>,
}

/// What we have to do with a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// We stopped it, and let it go on.
    Ours,
    /// It was stopped before we came, and stays so.
    WasStopped,
    /// A tracer inside the tree governs it; a stop of ours would reach that one and outlast the thaw.
    Traced,
}

impl Freezer {
    /// A freezer for the tree that `walker` finds.
    #[must_use]
    pub fn new(walker: Walker) -> Self {
        Self { walker }
    }

    /// The walker.
    #[must_use]
    pub fn walker(&self) -> &Walker {
        &self.walker
    }

    /// Stops every process of the tree that is not excepted, and returns the guard that lets it go on.
    ///
    /// `held` are threads that wait in a gated call: they stand still already. A tree that is `frozen` partly or
    /// wholly is completed. Blocks up to `patience` of wall time, and a little for each process: call it on the gate
    /// loop only.
    ///
    /// # Errors
    /// [`FreezeError::TimedOut`] names the processes that kept running; the rest goes on again. Refuse the hold: a
    /// tree that cannot be frozen cannot be judged.
    pub fn freeze(
        &self,
        held: &HashSet<ProcId>,
        frozen: Option<Frozen>,
        patience: Duration,
    ) -> Result<Frozen, FreezeError> {
        let mut deadline = Deadline::after(patience);
        let mut frozen = frozen.unwrap_or_default();
        for pass in 0..PASSES_MAX {
            let walk = self.walker.walk();
            if pass == 0 {
                deadline = deadline.and(PATIENCE_EACH * u32::try_from(walk.len()).unwrap_or(u32::MAX));
            }
            frozen.spared.extend(walk.iter().filter(|found| found.is_excepted).map(|found| found.id));
            let depth_max = walk.iter().map(|found| found.depth).max().unwrap_or(0);
            let mut news = false;
            for depth in 0..=depth_max {
                let level: Vec<usize> = walk
                    .iter()
                    .filter(|found| found.depth == depth && !found.is_excepted)
                    .map(|found| frozen.meet(*found))
                    .collect();
                for member in &level {
                    news |= frozen.tell(*member, held);
                }
                let running = frozen.wait(&level, held, deadline);
                if !running.is_empty() {
                    return Err(FreezeError::TimedOut { pids: running, millis: deadline.elapsed().as_millis() });
                }
            }
            if !news {
                frozen.took = deadline.elapsed();
                return Ok(frozen);
            }
            if deadline.is_over() {
                break;
            }
        }
        let running = self.walker.walk().into_iter().filter(|found| !found.is_excepted);
        let running = running.filter(|found| !is_standing(found.id, held, false)).map(|found| Pid(found.id.0));
        Err(FreezeError::TimedOut { pids: running.collect(), millis: deadline.elapsed().as_millis() })
    }
}

impl Frozen {
    /// How long the last stopping took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }

    /// Whether a thread of the tree need not stand still: its process is excepted, or comes from one that is.
    #[must_use]
    pub fn spares(&self, thread: ProcId) -> bool {
        let mut next = (!self.spared.is_empty()).then_some(thread);
        for _ in 0..ANCESTORS_MAX {
            let Some(status) = next.and_then(|id| sys::status(id).ok()) else { return false };
            if self.spared.contains(&status.process) {
                return true;
            }
            next = Some(status.parent);
        }
        false
    }

    /// How many processes stand still because of us or anyway.
    #[must_use]
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Lets everything that we stopped go on, children before parents. What was stopped before stays stopped.
    pub fn thaw(self) {
        drop(self);
    }

    /// The member for a process, made at first sight.
    fn meet(&mut self, found: Found) -> usize {
        let key = (found.id, found.started);
        if let Some(at) = self.index.get(&key) {
            return *at;
        }
        let at = self.members.len();
        self.members.push(Member { found, part: part(found.id), told: HashSet::new() });
        self.index.insert(key, at);
        at
    }

    /// Sends the stop to every thread that has not had one; says whether there was any.
    fn tell(&mut self, at: usize, held: &HashSet<ProcId>) -> bool {
        let Some(member) = self.members.get_mut(at) else { return false };
        let id = member.found.id;
        match member.part {
            Part::Ours => {}
            Part::Traced => return false,
            Part::WasStopped if is_standing(id, held, false) => return false,
            // Somebody outside our reach let it go on; from now on it is ours.
            Part::WasStopped => member.part = Part::Ours,
        }
        let mut news = false;
        for thread in sys::tasks_of(id) {
            if member.told.insert(thread) {
                news = true;
                let _ = sys::send_thread_signal(id, thread, Signal::Stop);
            }
        }
        news
    }

    /// Waits until these members stand still; returns those that do not when time is over.
    fn wait(&mut self, level: &[usize], held: &HashSet<ProcId>, deadline: Deadline) -> Vec<Pid> {
        let mut left: Vec<usize> = level.to_vec();
        for look in 0_u32.. {
            let is_over = deadline.is_over();
            let is_late = is_over || deadline.elapsed() >= KERNEL_PATIENCE;
            left.retain(|at| {
                self.members.get(*at).is_some_and(|m| m.part == Part::Ours && !is_standing(m.found.id, held, is_late))
            });
            if left.is_empty() || is_over {
                break;
            }
            if look % LOOKS_BEFORE_REPEAT == LOOKS_BEFORE_REPEAT - 1 {
                for at in &left {
                    let Some(member) = self.members.get_mut(*at) else { continue };
                    for thread in sys::tasks_of(member.found.id) {
                        member.told.insert(thread);
                        let _ = sys::send_thread_signal(member.found.id, thread, Signal::Stop);
                    }
                }
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        left.iter().filter_map(|at| self.members.get(*at)).map(|member| Pid(member.found.id.0)).collect()
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let mut ours: Vec<&Member> = self.members.iter().filter(|member| member.part == Part::Ours).collect();
        ours.sort_by_key(|member| std::cmp::Reverse(member.found.depth));
        for member in ours {
            let id = member.found.id;
            // The number may be another process's by now.
            if sys::stat(id).is_ok_and(|stat| stat.started == member.found.started) {
                let _ = sys::send_signal(id, Signal::Cont);
            }
        }
    }
}

/// What we have to do with a process we see for the first time.
fn part(id: ProcId) -> Part {
    let tracer = sys::status(id).map_or(ProcId(0), |status| status.tracer);
    if tracer.0 != 0 && !sys::is_our_thread(tracer) {
        return Part::Traced;
    }
    let tasks = sys::tasks_of(id);
    let all_stopped =
        tasks.iter().all(|task| sys::thread_stat(id, *task).is_ok_and(|stat| matches!(stat.state, 'T' | 'Z' | 'X')));
    let any_stopped = tasks.iter().any(|task| sys::thread_stat(id, *task).is_ok_and(|stat| stat.state == 'T'));
    if all_stopped && any_stopped { Part::WasStopped } else { Part::Ours }
}

/// Whether no thread of a process can run an instruction of its own.
///
/// A thread inside the kernel that no signal interrupts has its stop pending; one that waits for its vfork child
/// stays so until that child has its answer. Others get [`KERNEL_PATIENCE`] to come out; when it `is_late` they count
/// as stopped too: what they still do is what they had already begun.
fn is_standing(id: ProcId, held: &HashSet<ProcId>, is_late: bool) -> bool {
    sys::tasks_of(id).into_iter().all(|thread| {
        held.contains(&thread)
            || sys::thread_stat(id, thread).map_or(true, |stat| match stat.state {
                'T' | 't' | 'Z' | 'X' | 'x' => true,
                'D' => is_late || is_vfork_parent(id, thread, stat),
                _ => false,
            })
    })
}
